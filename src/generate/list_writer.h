// Writes the listings of a side as JSONL.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "generate/generator.h"
#include "magpie/base/progress.h"

namespace magpie::generate {

// One line of JSON with the members that a Generator fills, amounts in 10,000 CNY as organisers write them.
void AppendLine(const ListingRecord& listing, std::string* out);

// Places 0 to `places`, in their order; the same bytes whatever the number of threads. A reader never sees half a file.
// Errors  kBadFile where it cannot be written, CANCELLED.
absl::Status WriteList(const Generator& generator, Side side, std::int64_t places, const std::filesystem::path& path,
                       const RunContext& context);

}  // namespace magpie::generate
