// More than the server can take: idle connections by the thousand, more calls than fit the queue.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

constexpr std::size_t kConnections = 10'000;

// An open connection that has said the first words of HTTP/2 and no more.
int OpenIdle(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  static const std::string kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  return ::send(fd, kPreface.data(), kPreface.size(), MSG_NOSIGNAL) == std::ssize(kPreface) ? fd : -1;
}

TEST(OverloadTest, TenThousandIdleConnectionsAreHeld) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t wanted = std::min<std::size_t>(kConnections, limit.rlim_max - 200);
  if (wanted < kConnections) fmt::print("only {} descriptors here\n", limit.rlim_max);

  const FreshFolder folder("idle");
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  const int port = std::stoi(server.address().substr(server.address().rfind(':') + 1));
  std::vector<int> open;
  for (std::size_t i = 0; i < wanted; ++i) {
    open.push_back(OpenIdle(port));
    ASSERT_GE(open.back(), 0) << "connection " << i;
  }
  // Others are served meanwhile, and nobody is cut off.
  const auto client = server.Connect();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(client->Health().ok());
  EXPECT_TRUE(client->Search(Side::kOffering, "磁场传感器", 3, {}).ok());
  std::size_t closed = 0;
  char buffer[4096];
  for (const int fd : open) {
    while (true) {
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0) continue;  // the server's settings
      if (got == 0 || errno != EAGAIN) ++closed;
      break;
    }
    ::close(fd);
  }
  EXPECT_EQ(closed, 0u);
}

TEST(OverloadTest, WhatDoesNotFitTheQueueIsToldWhenToComeAgain) {
  const FreshFolder folder("queue");
  ServerProcess server(folder.path(), {"--threads", "1"});
  ASSERT_TRUE(server.WaitUntilServing());
  const auto client = server.Connect();
  ASSERT_TRUE(client->ImportListings(Side::kOffering, SampleFair(Side::kOffering), {}, {}).ok());
  ASSERT_TRUE(client->Search(Side::kOffering, "磁场传感器", 3, {}).ok());

  constexpr int kCalls = 3'000;
  struct Call {
    grpc::ClientContext context;
    v1::SearchListingsRequest request;
    v1::SearchListingsResponse response;
  };
  const auto stub =
      v1::MatchService::NewStub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  std::vector<std::unique_ptr<Call>> calls;
  std::mutex mutex;
  std::condition_variable ended;
  int left = kCalls, answered = 0, refused = 0, others = 0;
  for (int i = 0; i < kCalls; ++i) {
    calls.push_back(std::make_unique<Call>());
    Call& call = *calls.back();
    call.request.set_parent("workspaces/default");
    call.request.set_query("轴承磁场传感器");
    stub->async()->SearchListings(&call.context, &call.request, &call.response, [&](const grpc::Status& status) {
      const absl::Status error = FromGrpcStatus(status);
      const bool told = ReasonOf(error) == Reason::kTooManyCalls && RetryDelayOf(error).has_value() &&
                        status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
      const std::lock_guard lock(mutex);
      ++(status.ok() ? answered : told ? refused : others);
      if (--left == 0) ended.notify_all();
    });
  }
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return left == 0; });
  EXPECT_EQ(others, 0);
  EXPECT_GT(refused, 0);
  EXPECT_GE(answered, 1'000);  // as many as may wait
  EXPECT_EQ(answered + refused, kCalls);
  lock.unlock();
  EXPECT_TRUE(client->Search(Side::kOffering, "磁场传感器", 3, {}).ok());
}

}  // namespace
}  // namespace magpie
