# The tests look into private headers.
target_include_directories(engine_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
