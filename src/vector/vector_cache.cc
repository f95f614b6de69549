#include "vector/vector_cache.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kApplicationId = 0x4D475643;  // "MGVC"
constexpr int kVersion = 1;
constexpr int kBusyTimeoutMs = 10'000;  // a batch is written in milliseconds

std::int64_t RowSum(const std::string& key, std::string_view bytes) {
  return static_cast<std::int64_t>(StableHash(bytes, StableHash(key)));
}

std::string_view BytesOf(std::span<const float> row) {
  return {reinterpret_cast<const char*>(row.data()), row.size_bytes()};
}

// Makes the file, if it is missing, for its owner only; SQLite gives its journal the same rights.
absl::Status MakeOwnFile(const std::filesystem::path& file) {
  std::error_code code;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), code);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return MakeError(Reason::kFileNotFound, file.string(),
                     fmt::format("the cache of vectors cannot be opened or made: {}; name another file in "
                                 "encoder.cache, or \"\" for none",
                                 std::strerror(errno)));
  }
  ::close(descriptor);
  return absl::OkStatus();
}

// Takes a fresh file into use; false where the file is something else.
bool Prepare(SQLite::Database& database) {
  const auto is_ours = [&] {
    return database.execAndGet("PRAGMA application_id").getInt() == kApplicationId &&
           database.execAndGet("PRAGMA user_version").getInt() == kVersion;
  };
  if (is_ours()) return true;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  if (is_ours()) return true;  // another process was first
  if (database.execAndGet("PRAGMA application_id").getInt() != 0 ||
      database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() != 0) {
    return false;
  }
  database.exec(
      fmt::format("CREATE TABLE vector (key TEXT PRIMARY KEY, sum INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
                  "PRAGMA application_id = {}; PRAGMA user_version = {}",
                  kApplicationId, kVersion));
  transaction.commit();
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<VectorCache>> VectorCache::Open(const std::filesystem::path& file) {
  const auto refuse = [&](std::string_view why) {
    return MakeError(Reason::kBadFile, file.string(),
                     fmt::format("this is no cache of vectors that can be read ({}); name another file in "
                                 "encoder.cache, or delete this one if it is a damaged cache: it is made anew",
                                 why));
  };
  if (!file.empty()) MAGPIE_RETURN_IF_ERROR(MakeOwnFile(file));
  try {
    auto database = std::make_unique<SQLite::Database>(file.empty() ? ":memory:" : file.string(),
                                                       SQLite::OPEN_READWRITE, kBusyTimeoutMs);
    if (!Prepare(*database)) return refuse("a database of another program or version");
    // No WAL: switching to it needs the file alone, and batches are few.
    database->exec("PRAGMA synchronous = NORMAL");
    return std::unique_ptr<VectorCache>(new VectorCache(file.string(), std::move(database)));
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xFF;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_ERROR) return refuse(error.what());
    return MakeError(Reason::kFileNotFound, file.string(),
                     fmt::format("the cache of vectors cannot be used: {}; name another file in encoder.cache, or \"\" "
                                 "for none",
                                 error.what()));
  }
}

VectorCache::VectorCache(std::string file, std::unique_ptr<SQLite::Database> database)
    : file_(std::move(file)),
      database_(std::move(database)),
      find_(std::make_unique<SQLite::Statement>(*database_, "SELECT sum, body FROM vector WHERE key = ?")),
      keep_(std::make_unique<SQLite::Statement>(*database_,
                                                "INSERT INTO vector (key, sum, body) VALUES (?1, ?2, ?3) "
                                                "ON CONFLICT (key) DO UPDATE SET sum = ?2, body = ?3")) {}

VectorCache::~VectorCache() = default;

bool VectorCache::FindLocked(const std::string& key, std::span<float> row) {
  find_->reset();
  find_->bindNoCopy(1, key);
  bool found = false;
  if (find_->executeStep()) {
    const std::int64_t sum = find_->getColumn(0).getInt64();
    const SQLite::Column body = find_->getColumn(1);
    const void* const bytes = body.getBlob();
    const auto size = static_cast<std::size_t>(body.getBytes());
    found = size == row.size_bytes() && RowSum(key, {static_cast<const char*>(bytes), size}) == sum;
    if (found) std::memcpy(row.data(), bytes, size);
  }
  find_->reset();  // ends the read, so that others may write
  return found;
}

bool VectorCache::Find(const std::string& key, std::span<float> row) {
  const std::lock_guard lock(mutex_);
  if (off_) return false;
  try {
    return FindLocked(key, row);
  } catch (const SQLite::Exception& error) {
    TurnOff("read", error);
    return false;
  }
}

void VectorCache::Keep(std::span<const std::string> keys, std::span<float> rows) {
  const std::lock_guard lock(mutex_);
  if (off_ || keys.empty()) return;
  const std::size_t dimension = rows.size() / keys.size();
  try {
    // One transaction, so that what is found missing is still missing when it is written.
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::span<float> row = rows.subspan(i * dimension, dimension);
      if (FindLocked(keys[i], row)) continue;
      const std::string_view bytes = BytesOf(row);
      keep_->reset();
      keep_->bindNoCopy(1, keys[i]);
      keep_->bind(2, RowSum(keys[i], bytes));
      keep_->bindNoCopy(3, bytes.data(), static_cast<int>(bytes.size()));
      keep_->exec();
    }
    keep_->reset();
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    TurnOff("write", error);
  }
}

void VectorCache::TurnOff(const char* doing, const std::exception& error) {
  find_->tryReset();
  keep_->tryReset();
  off_ = true;
  trouble_ =
      fmt::format("cannot {} the cache of vectors {}: {}; the run goes on without it", doing, file_, error.what());
}

std::string VectorCache::TakeTrouble() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trouble_, "");
}

}  // namespace magpie
