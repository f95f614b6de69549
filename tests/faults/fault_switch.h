// The page of memory by which the driver tells the shim inside magpied what to break, and hears whether it did.
#pragma once

#include <atomic>
#include <cstdint>

namespace magpie {

enum class Fault : std::int32_t { kNone, kFailedWrite, kShortWrite, kFailedFlush, kFullDisk };

struct FaultSwitch {
  std::atomic<Fault> fault;
  std::atomic<std::int32_t> skip;    // calls to let through first
  std::atomic<std::int32_t> count;   // calls to break then
  std::atomic<bool> file_only;       // NAME.db alone, not its log
  std::atomic<std::int32_t> broken;  // calls broken since the driver last looked
};

}  // namespace magpie
