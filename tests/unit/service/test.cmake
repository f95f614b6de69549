# The private headers of the service are tested, too.
target_include_directories(service_test PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(service_test PRIVATE gRPC::grpc++)
