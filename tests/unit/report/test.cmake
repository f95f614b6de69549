# The layout of the graph, sheet names and masks are private to the folder and tested by themselves.
target_include_directories(report_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
pkg_check_modules(ICAL_TEST REQUIRED IMPORTED_TARGET libical)
target_link_libraries(report_test PRIVATE PkgConfig::ICAL_TEST)
