# The kernel is private to the folder and tested against its slow twin.
target_include_directories(vector_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
