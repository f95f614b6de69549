#include "magpie/base/progress.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "magpie/base/status.h"

namespace magpie {

absl::Status RunContext::CheckCancelled() const {
  if (!cancelled()) return absl::OkStatus();
  return MakeError(Reason::kCancelled, "", "stopped as asked");
}

absl::Status ParallelFor(const RunContext& context, std::int64_t count, std::int64_t block,
                         const std::function<absl::Status(std::int64_t, std::int64_t)>& body) {
  const std::int64_t blocks = (count + block - 1) / block;
  const auto hardware = static_cast<std::int64_t>(std::max(1u, std::thread::hardware_concurrency()));
  const std::int64_t wanted = context.threads > 0 ? context.threads : hardware;
  const std::int64_t threads = std::min(wanted, blocks);

  std::atomic<std::int64_t> next{0};
  std::mutex error_mutex;
  std::int64_t error_block = blocks;
  absl::Status error;
  auto work = [&] {
    for (;;) {
      const std::int64_t b = next.fetch_add(1);
      if (b >= blocks || context.cancelled()) return;
      const absl::Status status = body(b * block, std::min(count, (b + 1) * block));
      if (!status.ok()) {
        const std::lock_guard lock(error_mutex);
        if (b < error_block) {
          error_block = b;
          error = status;
        }
        next.store(blocks);
        return;
      }
    }
  };
  if (threads <= 1) {
    work();
  } else {
    std::vector<std::jthread> pool;
    pool.reserve(static_cast<std::size_t>(threads - 1));
    for (std::int64_t t = 1; t < threads; ++t) pool.emplace_back(work);
    work();
  }
  if (!error.ok()) return error;
  return context.CheckCancelled();
}

}  // namespace magpie
