#include "vector/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr long kConnectTimeoutMs = 5'000;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void InitCurl() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;  // what fails here fails again, with its message, in the first request
}

std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::string result(text);
  curl_free(text);
  return result;
}

bool IsLoopback(const std::string& url) {
  const UrlHandle parsed(curl_url(), curl_url_cleanup);
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  const std::string host = UrlPart(parsed.get(), CURLUPART_HOST);
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

struct Receiver {
  std::string body;
  std::size_t limit = 0;
  bool too_large = false;
  std::stop_token stop;
};

std::size_t Receive(char* data, std::size_t, std::size_t size, void* to) {
  Receiver& receiver = *static_cast<Receiver*>(to);
  if (receiver.body.size() + size > receiver.limit) {
    receiver.too_large = true;
    return 0;  // breaks the transfer off
  }
  receiver.body.append(data, size);
  return size;
}

int StopWhenAsked(void* from, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Receiver*>(from)->stop.stop_requested() ? 1 : 0;
}

bool IsLasting(CURLcode code) {
  constexpr CURLcode kLasting[] = {
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR,         CURLE_URL_MALFORMAT,   CURLE_UNSUPPORTED_PROTOCOL,
  };
  return std::find(std::begin(kLasting), std::end(kLasting), code) != std::end(kLasting);
}

}  // namespace

absl::StatusOr<std::string> HttpClient::CheckUrl(const std::string& url) {
  const auto bad = [&](std::string_view why) {
    return MakeError(Reason::kBadArgument, "encoder.url",
                     fmt::format("'{}' {}; write it like http://127.0.0.1:8080/v1/embeddings", ToPrintable(url), why));
  };
  const UrlHandle parsed(curl_url(), curl_url_cleanup);
  if (parsed == nullptr) return MakeError(Reason::kInternal, "encoder.url", "no memory for it");
  // Before anything that quotes it: a password in a url would end in logs.
  if (const CURLUcode code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
      code != CURLUE_OK) {
    return MakeError(
        Reason::kBadArgument, "encoder.url",
        fmt::format("cannot be read: {}; write it like http://127.0.0.1:8080/v1/embeddings", curl_url_strerror(code)));
  }
  if (!UrlPart(parsed.get(), CURLUPART_USER).empty() || !UrlPart(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return MakeError(Reason::kBadArgument, "encoder.url",
                     "holds a user name or password; put the key into an environment variable and its name into "
                     "encoder.api_key_env");
  }
  const std::string scheme = UrlPart(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return bad("is neither http nor https");
  if (!UrlPart(parsed.get(), CURLUPART_FRAGMENT).empty()) return bad("has a part after #");
  std::string path = UrlPart(parsed.get(), CURLUPART_PATH);
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (path.empty()) path = "/v1";
  if (path.ends_with("/v1")) path += "/embeddings";
  curl_url_set(parsed.get(), CURLUPART_PATH, path.c_str(), 0);
  return UrlPart(parsed.get(), CURLUPART_URL);
}

HttpClient::HttpClient(std::string url, std::string key, int timeout_ms)
    : url_(std::move(url)), key_(std::move(key)), timeout_ms_(timeout_ms), loopback_(IsLoopback(url_)) {
  InitCurl();
}

HttpClient::~HttpClient() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

void* HttpClient::TakeHandle() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return taken_ < kConnections; });
  ++taken_;
  if (idle_.empty()) return curl_easy_init();
  void* const handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void HttpClient::PutBack(void* handle) {
  {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (handle != nullptr) idle_.push_back(handle);
  }
  returned_.notify_one();
}

HttpAnswer HttpClient::Post(const std::string& body, std::size_t limit, const std::stop_token& stop) {
  HttpAnswer answer;
  CURL* const curl = TakeHandle();
  if (curl == nullptr) {
    PutBack(nullptr);
    answer.problem = "no memory for a request";
    return answer;
  }
  Receiver receiver;
  receiver.limit = limit;
  receiver.stop = stop;
  char details[CURL_ERROR_SIZE] = "";
  curl_slist* list = nullptr;
  // "Expect:" with nothing behind it: no waiting for 100 Continue, which small servers never send.
  for (const char* line : {"Content-Type: application/json", "Accept: application/json", "Expect:"}) {
    list = curl_slist_append(list, line);
  }
  if (!key_.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  const HeaderList headers(list, curl_slist_free_all);

  curl_easy_reset(curl);  // keeps the connection
  curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "magpie");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms_));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, std::min<long>(timeout_ms_, kConnectTimeoutMs));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &StopWhenAsked);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
  if (loopback_) curl_easy_setopt(curl, CURLOPT_PROXY, "");  // a proxy has its own loopback

  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);  // it ends with this call, the handle does not
  PutBack(curl);

  answer.status = static_cast<int>(status);
  answer.retry_after_s = static_cast<long>(retry_after);
  if (code == CURLE_OK) {
    answer.kind = HttpAnswer::Kind::kAnswered;
    answer.body = std::move(receiver.body);
  } else if (stop.stop_requested()) {
    answer.kind = HttpAnswer::Kind::kCancelled;
  } else if (receiver.too_large) {
    answer.problem = fmt::format("its answer is longer than the {} bytes that the vectors can take", limit);
  } else {
    answer.kind = IsLasting(code) ? HttpAnswer::Kind::kNotTrusted : HttpAnswer::Kind::kNoAnswer;
    answer.problem = code == CURLE_OPERATION_TIMEDOUT ? fmt::format("no answer within {} ms", timeout_ms_)
                     : details[0] != '\0'             ? ToPrintable(details)
                                                      : curl_easy_strerror(code);
  }
  return answer;
}

}  // namespace magpie
