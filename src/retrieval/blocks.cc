#include "retrieval/blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "magpie/base/status.h"

namespace magpie {

absl::Status CheckTop(int top) {
  if (top >= 1) return absl::OkStatus();
  return MakeError(Reason::kBadArgument, "top", fmt::format("is {}; ask for at least 1", top));
}

std::int64_t QueryBlock(std::int64_t queries, std::int64_t row_bytes, std::int64_t selection_bytes,
                        const RunContext& context) {
  constexpr std::int64_t kPackedBytes = 1 << 20, kSelectionBytes = 4 << 20, kMultiple = 24;  // of every panel's height
  const std::int64_t most =
      std::max<std::int64_t>(kMultiple, std::min(kPackedBytes / row_bytes, kSelectionBytes / selection_bytes));
  const auto threads = context.threads > 0 ? context.threads : std::max<int>(1, std::thread::hardware_concurrency());
  const std::int64_t rounds = (queries + most * threads - 1) / (most * threads);
  const std::int64_t share = (queries + rounds * threads - 1) / (rounds * threads);
  return (share + kMultiple - 1) / kMultiple * kMultiple;
}

}  // namespace magpie
