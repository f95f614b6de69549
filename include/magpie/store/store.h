// Where a workspace's rows live: one narrow interface over one file (SQLite now), knowing nothing of needs or parties.
//
// Terms    a row has a table ("party", "need", "offering", "operation", ...), an id, a version and a body (one line of
//          JSON). A batch is written as a whole or not at all; when Write returns OK the batch survives power loss
//          (WAL, synchronous=FULL).
// Version  the store gives each batch the next sequence number; a row's version is the sequence of the batch that
//          wrote it last. The first batch has sequence 1.
// Owner    one process writes: it holds an flock on FILE.lock as long as the store is open, which ends with the process
//          however that ends. Stores opened read_only need no lock and see every batch that was finished.
// Errors   kStoreCorrupt (damaged), kBadFile (a database of another program), kStoreVersion (file of a newer schema),
//          kStoreBusy (locked by another process), kEtagMismatch (an expected version does not hold), kRequestIdReused,
//          kLimitExceeded (disk full, or a text beyond SQLite's 1 GB), kWrongState (a write to a read-only store),
//          kFileNotFound, kUnavailable (the disk reported an error).
// Disk     a batch that failed is not kept; the next one tries again, and reads go on. Should the process die before
//          that, a batch whose flush failed may be found whole after all. Once damage was seen, nothing is written any
//          more. A log whose transfer into the file could not be flushed is kept whole until the next opening.
// Threads  every method may be called from several threads; writes are serialised, reads do not wait for writes.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

struct StoredRow {
  std::string id;
  std::int64_t version = 0;
  std::string body;
  std::int64_t order = 0;  // rises with each row that is new in its table: sorting by it gives the order of creation
};

struct RowChange {
  std::string table;
  std::string id;
  std::optional<std::string> body;               // nullopt = delete
  std::optional<std::int64_t> expected_version;  // 0 = must not exist yet; nullopt = whatever is there
};

// A request that must take effect once: kept with the batch it belongs to, so a retry after a restart gets the first
// answer again. The store remembers the requests of the last kRememberedBatches batches.
inline constexpr std::int64_t kRememberedBatches = 100'000;

struct RequestRecord {
  std::string request_id;    // empty = none
  std::string request_hash;  // of the request's bytes; another hash under the same id is kRequestIdReused
  std::string response;      // what to answer a retry with
};

class Store {
 public:
  virtual ~Store() = default;

  // Applies all changes in one durable transaction, in their order; returns the batch's sequence. Empty changes are
  // allowed, and so is deleting a row that is not there. A request id that was seen with the same hash changes nothing
  // and returns its first sequence.
  virtual absl::StatusOr<std::int64_t> Write(const std::vector<RowChange>& changes, const RequestRecord& request) = 0;
  absl::StatusOr<std::int64_t> Write(const std::vector<RowChange>& changes) { return Write(changes, {}); }

  virtual absl::StatusOr<std::optional<StoredRow>> Read(std::string_view table, std::string_view id) const = 0;

  // All rows of a table in the order of ids (bytewise) from the first one that is not below `first`, as of one instant;
  // `sink` may stop by returning an error.
  virtual absl::Status ScanFrom(std::string_view table, std::string_view first,
                                const std::function<absl::Status(StoredRow&&)>& sink) const = 0;
  absl::Status Scan(std::string_view table, const std::function<absl::Status(StoredRow&&)>& sink) const {
    return ScanFrom(table, "", sink);
  }

  // The answer recorded for a request id; nullopt = not seen; kRequestIdReused if the hash differs.
  virtual absl::StatusOr<std::optional<std::string>> FindRequest(std::string_view request_id,
                                                                 std::string_view request_hash) const = 0;

  // The sequence of the last batch.
  virtual absl::StatusOr<std::int64_t> Sequence() const = 0;

  // A consistent copy while writes go on, whole or not there; kAlreadyExists where the target is.
  virtual absl::Status Backup(const std::filesystem::path& target) const = 0;

  // Why the disk did not take what was to be written, or what is damaged; OK = all is well. It stays until TryWriting()
  // succeeds, so that whoever looks now and then misses nothing.
  virtual absl::Status Trouble() const = 0;
  // Writes and flushes a batch that changes nothing. After damage: that error, untried.
  virtual absl::Status TryWriting() = 0;
};

struct StoreOptions {
  bool read_only = false;
  int busy_timeout_ms = 2'000;  // how long to wait for another process's lock before kStoreBusy
  std::int64_t max_bytes = 0;   // writes that would make the file larger fail with kLimitExceeded; 0 = no limit
  std::int64_t check_bytes = 256LL << 20;  // files up to this size are checked page by page when opened (about 1 GB/s)
};

// Opens or creates the file and migrates an older schema forward.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::filesystem::path& file, const StoreOptions& options);

}  // namespace magpie
