#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/vector/remote_encoder.h"

namespace magpie {
namespace {

using nlohmann::json;

constexpr std::uint64_t kFileLimit = 1 << 20;
constexpr std::string_view kExample =
    R"({"encoder": {"url": "http://127.0.0.1:8080/v1/embeddings", "model": "bge-m3", "dimension": 1024}})";

absl::Status Wrong(const std::string& file, std::string_view what) {
  return MakeError(Reason::kBadArgument, file, fmt::format("{}; an example: {}", what, kExample));
}

absl::Status ReadField(const std::string& file, const std::string& name, const json& value,
                       RemoteEncoderSettings* settings) {
  const auto text = [&](std::string* to) {
    if (!value.is_string()) return Wrong(file, fmt::format("encoder.{} is no text", name));
    *to = value.get<std::string>();
    return absl::OkStatus();
  };
  const auto number = [&](int* to) {
    // Out of int's range is out of every field's; Open says which range that is.
    if (!value.is_number_integer()) return Wrong(file, fmt::format("encoder.{} is no whole number", name));
    const double wide = value.get<double>();
    *to = wide < -1 ? -1 : wide > 1e9 ? 1'000'000'000 : static_cast<int>(wide);
    return absl::OkStatus();
  };
  if (name == "url") return text(&settings->url);
  if (name == "model") return text(&settings->model);
  if (name == "api_key_env") return text(&settings->api_key_env);
  if (name == "dimension") return number(&settings->dimension);
  if (name == "batch") return number(&settings->batch);
  if (name == "characters") return number(&settings->characters);
  if (name == "timeout_ms") return number(&settings->timeout_ms);
  if (name == "retries") return number(&settings->retries);
  if (name == "cache") {
    std::string path;
    MAGPIE_RETURN_IF_ERROR(text(&path));
    settings->cache = path;
    return absl::OkStatus();
  }
  if (name == "send_dimension") {
    if (!value.is_boolean()) return Wrong(file, "encoder.send_dimension is neither true nor false");
    settings->send_dimension = value.get<bool>();
    return absl::OkStatus();
  }
  return Wrong(file, fmt::format("encoder.{} is no setting; the settings are url, model, dimension, send_dimension, "
                                 "api_key_env, batch, characters, timeout_ms, retries and cache",
                                 ToPrintable(name)));
}

}  // namespace

absl::StatusOr<RemoteEncoderSettings> ReadRemoteEncoderSettings(const std::filesystem::path& file) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kFileLimit));
  const std::string name = file.string();
  const json settings = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (settings.is_discarded())
    return MakeError(Reason::kBadFile, name, fmt::format("is no JSON; an example: {}", kExample));
  if (!settings.is_object() || settings.size() != 1 || !settings.contains("encoder") ||
      !settings["encoder"].is_object()) {
    return Wrong(name, "holds other than one block \"encoder\"");
  }
  RemoteEncoderSettings result;
  const json& block = settings["encoder"];
  for (const auto& [key, value] : block.items()) MAGPIE_RETURN_IF_ERROR(ReadField(name, key, value, &result));
  for (const char* needed : {"url", "model", "dimension"}) {
    if (!block.contains(needed)) return Wrong(name, fmt::format("encoder.{} is missing", needed));
  }
  return result;
}

std::filesystem::path DefaultVectorCache() {
  constexpr std::string_view kName = "magpie/vectors.cache";
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && folder[0] == '/') {
    return std::filesystem::path(folder) / kName;
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::filesystem::path(home) / ".cache" / kName;
  }
  return {};
}

}  // namespace magpie
