// What every encoder asks of its caller: a row of its dimension for each text.
#pragma once

#include <absl/status/status.h>
#include <fmt/format.h>

#include <cstddef>

#include "magpie/base/status.h"

namespace magpie {

inline absl::Status CheckRows(std::size_t floats, std::size_t texts, std::size_t dimension) {
  if (floats == texts * dimension) return absl::OkStatus();
  return MakeError(Reason::kInternal, "rows",
                   fmt::format("{} floats for {} texts of dimension {}", floats, texts, dimension));
}

}  // namespace magpie
