// Bodies of POST /v1/embeddings, both ways.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "magpie/vector/remote_encoder.h"

namespace magpie {

std::string EmbeddingRequest(const RemoteEncoderSettings& settings, std::span<const std::string> texts);

// The most that an answer of so many vectors can weigh: 64 bytes a component leave room for indentation.
std::size_t EmbeddingReplyLimit(const RemoteEncoderSettings& settings, std::size_t texts);

// Reads `count` vectors, put in order by their `index`, into rows[count * settings.dimension] and brings each to length
// 1 (a vector of zeros stays). Errors: kEncoderRefused (another dimension), kUnavailable (all else that is not the
// protocol: no JSON, another count, an index twice, a number that is not finite). Rows are undefined after an error.
absl::Status ReadEmbeddingReply(std::string_view body, const RemoteEncoderSettings& settings, std::size_t count,
                                std::span<float> rows);

// What an error's body says, as one short line in quotes; "" where it says nothing.
std::string EmbeddingErrorText(std::string_view body);

}  // namespace magpie
