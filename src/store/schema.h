// The database's layout and how older layouts become the present one.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <absl/status/status.h>

#include <cstdint>
#include <string>

namespace magpie {

inline constexpr std::int32_t kApplicationId = 0x4D616770;  // "Magp", at byte 68 of the file
inline constexpr int kSchemaVersion = 2;                    // PRAGMA user_version, at byte 60

// Refuses databases of other programs and of newer versions.
absl::Status CheckSchema(const SQLite::Database& database, const std::string& file);

// Brings an empty or older database to kSchemaVersion, each step in one transaction. Throws SQLite::Exception.
void Migrate(SQLite::Database* database);

// What an exception of SQLite means to a caller; `doing` completes "cannot ...".
absl::Status SqliteError(const SQLite::Exception& error, const std::string& file, std::string_view doing);

// Whether an extended result code says that the disk or the file, not the request, is at fault.
bool IsDiskTrouble(int code);
// Whether it says that a flush failed: what the system then holds in memory may not be what is on the disk.
bool IsFailedFlush(int code);

}  // namespace magpie
