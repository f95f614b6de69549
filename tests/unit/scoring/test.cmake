# The tests look into private headers.
target_include_directories(scoring_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
