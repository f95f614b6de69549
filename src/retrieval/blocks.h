// How a batch of queries is cut up.
#pragma once

#include <absl/status/status.h>

#include <cstdint>

#include "magpie/base/progress.h"

namespace magpie {

// kBadArgument where nothing is asked for.
absl::Status CheckTop(int top);

// How many queries one thread takes at a time: as many as keep their packed rows (of `row_bytes`) in half of a core's second
// cache and their selections in 4 MiB, in equal shares for the threads.
std::int64_t QueryBlock(std::int64_t queries, std::int64_t row_bytes, std::int64_t selection_bytes,
                        const RunContext& context);

}  // namespace magpie
