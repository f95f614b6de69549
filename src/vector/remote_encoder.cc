#include "magpie/vector/remote_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "vector/check_rows.h"
#include "vector/embedding_protocol.h"
#include "vector/http_client.h"
#include "vector/vector_cache.h"

namespace magpie {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostDimension = 16'384;
constexpr int kMostBatch = 256;
constexpr int kMostCharacters = 1'000'000;
constexpr int kLeastTimeoutMs = 100, kMostTimeoutMs = 600'000;
constexpr int kMostRetries = 10;
constexpr std::size_t kMostModelBytes = 200;
constexpr int kMostBackoffMs = 8'000;
constexpr long kMostRetryAfterS = 60;    // an endpoint that asks for more is not there for this run
constexpr std::size_t kShortText = 200;  // code points; no model reads less
const std::string kProbe = "magpie";

absl::Status OutOfRange(std::string_view field, int value, int least, int most) {
  return MakeError(Reason::kBadArgument, field, fmt::format("is {}; use {} to {}", value, least, most));
}

absl::Status CheckSettings(const RemoteEncoderSettings& settings) {
  const auto outside = [](int value, int least, int most) { return value < least || value > most; };
  if (outside(settings.dimension, 1, kMostDimension)) {
    return OutOfRange("encoder.dimension", settings.dimension, 1, kMostDimension);
  }
  if (outside(settings.batch, 1, kMostBatch)) return OutOfRange("encoder.batch", settings.batch, 1, kMostBatch);
  if (outside(settings.characters, 1, kMostCharacters)) {
    return OutOfRange("encoder.characters", settings.characters, 1, kMostCharacters);
  }
  if (outside(settings.timeout_ms, kLeastTimeoutMs, kMostTimeoutMs)) {
    return OutOfRange("encoder.timeout_ms", settings.timeout_ms, kLeastTimeoutMs, kMostTimeoutMs);
  }
  if (outside(settings.retries, 0, kMostRetries)) {
    return OutOfRange("encoder.retries", settings.retries, 0, kMostRetries);
  }
  const bool readable = std::all_of(settings.model.begin(), settings.model.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
  if (settings.model.empty() || settings.model.size() > kMostModelBytes || !readable || !IsValidUtf8(settings.model)) {
    return MakeError(Reason::kBadArgument, "encoder.model",
                     fmt::format("is empty, longer than {} bytes or holds control characters; give the name by which "
                                 "the endpoint calls its model",
                                 kMostModelBytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadKey(const std::string& variable) {
  if (variable.empty()) return std::string();
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0') {
    return MakeError(Reason::kBadArgument, "encoder.api_key_env",
                     fmt::format("names the environment variable {}, which is not set", ToPrintable(variable)));
  }
  const std::string key(value);
  if (std::any_of(key.begin(), key.end(), [](char c) { return c <= ' ' || c >= '\x7f'; })) {
    return MakeError(
        Reason::kBadArgument, "encoder.api_key_env",
        fmt::format("the key in the environment variable {} holds a space, a line end or another sign that "
                    "no key has",
                    variable));
  }
  return key;
}

class OpenAiEncoder final : public RemoteEncoder {
 public:
  OpenAiEncoder(RemoteEncoderSettings settings, std::string url, std::string key, std::unique_ptr<VectorCache> cache)
      : settings_(std::move(settings)),
        shown_url_(url.substr(0, url.find('?'))),
        key_(std::move(key)),
        client_(std::move(url), key_, settings_.timeout_ms),
        cache_(std::move(cache)) {
    id_ = fmt::format("{}/{}", settings_.model, settings_.dimension);
    if (settings_.characters != RemoteEncoderSettings().characters) id_ += fmt::format("/{}", settings_.characters);
  }

  std::string_view id() const override { return id_; }
  int dimension() const override { return settings_.dimension; }

  absl::Status Encode(std::span<const AnalyzedText* const> texts, std::span<float> rows,
                      const RunContext& context) const override {
    const auto d = static_cast<std::size_t>(dimension());
    MAGPIE_RETURN_IF_ERROR(CheckRows(rows.size(), texts.size(), d));
    // Texts that are not in the cache, each once, with the rows that wait for it.
    std::vector<std::string> keys, missing;
    std::vector<std::vector<std::size_t>> waiting;
    std::unordered_map<std::string, std::size_t> place;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::span<float> row = rows.subspan(i * d, d);
      std::fill(row.begin(), row.end(), 0.0f);
      if (texts[i]->tokens.empty()) continue;
      const auto most = static_cast<std::size_t>(settings_.characters);
      std::string text(TakeCodePoints(texts[i]->normal, most));
      std::string key = KeyOf(text);
      const auto [it, first] = place.try_emplace(key, keys.size());
      if (!first) {
        waiting[it->second].push_back(i);
      } else if (cache_->Find(key, row)) {
        place.erase(it);
      } else {
        keys.push_back(std::move(key));
        missing.push_back(std::move(text));
        waiting.push_back({i});
      }
    }
    std::vector<float> vectors;
    for (std::size_t begin = 0; begin < missing.size(); begin += static_cast<std::size_t>(settings_.batch)) {
      const std::size_t count = std::min(missing.size() - begin, static_cast<std::size_t>(settings_.batch));
      vectors.resize(count * d);
      MAGPIE_RETURN_IF_ERROR(
          AskInParts(std::span<const std::string>(missing).subspan(begin, count), vectors, context.stop));
      cache_->Keep(std::span<const std::string>(keys).subspan(begin, count), vectors);
      for (std::size_t i = 0; i < count; ++i) {
        const std::span<const float> vector = std::span<const float>(vectors).subspan(i * d, d);
        for (std::size_t to : waiting[begin + i]) std::copy(vector.begin(), vector.end(), rows.subspan(to * d).begin());
      }
    }
    if (const std::string trouble = cache_->TakeTrouble(); !trouble.empty()) context.Warn(trouble);
    return absl::OkStatus();
  }

  void EncodeWord(std::string_view, std::span<float> row) const override { std::fill(row.begin(), row.end(), 0.0f); }
  double WordShare(std::string_view) const override { return 1; }

  absl::Status Check(const RunContext& context) const override { return Probe(context.stop); }

 private:
  std::string KeyOf(std::string_view text) const {
    return Sha256Hex(fmt::format("{}\n{}\n{}", settings_.model, settings_.dimension, text));
  }

  absl::Status Probe(const std::stop_token& stop) const {
    std::vector<float> row(static_cast<std::size_t>(dimension()));
    bool perhaps_text = false;
    return Ask({&kProbe, 1}, row, stop, &perhaps_text);
  }

  // Endpoints have limits of their own on batches and texts and refuse what lies beyond. So a refused batch is asked
  // for in halves, a refused text by its first half. A short text that is refused while the probe is not has no vector:
  // one odd listing is no reason to end a run.
  absl::Status AskInParts(std::span<const std::string> texts, std::span<float> rows,
                          const std::stop_token& stop) const {
    bool perhaps_text = false;
    const absl::Status status = Ask(texts, rows, stop, &perhaps_text);
    if (status.ok() || !perhaps_text) return status;
    if (texts.size() > 1) {
      const std::size_t half = texts.size() / 2, floats = half * static_cast<std::size_t>(dimension());
      MAGPIE_RETURN_IF_ERROR(AskInParts(texts.first(half), rows.first(floats), stop));
      return AskInParts(texts.subspan(half), rows.subspan(floats), stop);
    }
    const std::size_t length = CountCodePoints(texts.front());
    if (length > kShortText) {
      const std::string shorter(TakeCodePoints(texts.front(), length / 2));
      return AskInParts({&shorter, 1}, rows, stop);
    }
    const absl::Status probed = Probe(stop);
    if (ReasonOf(probed) == Reason::kEncoderRefused) return status;
    std::fill(rows.begin(), rows.end(), 0.0f);
    return probed;
  }

  // One request with its retries. `perhaps_text` is set where it was refused and may not have been with other texts.
  absl::Status Ask(std::span<const std::string> texts, std::span<float> rows, const std::stop_token& stop,
                   bool* perhaps_text) const {
    MAGPIE_RETURN_IF_ERROR(CheckPause());
    const std::string body = EmbeddingRequest(settings_, texts);
    const std::size_t limit = EmbeddingReplyLimit(settings_, texts.size());
    std::string problem;
    for (int tried = 0;;) {
      const HttpAnswer answer = client_.Post(body, limit, stop);
      if (answer.kind == HttpAnswer::Kind::kCancelled) return Cancelled();
      if (answer.kind == HttpAnswer::Kind::kNotTrusted) {
        return MakeError(Reason::kEncoderRefused, "encoder.url", fmt::format("{}: {}", shown_url_, answer.problem));
      }
      const bool answered = answer.kind == HttpAnswer::Kind::kAnswered;
      const int status = answer.status;
      if (!answered) {
        problem = answer.problem;
      } else if (status == 200) {
        const absl::Status read = ReadEmbeddingReply(answer.body, settings_, texts.size(), rows);
        if (read.ok()) Recovered();
        if (ReasonOf(read) != Reason::kUnavailable || read.ok()) return read;
        problem = std::string(read.message().data(), read.message().size());
      } else if (status == 408 || status == 429 || status >= 500) {
        problem = fmt::format("it answers {}{}", status, QuoteOf(answer));
      } else {
        *perhaps_text = status == 400 || status == 413 || status == 422;
        return Refused(answer);
      }
      ++tried;
      if (tried > settings_.retries || answer.retry_after_s > kMostRetryAfterS || in_doubt()) break;
      const int backoff_ms = std::min(settings_.backoff_ms << (tried - 1), kMostBackoffMs);
      const int wait_ms = answer.retry_after_s > 0 ? static_cast<int>(answer.retry_after_s) * 1'000 : backoff_ms;
      if (!Sleep(wait_ms, stop)) return Cancelled();
      MAGPIE_RETURN_IF_ERROR(CheckPause());  // another thread may have given up meanwhile
    }
    return Pause(problem);
  }

  // What the answer says, unless it repeats the key.
  std::string QuoteOf(const HttpAnswer& answer) const {
    const bool tells = !key_.empty() && answer.body.find(key_) != std::string::npos;
    return tells ? "" : EmbeddingErrorText(answer.body);
  }

  // What is wrong with the settings when the endpoint answers with a status that asking again will not change.
  absl::Status Refused(const HttpAnswer& answer) const {
    const auto refused = [&](std::string_view field, std::string_view advice) {
      return MakeError(Reason::kEncoderRefused, field,
                       fmt::format("{} answers {}: {}", shown_url_, answer.status, advice));
    };
    // 401 and 403 are not quoted: some endpoints repeat a part of the key.
    if (answer.status == 401 || answer.status == 403) {
      return refused("encoder.api_key_env", key_.empty() ? "it wants a key; name the environment variable that holds it"
                                                         : "it does not take the key; check the environment variable");
    }
    if (answer.status < 400) {
      return refused("encoder.url", "it gives no vectors itself; give the url that does, redirects are not followed");
    }
    const std::string quote = QuoteOf(answer);
    if (answer.status == 404) {
      return refused("encoder.model",
                     fmt::format("there is no such url, or no model '{}' there{}", settings_.model, quote));
    }
    return refused("encoder.model",
                   fmt::format("it does not take the request; check model and send_dimension{}", quote));
  }

  static absl::Status Cancelled() { return MakeError(Reason::kCancelled, "", "stopped as asked"); }

  // False where it was asked to stop.
  static bool Sleep(int ms, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, std::chrono::milliseconds(ms), [] { return false; });
    return !stop.stop_requested();
  }

  // An endpoint that did not answer is left alone for a while; then one try at a time finds out whether it is back.
  absl::Status CheckPause() const {
    const std::lock_guard lock(pause_mutex_);
    if (!down_ || Clock::now() >= paused_until_) return absl::OkStatus();
    return Unavailable();
  }
  bool in_doubt() const {
    const std::lock_guard lock(pause_mutex_);
    return down_;
  }
  void Recovered() const {
    const std::lock_guard lock(pause_mutex_);
    down_ = false;
  }
  absl::Status Pause(const std::string& problem) const {
    const std::lock_guard lock(pause_mutex_);
    down_ = true;
    paused_until_ = Clock::now() + std::chrono::milliseconds(settings_.pause_ms);
    problem_ = problem;
    return Unavailable();
  }
  absl::Status Unavailable() const {
    return MakeError(Reason::kUnavailable, "encoder.url", fmt::format("{} gives no vectors: {}", shown_url_, problem_));
  }

  const RemoteEncoderSettings settings_;
  const std::string shown_url_;  // without what stands after ?, which may hold a key
  const std::string key_;
  std::string id_;
  mutable HttpClient client_;
  const std::unique_ptr<VectorCache> cache_;
  mutable std::mutex pause_mutex_;
  mutable bool down_ = false;
  mutable Clock::time_point paused_until_{};
  mutable std::string problem_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const RemoteEncoder>> RemoteEncoder::Open(const RemoteEncoderSettings& settings) {
  MAGPIE_RETURN_IF_ERROR(CheckSettings(settings));
  MAGPIE_ASSIGN_OR_RETURN(std::string url, HttpClient::CheckUrl(settings.url));
  MAGPIE_ASSIGN_OR_RETURN(std::string key, ReadKey(settings.api_key_env));
  MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<VectorCache> cache,
                          VectorCache::Open(settings.cache.value_or(DefaultVectorCache())));
  return std::make_shared<const OpenAiEncoder>(settings, std::move(url), std::move(key), std::move(cache));
}

}  // namespace magpie
