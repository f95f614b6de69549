#include "server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/ingest/listing_json.h"

namespace magpie {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience(30);  // far above what a busy machine needs
constexpr std::string_view kListening = "listening on ", kHttp = "HTTP on ";

}  // namespace

FreshFolder::FreshFolder(const std::string& name)
    : path_(std::filesystem::path(testing::TempDir()) / fmt::format("magpie-e2e-{}-{}", name, getpid())) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

FreshFolder::~FreshFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

ServerProcess::ServerProcess(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"--data", folder.string(), "--listen", "127.0.0.1:0"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Start(all);
}

ServerProcess::ServerProcess(const std::vector<std::string>& arguments) {
  Start(arguments);
}

void ServerProcess::Start(const std::vector<std::string>& arguments) {
  static std::atomic<int> count = 0;
  errors_ = std::filesystem::path(testing::TempDir()) / fmt::format("magpied-{}-{}.log", getpid(), ++count);
  // All that the child needs is made before the fork: gRPC's threads may run in this process already.
  std::vector<char*> argv = {const_cast<char*>(MAGPIED)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
  const int log = open(errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  ASSERT_GE(log, 0);
  pid_ = fork();
  ASSERT_GE(pid_, 0);
  if (pid_ == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(MAGPIED, argv.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  close(log);
  output_ = pipe_ends[0];
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
  std::error_code error;
  std::filesystem::remove(errors_, error);
}

bool ServerProcess::WaitUntilServing() {
  const Clock::time_point end = Clock::now() + kPatience;
  std::string text;
  while (text.find('\n') == std::string::npos && Clock::now() < end) {
    pollfd wait = {output_, POLLIN, 0};
    if (poll(&wait, 1, 100) <= 0) continue;
    char buffer[256];
    const ssize_t got = read(output_, buffer, sizeof buffer);
    if (got <= 0) break;  // it ended
    text.append(buffer, static_cast<std::size_t>(got));
  }
  const std::size_t begin = text.find(kListening);
  if (begin == std::string::npos) {
    ADD_FAILURE() << "magpied does not listen; it wrote: " << Errors();
    return false;
  }
  const std::size_t from = begin + kListening.size();
  address_ = text.substr(from, text.find('\n', from) - from);
  if (const std::size_t http = text.find(kHttp); http != std::string::npos) {
    http_address_ = text.substr(http + kHttp.size(), text.find('\n', http) - http - kHttp.size());
  }
  const std::unique_ptr<Client> client = Connect();
  while (Clock::now() < end) {
    if (const auto health = client->Health(); health.ok() && health->serving) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ADD_FAILURE() << "magpied does not serve; it wrote: " << Errors();
  return false;
}

std::unique_ptr<Client> ServerProcess::Connect(const std::string& workspace) const {
  ClientOptions options;
  options.address = address_;
  options.workspace = workspace;
  options.tls_ca = tls_ca_;
  auto client = Client::Connect(options);
  EXPECT_TRUE(client.ok()) << ErrorText(client.status());
  return client.ok() ? *std::move(client) : nullptr;
}

void ServerProcess::Signal(int signal) const {
  ASSERT_GT(pid_, 0);
  kill(pid_, signal);
}

int ServerProcess::Wait() {
  const Clock::time_point end = Clock::now() + kPatience;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (Clock::now() > end) return -1'000;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string ServerProcess::Errors() const {
  return ReadFile(errors_, 1 << 20).value_or("");
}

std::vector<ListingRecord> SampleFair(Side side) {
  std::ifstream file(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/" +
                     (side == Side::kNeed ? "needs.jsonl" : "offerings.jsonl"));
  std::vector<ListingRecord> records;
  for (std::string line; std::getline(file, line);) {
    auto record = ListingFromJson(line, side, nullptr);
    EXPECT_TRUE(record.ok()) << ErrorText(record.status());
    records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace magpie
