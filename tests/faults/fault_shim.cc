// Preloaded into magpied: breaks writes and flushes of the store's files (NAME.db, NAME.db-wal) as a bad disk would.
// MAGPIE_FAULTS names the file that holds the FaultSwitch. -shm is memory to SQLite and is left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "faults/fault_switch.h"

namespace {

using magpie::Fault;
using magpie::FaultSwitch;

FaultSwitch* OpenSwitch() {
  const char* path = std::getenv("MAGPIE_FAULTS");
  const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* page = mmap(nullptr, sizeof(FaultSwitch), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return page == MAP_FAILED ? nullptr : static_cast<FaultSwitch*>(page);
}

bool IsOfStore(int file, bool file_only) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link.data(), path.data(), path.size());
  const std::string_view name(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return name.ends_with(".db") || (!file_only && name.ends_with(".db-wal"));
}

// What to do to this call.
Fault Take(int file, bool flush) {
  static FaultSwitch* const faults = OpenSwitch();
  if (faults == nullptr) return Fault::kNone;
  const Fault fault = faults->fault;
  if (fault == Fault::kNone || (fault == Fault::kFailedFlush) != flush || !IsOfStore(file, faults->file_only))
    return Fault::kNone;
  if (faults->skip.fetch_sub(1) > 0) return Fault::kNone;
  if (faults->count.fetch_sub(1) <= 0) return Fault::kNone;
  ++faults->broken;
  return fault;
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  static auto* const real = Real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  thread_local bool cut = false;  // the call before was: SQLite goes on with the rest, and that fails
  const Fault fault = cut ? Fault::kFullDisk : Take(file, false);
  cut = fault == Fault::kShortWrite;
  if (cut) return real(file, bytes, size / 2, offset);
  if (fault == Fault::kNone) return real(file, bytes, size, offset);
  errno = fault == Fault::kFullDisk ? ENOSPC : EIO;
  return -1;
}

int fdatasync(int file) {
  static auto* const real = Real<int(int)>("fdatasync");
  if (Take(file, true) == Fault::kNone) return real(file);
  errno = EIO;
  return -1;
}

int fsync(int file) {
  static auto* const real = Real<int(int)>("fsync");
  if (Take(file, true) == Fault::kNone) return real(file);
  errno = EIO;
  return -1;
}

}  // extern "C"
