// Statistics of lists, by which generated ones are compared with real ones (docs/design/generate.md).
#pragma once

#include <absl/status/status.h>

#include <filesystem>

#include "magpie/base/progress.h"

namespace magpie::generate {

// Prints, for needs.jsonl and offerings.jsonl of the folder: lengths and distinct words of a listing by language, growth
// of the vocabulary, and how like a need its ten nearest offerings are. Errors: those of ImportListings and the models.
absl::Status PrintMeasures(const std::filesystem::path& folder, const std::filesystem::path& models,
                           const RunContext& context);

}  // namespace magpie::generate
