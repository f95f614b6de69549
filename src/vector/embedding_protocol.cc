#include "vector/embedding_protocol.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using nlohmann::json;

constexpr std::size_t kBytesOfReply = 64 << 10;  // around the vectors: usage, an error's text
constexpr std::size_t kBytesOfVector = 1 << 10;
constexpr std::size_t kBytesOfComponent = 64;
constexpr std::size_t kShownOfError = 200;  // code points

absl::Status NotTheProtocol(std::string_view what) {
  return MakeError(Reason::kUnavailable, "encoder.url", fmt::format("its answer cannot be used: {}", what));
}

absl::Status ReadVector(const json& values, std::size_t index, const RemoteEncoderSettings& settings,
                        std::span<float> row) {
  if (!values.is_array()) return NotTheProtocol(fmt::format("data[{}].embedding is no list of numbers", index));
  if (values.size() != row.size()) {
    return MakeError(Reason::kEncoderRefused, "encoder.dimension",
                     fmt::format("is {}, but {} gives vectors of {} components; set encoder.dimension to {}{}",
                                 settings.dimension, settings.model, values.size(), values.size(),
                                 settings.send_dimension ? ""
                                                         : ", or encoder.send_dimension to true if the model can "
                                                           "shorten its vectors"));
  }
  double squares = 0;
  for (const json& value : values) {
    if (!value.is_number()) return NotTheProtocol(fmt::format("data[{}].embedding holds no numbers only", index));
    squares += value.get<double>() * value.get<double>();
  }
  if (!std::isfinite(squares)) return NotTheProtocol(fmt::format("data[{}].embedding is not finite", index));
  const double length = std::sqrt(squares);
  std::size_t component = 0;
  for (const json& value : values) {
    row[component++] = length > 0 ? static_cast<float>(value.get<double>() / length) : 0.0f;
  }
  return absl::OkStatus();
}

}  // namespace

std::string EmbeddingRequest(const RemoteEncoderSettings& settings, std::span<const std::string> texts) {
  nlohmann::ordered_json request = {{"model", settings.model}, {"input", texts}};
  if (settings.send_dimension) request["dimensions"] = settings.dimension;
  return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::size_t EmbeddingReplyLimit(const RemoteEncoderSettings& settings, std::size_t texts) {
  return kBytesOfReply + texts * (kBytesOfVector + kBytesOfComponent * static_cast<std::size_t>(settings.dimension));
}

absl::Status ReadEmbeddingReply(std::string_view body, const RemoteEncoderSettings& settings, std::size_t count,
                                std::span<float> rows) {
  const json reply = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (reply.is_discarded()) return NotTheProtocol("it is no JSON, or cut short");
  const auto data = reply.find("data");
  if (!reply.is_object() || data == reply.end() || !data->is_array()) return NotTheProtocol("it has no list `data`");
  if (data->size() != count) return NotTheProtocol(fmt::format("{} vectors for {} texts", data->size(), count));
  const auto dimension = static_cast<std::size_t>(settings.dimension);
  std::vector<bool> seen(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    const json& item = (*data)[i];
    if (!item.is_object() || !item.contains("index") || !item["index"].is_number_unsigned() ||
        !item.contains("embedding")) {
      return NotTheProtocol(fmt::format("data[{}] has no index or no embedding", i));
    }
    const auto index = item["index"].get<std::uint64_t>();
    if (index >= count || seen[index]) {
      return NotTheProtocol(fmt::format("data[{}].index is {}, which is out of range or there twice", i, index));
    }
    seen[index] = true;
    MAGPIE_RETURN_IF_ERROR(ReadVector(item["embedding"], i, settings, rows.subspan(index * dimension, dimension)));
  }
  return absl::OkStatus();
}

std::string EmbeddingErrorText(std::string_view body) {
  const json reply = json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::string text;
  if (reply.is_object()) {
    // {"error": {"message": ...}} as OpenAI has it, {"error": ...} and {"message": ...} elsewhere.
    const json error = reply.contains("error") ? reply["error"] : reply;
    const json message = error.is_object() && error.contains("message") ? error["message"] : error;
    if (message.is_string()) text = message.get<std::string>();
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  if (text.empty()) return "";
  return fmt::format(" (it says \"{}\")", TakeCodePoints(text, kShownOfError));
}

}  // namespace magpie
