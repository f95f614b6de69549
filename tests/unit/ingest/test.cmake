# The tests write workbooks of their own, damaged ones too.
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
target_link_libraries(ingest_test PRIVATE PkgConfig::LIBZIP)
