#include "schema.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "magpie/base/status.h"

namespace magpie {
namespace {

// kSteps[v] leads from version v to v + 1. A step that was released is never changed.
constexpr std::array<const char*, kSchemaVersion> kSteps = {
    // 0 -> 1. `ord` is the rowid and so the order of creation; bodies stay in an ordinary table because they are too
    // long for the leaves of one without rowid. `sum` is StableHash over the row, see RowSum.
    R"sql(
      CREATE TABLE row (
        ord INTEGER PRIMARY KEY,
        tab TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        sum INTEGER NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (tab, id)
      ) STRICT;
      CREATE TABLE request (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        response TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX request_sequence ON request (sequence);
      CREATE TABLE state (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO state VALUES ('sequence', 0);
    )sql",
    // 1 -> 2. The tables stay as they are; feedback and rankers may stand in them from here on. A release of version 1
    // would score without the workspace's ranker and not say so: the number keeps it out.
    "",
};

}  // namespace

absl::Status CheckSchema(const SQLite::Database& database, const std::string& file) {
  SQLite::Database& db = const_cast<SQLite::Database&>(database);  // execAndGet only reads here
  const int application = db.execAndGet("PRAGMA application_id").getInt();
  const int version = db.execAndGet("PRAGMA user_version").getInt();
  const int tables = db.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  const bool fresh = application == 0 && version == 0 && tables == 0;
  if (application != kApplicationId && !fresh) {
    return MakeError(Reason::kBadFile, file,
                     "this is a database of another program, not a workspace of Magpie; choose another folder");
  }
  if (version > kSchemaVersion) {
    return MakeError(Reason::kStoreVersion, file,
                     fmt::format("the workspace has schema version {}, this Magpie knows versions up to {}; use the "
                                 "Magpie that wrote it, or a newer one",
                                 version, kSchemaVersion));
  }
  return absl::OkStatus();
}

void Migrate(SQLite::Database* database) {
  const int version = database->execAndGet("PRAGMA user_version").getInt();
  for (int step = version; step < kSchemaVersion; ++step) {
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    database->exec(kSteps[static_cast<std::size_t>(step)]);
    database->exec(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, step + 1));
    transaction.commit();
  }
}

absl::Status SqliteError(const SQLite::Exception& error, const std::string& file, std::string_view doing) {
  const auto make = [&](Reason reason, std::string_view advice) {
    return MakeError(reason, file, fmt::format("cannot {}: {}; {}", doing, error.what(), advice));
  };
  switch (error.getErrorCode() & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(Reason::kStoreBusy, "another process uses the file; stop it and try again");
    case SQLITE_NOTADB:
      return make(Reason::kStoreCorrupt,
                  "it is not a workspace of Magpie, or its beginning is damaged; restore it from a backup, or choose "
                  "another folder");
    case SQLITE_CORRUPT:
      return make(Reason::kStoreCorrupt, "the file is damaged; restore it from a backup");
    case SQLITE_FULL:
      return make(Reason::kLimitExceeded, "the disk or the file's limit is full; nothing of this batch was kept");
    case SQLITE_TOOBIG:
      return make(Reason::kLimitExceeded, "a text is too long");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return make(Reason::kWrongState, "the file cannot be written; check its permissions");
    case SQLITE_CANTOPEN:
      return make(Reason::kFileNotFound, "check the path and the rights to it");
    case SQLITE_IOERR:
      return make(Reason::kUnavailable, "the disk reported an error; nothing of this batch counts; check the disk");
    default:
      return make(Reason::kInternal, fmt::format("SQLite code {}", error.getExtendedErrorCode()));
  }
}

bool IsDiskTrouble(int code) {
  constexpr int kCodes[] = {SQLITE_FULL,     SQLITE_IOERR,   SQLITE_READONLY, SQLITE_PERM,
                            SQLITE_CANTOPEN, SQLITE_CORRUPT, SQLITE_NOTADB};
  return std::find(std::begin(kCodes), std::end(kCodes), code & 0xFF) != std::end(kCodes);
}

bool IsFailedFlush(int code) {
  return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

}  // namespace magpie
