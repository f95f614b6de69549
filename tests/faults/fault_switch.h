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
  std::atomic<bool> keep_undo;       // keep FILE.undo: what stood where something was written that is not flushed yet
  std::atomic<std::int32_t> broken;  // calls broken since the driver last looked
};

// FILE.undo is a sequence of these, each followed by `size` bytes that stood at `offset` (zeros beyond the end).
struct UndoRecord {
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

}  // namespace magpie
