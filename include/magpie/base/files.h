// Files as whole things: reading with a limit, writing so that a reader never sees half a file, and hashes.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace magpie {

// The bytes of a file. kFileNotFound, or kLimitExceeded above `limit` bytes.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, std::uint64_t limit);

// Writes beside the target and renames over it.
absl::Status WriteFile(const std::filesystem::path& path, std::string_view bytes);

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);
absl::StatusOr<std::string> Sha256HexOfFile(const std::filesystem::path& path);

// 64-bit FNV-1a with a final mix: stable over versions and machines, for shuffling and sampling; not for security.
std::uint64_t StableHash(std::string_view bytes, std::uint64_t seed = 0);

// A file mapped read-only into memory; unmapped with the object. Movable.
class MappedFile {
 public:
  static absl::StatusOr<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace magpie
