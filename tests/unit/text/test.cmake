# The map from normalised to original text is private to the folder; OpenCC is the oracle of its table.
find_package(PkgConfig REQUIRED)
pkg_check_modules(OPENCC REQUIRED IMPORTED_TARGET opencc)
target_include_directories(text_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(text_test PRIVATE PkgConfig::OPENCC)
