// Sends bodies to one url by HTTP POST, over libcurl.
#pragma once

#include <absl/status/statusor.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace magpie {

struct HttpAnswer {
  enum class Kind {
    kAnswered,    // a whole answer came: status, body
    kNoAnswer,    // worth another try: `problem` says what happened
    kNotTrusted,  // the certificate or the url itself; another try will not help
    kCancelled,
  };
  Kind kind = Kind::kNoAnswer;
  int status = 0;
  std::string body;
  long retry_after_s = 0;  // as the answer asked; 0 = it did not
  std::string problem;
};

// Threads  Post may be called from several threads at once; kConnections run at a time, the others wait.
class HttpClient {
 public:
  static constexpr std::size_t kConnections = 4;

  // The url with what is missing of /v1/embeddings. kBadArgument unless it is http or https with a host and without a
  // user name.
  static absl::StatusOr<std::string> CheckUrl(const std::string& url);

  // `url` has passed CheckUrl. `key` (may be empty) goes into the Authorization header.
  HttpClient(std::string url, std::string key, int timeout_ms);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // An answer above `limit` bytes is broken off: kNoAnswer.
  HttpAnswer Post(const std::string& body, std::size_t limit, const std::stop_token& stop);

 private:
  void* TakeHandle();  // a CURL*, null where there is no memory for one
  void PutBack(void* handle);

  const std::string url_, key_;
  const int timeout_ms_;
  const bool loopback_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<void*> idle_;  // with their open connections
  std::size_t taken_ = 0;
};

}  // namespace magpie
