// Vectors that an endpoint gave, kept in a file (docs/design/vector.md): a table from key to vector, in SQLite.
//
// Keys     SHA-256 in hexadecimal digits; the texts are not kept. A vector tells something of its text all the same, so
//          the file is readable by its owner only.
// Damage   a file of something else or a damaged one is refused when it is opened. A row whose sum is wrong is not
//          found and is written anew. What goes wrong later (disk full, a damaged page) turns the cache off, and
//          TakeTrouble() tells so once: a cache is never a reason to end a run.
// Threads  every method may be called from several threads and processes at once.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace magpie {

class VectorCache {
 public:
  // Made, with its folders, where it is missing; an empty path keeps vectors in memory. Errors: kBadFile,
  // kFileNotFound.
  static absl::StatusOr<std::unique_ptr<VectorCache>> Open(const std::filesystem::path& file);
  ~VectorCache();

  // Fills the row if a sound vector of its size is kept under the key.
  bool Find(const std::string& key, std::span<float> row);

  // Keeps keys.size() rows of equal size. Where another thread or process was first, the row becomes the kept one.
  void Keep(std::span<const std::string> keys, std::span<float> rows);

  // What turned the cache off, told once; else "".
  std::string TakeTrouble();

 private:
  VectorCache(std::string file, std::unique_ptr<SQLite::Database> database);
  bool FindLocked(const std::string& key, std::span<float> row);
  void TurnOff(const char* doing, const std::exception& error);

  const std::string file_;
  std::mutex mutex_;
  std::unique_ptr<SQLite::Database> database_;
  std::unique_ptr<SQLite::Statement> find_, keep_;
  bool off_ = false;
  std::string trouble_;
};

}  // namespace magpie
