// Preloaded into magpied: breaks writes and flushes of the store's files (NAME.db, NAME.db-wal) as a bad disk would, and keeps
// what a power cut would bring back.
// MAGPIE_FAULTS names the file that holds the FaultSwitch. -shm is memory to SQLite and is left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
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

// Null where there is nothing to break.
FaultSwitch* Switch() {
  static FaultSwitch* const faults = OpenSwitch();
  return faults;
}

std::string PathOf(int file) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link.data(), path.data(), path.size());
  return std::string(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

bool IsOfStore(std::string_view path, bool file_only) {
  return path.ends_with(".db") || (!file_only && path.ends_with(".db-wal"));
}

// What to do to this call.
Fault Take(int file, bool flush) {
  FaultSwitch* const faults = Switch();
  if (faults == nullptr) return Fault::kNone;
  const Fault fault = faults->fault;
  if (fault == Fault::kNone || (fault == Fault::kFailedFlush) != flush) return Fault::kNone;
  if (!IsOfStore(PathOf(file), faults->file_only)) return Fault::kNone;
  if (faults->skip.fetch_sub(1) > 0) return Fault::kNone;
  if (faults->count.fetch_sub(1) <= 0) return Fault::kNone;
  ++faults->broken;
  return fault;
}

// Where the undo of a file is kept; empty = it is not.
std::string UndoOf(int file) {
  FaultSwitch* const faults = Switch();
  if (faults == nullptr || !faults->keep_undo) return "";
  const std::string path = PathOf(file);
  return IsOfStore(path, false) ? path + ".undo" : "";
}

void KeepUndo(int file, size_t size, off64_t offset) {
  const std::string path = UndoOf(file);
  if (path.empty()) return;
  const magpie::UndoRecord head{offset, static_cast<std::int64_t>(size)};
  std::string record(sizeof head + size, '\0');
  std::memcpy(record.data(), &head, sizeof head);
  if (pread64(file, record.data() + sizeof head, size, offset) < 0) std::abort();
  const int undo = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (undo < 0 || write(undo, record.data(), record.size()) != static_cast<ssize_t>(record.size())) std::abort();
  close(undo);
}

void DropUndo(int file) {
  const std::string path = UndoOf(file);
  if (!path.empty()) unlink(path.c_str());
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int Flush(int (*real)(int), int file) {
  if (Take(file, true) != Fault::kNone) {
    errno = EIO;
    return -1;
  }
  const int result = real(file);
  if (result == 0) DropUndo(file);
  return result;
}

}  // namespace

extern "C" {

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  static auto* const real = Real<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  thread_local bool cut = false;  // the call before was: SQLite goes on with the rest, and that fails
  const Fault fault = cut ? Fault::kFullDisk : Take(file, false);
  KeepUndo(file, size, offset);
  cut = fault == Fault::kShortWrite;
  if (cut) return real(file, bytes, size / 2, offset);
  if (fault == Fault::kNone) return real(file, bytes, size, offset);
  errno = fault == Fault::kFullDisk ? ENOSPC : EIO;
  return -1;
}

int fdatasync(int file) {
  static auto* const real = Real<int(int)>("fdatasync");
  return Flush(real, file);
}

int fsync(int file) {
  static auto* const real = Real<int(int)>("fsync");
  return Flush(real, file);
}

// Counts as flushed: SQLite cuts a log only when all of it is in the file.
int ftruncate64(int file, off64_t size) {
  static auto* const real = Real<int(int, off64_t)>("ftruncate64");
  const int result = real(file, size);
  if (result == 0) DropUndo(file);
  return result;
}

}  // extern "C"
