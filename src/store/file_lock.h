// Which process owns a workspace: an advisory lock that ends with the process.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>

namespace magpie {

class FileLock {
 public:
  // Takes the lock on `file`, creating it; tries for `timeout_ms`, then kStoreBusy with the owner's process id.
  static absl::StatusOr<FileLock> Take(const std::filesystem::path& file, int timeout_ms);

  FileLock() = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  int descriptor_ = -1;
};

}  // namespace magpie
