# The tests write workbooks of their own, damaged ones too, and reach the folder's private headers.
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
target_link_libraries(ingest_test PRIVATE PkgConfig::LIBZIP ICU::uc)
target_include_directories(ingest_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
