#include "file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::chrono::milliseconds kRetry{20};

std::string OwnerOf(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  std::string owner(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (const std::size_t end = owner.find_first_not_of("0123456789"); end != std::string::npos) owner.resize(end);
  return owner.empty() ? std::string("another process") : "process " + owner;
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Take(const std::filesystem::path& file, int timeout_ms) {
  FileLock lock;
  lock.descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.descriptor_ < 0) {
    const int error = errno;
    const bool missing = error == ENOENT || error == ENOTDIR;
    return MakeError(missing           ? Reason::kFileNotFound
                     : error == ENOSPC ? Reason::kLimitExceeded
                                       : Reason::kWrongState,
                     file.string(),
                     fmt::format("cannot create the lock file: {}; the folder must exist and be writable",
                                 std::generic_category().message(error)));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return MakeError(Reason::kUnavailable, file.string(),
                       fmt::format("cannot lock: {}", std::generic_category().message(errno)));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return MakeError(Reason::kStoreBusy, file.string(),
                       fmt::format("the workspace is in use by {}; stop it, or speak to it with --server",
                                   OwnerOf(lock.descriptor_)));
    }
    std::this_thread::sleep_for(kRetry);
  }
  // The number is for the message above only; the lock holds without it.
  const std::string owner = fmt::format("{}\n", getpid());
  if (ftruncate(lock.descriptor_, 0) == 0 && pwrite(lock.descriptor_, owner.data(), owner.size(), 0) < 0) errno = 0;
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);  // the file stays: removing it would race with the next owner
}

}  // namespace magpie
