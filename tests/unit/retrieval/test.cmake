# Its tests look at the kernels of every instruction set too.
target_include_directories(retrieval_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
