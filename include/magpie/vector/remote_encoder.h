// An encoder of whole texts behind an endpoint that speaks the OpenAI protocol (POST /v1/embeddings): OpenAI itself,
// vLLM, llama.cpp, Ollama, text-embeddings-inference and others.
//
// Sends    AnalyzedText::normal, cut after RemoteEncoderSettings::characters; a text without words is not sent and
//          becomes a row of zeros. Equal texts are sent once. Rows are brought to length 1. A batch that the endpoint
//          does not take is sent in halves, a text by its first half; a short text that it does not take although it
//          takes others becomes a row of zeros, too.
// Cache    each vector is kept under the SHA-256 of model, dimension and text, never with the text; a text that is
//          there costs no request. Where two processes ask for one text, both use the vector that was kept first: the
//          same texts give the same bytes while the cache holds.
// Errors   kUnavailable     no answer that can be used after all tries: time-out, refused, 5xx, 429, not the protocol.
//                           Asked again within `pause_ms`, it says so at once. The caller is to encode all texts of
//                           its pool by the built-in encoder then, never some.
//          kEncoderRefused  the endpoint answers, and the settings are wrong: 401, 404, other 4xx, a redirect, another
//                           dimension, a certificate that is not trusted.
//          kCancelled       within a second after context.stop.
// Safety   http and https only; redirects are not followed; an answer may weigh what its vectors can weigh, and no more;
//          the key is read from the environment and stands in no message.
// Words    EncodeWord gives zeros and WordShare 1: words stay the built-in encoder's business.
// Threads  const methods may be called from several threads at once; at most four requests run at a time.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "magpie/vector/encoder.h"

namespace magpie {

struct RemoteEncoderSettings {
  std::string url;    // ".../v1/embeddings"; "/v1/embeddings" and "/embeddings" are filled in after host and /v1
  std::string model;  // as the endpoint calls it
  int dimension = 0;  // components that a vector has, 1 to 16,384
  bool send_dimension = false;  // ask for that many, for models that can shorten their vectors
  std::string api_key_env;      // the environment variable that holds the key; empty = none is sent
  int batch = 32;               // texts in a request, 1 to 256; some endpoints take no more than 32
  int characters = 6'000;       // of a text that are sent, 1 to 1,000,000; 6,000 Chinese ones fit into 8,192 tokens
  int timeout_ms = 30'000;      // for one request, 100 to 600,000
  int retries = 2;              // after the first try, 0 to 10
  // nullopt = DefaultVectorCache(); empty = vectors are kept in memory only.
  std::optional<std::filesystem::path> cache;

  int backoff_ms = 500;   // before the first retry, doubled before each further one; Retry-After goes before
  int pause_ms = 60'000;  // after the last try; then one try at a time until the endpoint answers again
};

// Reads a JSON file {"encoder": {"url": ..., "model": ..., "dimension": ..., ...}} with the fields above by their names,
// the last two left out. kFileNotFound, kBadFile, or kBadArgument with the path of the field.
absl::StatusOr<RemoteEncoderSettings> ReadRemoteEncoderSettings(const std::filesystem::path& file);

// magpie/vectors.cache in $XDG_CACHE_HOME or $HOME/.cache; empty where neither is set.
std::filesystem::path DefaultVectorCache();

class RemoteEncoder : public Encoder {
 public:
  // Opens the cache; sends nothing yet. Errors: kBadArgument (a setting out of range, the key's variable not set),
  // kBadFile (the cache is damaged or something else), kFileNotFound (it cannot be made).
  static absl::StatusOr<std::shared_ptr<const RemoteEncoder>> Open(const RemoteEncoderSettings& settings);

  // Sends one text past the cache, to see whether endpoint and settings fit.
  virtual absl::Status Check(const RunContext& context) const = 0;
};

}  // namespace magpie
