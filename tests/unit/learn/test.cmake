# The tests look into private headers.
target_include_directories(learn_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
