add_library(lemon_oracle STATIC ${CMAKE_CURRENT_SOURCE_DIR}/unit/assignment/lemon_oracle.cc)
set_target_properties(lemon_oracle PROPERTIES CXX_STANDARD 17)
target_compile_options(lemon_oracle PRIVATE -w)  # LEMON's headers warn
target_link_libraries(assignment_test PRIVATE lemon_oracle nlohmann_json::nlohmann_json)
target_include_directories(assignment_test PRIVATE ${CMAKE_SOURCE_DIR}/src)  # components.h
