// A small server on a loopback port that speaks POST /v1/embeddings, or answers as wrongly as a test wants.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "magpie/base/files.h"

namespace magpie {

struct EmbeddingAnswer {
  int status = 200;
  std::string headers;  // lines that end with \r\n
  std::string body;
  std::size_t cut = std::string::npos;  // bytes of the body that are sent before the connection is closed
  int delay_ms = 0;
};

class EmbeddingServer {
 public:
  struct Request {
    std::string head, body;
    nlohmann::json json;
  };
  using Handler = std::function<EmbeddingAnswer(const Request& request, int number)>;

  // `number` counts requests from 1.
  explicit EmbeddingServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listening = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                           ::listen(listener_, 16) == 0 &&
                           ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!listening) std::abort();
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~EmbeddingServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int connection : connections_) ::close(connection);
    ::close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/embeddings"; }
  int requests() const { return requests_; }
  std::vector<Request> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  // A vector that depends on the text alone; not of length 1.
  static std::vector<double> VectorOf(const std::string& text, int dimension) {
    std::vector<double> vector;
    for (int i = 0; i < dimension; ++i) {
      const std::uint64_t hash = StableHash(text, static_cast<std::uint64_t>(i) + 1);
      vector.push_back(static_cast<double>(hash % 2001) / 100.0 - 10.0);
    }
    return vector;
  }
  static nlohmann::json ReplyTo(const nlohmann::json& request, int dimension) {
    nlohmann::json reply = {{"object", "list"}, {"model", request["model"]}, {"data", nlohmann::json::array()}};
    for (const nlohmann::json& text : request["input"]) {
      reply["data"].push_back({{"object", "embedding"},
                               {"index", reply["data"].size()},
                               {"embedding", VectorOf(text.get<std::string>(), dimension)}});
    }
    return reply;
  }
  static EmbeddingAnswer RightAnswer(const Request& request, int dimension) {
    return {.body = ReplyTo(request.json, dimension).dump()};
  }

 private:
  void Accept() {
    while (!stopping_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const std::lock_guard lock(mutex_);
      connections_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    std::string input;
    char buffer[16'384];
    const auto read_more = [&] {
      const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
      if (got > 0) input.append(buffer, static_cast<std::size_t>(got));
      return got > 0;
    };
    for (;;) {
      std::size_t end;
      while ((end = input.find("\r\n\r\n")) == std::string::npos) {
        if (!read_more()) return;
      }
      Request request;
      request.head = input.substr(0, end + 2);
      const std::size_t length = std::stoul(request.head.substr(request.head.find("Content-Length: ") + 16));
      while (input.size() < end + 4 + length) {
        if (!read_more()) return;
      }
      request.body = input.substr(end + 4, length);
      input.erase(0, end + 4 + length);
      request.json = nlohmann::json::parse(request.body, nullptr, false);
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
      }
      const EmbeddingAnswer answer = handler_(request, ++requests_);
      for (int waited = 0; waited < answer.delay_ms && !stopping_; waited += 5) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      const std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\n" + answer.headers +
                               "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
      Send(connection, head + answer.body.substr(0, answer.cut));
      if (answer.cut < answer.body.size()) {
        ::shutdown(connection, SHUT_RDWR);
        return;
      }
    }
  }

  static void Send(int connection, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t now = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;
      sent += static_cast<std::size_t>(now);
    }
  }

  const Handler handler_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::thread acceptor_;
  mutable std::mutex mutex_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  std::vector<Request> seen_;
};

}  // namespace magpie
