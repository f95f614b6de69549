# Its tests look at the kernels too; whoever asks for the active ones does so once for each instruction set that there is.
target_include_directories(retrieval_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
foreach(set plain x86-64-v2 x86-64-v3 avx512 avx512-vnni)
  add_test(NAME retrieval.forced_${set} COMMAND retrieval_test --gtest_brief=1)
  set_tests_properties(retrieval.forced_${set} PROPERTIES ENVIRONMENT MAGPIE_INSTRUCTION_SET=${set})
endforeach()
