#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <utility>

#include "file_lock.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/store/store.h"
#include "schema.h"

namespace magpie {
namespace {

constexpr std::size_t kIdleReaders = 8;
constexpr int kMaxErrors = 3;     // of a damaged file, in the message
constexpr int kLogPages = 1'000;  // from here on the log is carried over into the file

// Kept with each row: SQLite's own structure survives many a flipped byte inside a text.
std::int64_t RowSum(std::string_view table, std::string_view id, std::int64_t version, std::string_view body) {
  std::uint64_t sum = StableHash(table, static_cast<std::uint64_t>(version));
  sum = StableHash(id, sum);
  return static_cast<std::int64_t>(StableHash(body, sum));
}

std::string_view TextOf(const SQLite::Column& column) {
  const void* bytes = column.getBlob();  // before getBytes, which counts what this converted
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(column.getBytes())};
}

// Resets a prepared statement when its use ends, however that ends.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    statement_.tryReset();
    try {
      statement_.clearBindings();
    } catch (const SQLite::Exception&) {  // only a finalised statement can fail so; the next use binds anew anyway
    }
  }
  SQLite::Statement* operator->() { return &statement_; }
  // `text` must live as long as this.
  void Bind(int index, const std::string& text) { statement_.bindNoCopy(index, text); }
  void Bind(int index, std::string&& text) = delete;

 private:
  SQLite::Statement& statement_;
};

// A connection that reads, with its prepared statements. One thread at a time.
struct Reader {
  Reader(const std::string& path, int flags, int timeout_ms)
      : database(path, flags, timeout_ms),
        read(database, "SELECT version, sum, body, ord FROM row WHERE tab = ? AND id = ?"),
        scan(database, "SELECT version, sum, body, ord, id FROM row WHERE tab = ? AND id >= ? ORDER BY id"),
        request(database, "SELECT hash, response FROM request WHERE id = ?"),
        sequence(database, "SELECT value FROM state WHERE name = 'sequence'") {}

  SQLite::Database database;
  SQLite::Statement read, scan, request, sequence;
};

// The connection that writes.
struct Writer {
  explicit Writer(SQLite::Database& database)
      : version(database, "SELECT version FROM row WHERE tab = ? AND id = ?"),
        put(database,
            "INSERT INTO row (tab, id, version, sum, body) VALUES (?1, ?2, ?3, ?4, ?5) "
            "ON CONFLICT (tab, id) DO UPDATE SET version = ?3, sum = ?4, body = ?5"),
        erase(database, "DELETE FROM row WHERE tab = ? AND id = ?"),
        find_request(database, "SELECT hash, sequence FROM request WHERE id = ?"),
        put_request(database, "INSERT INTO request (id, hash, sequence, response) VALUES (?, ?, ?, ?)"),
        forget_requests(database, "DELETE FROM request WHERE sequence <= ?"),
        sequence(database, "UPDATE state SET value = value + 1 WHERE name = 'sequence' RETURNING value"),
        nothing(database, "UPDATE state SET value = value WHERE name = 'sequence'") {}

  SQLite::Statement version, put, erase, find_request, put_request, forget_requests, sequence, nothing;
};

absl::Status RequestReused(std::string_view request_id) {
  return MakeError(Reason::kRequestIdReused, "request_id",
                   fmt::format("'{}' came before with another request; use a new id for a new request", request_id));
}

class SqliteStore : public Store {
 public:
  using Store::Write;

  SqliteStore(std::string file, std::string uri, const StoreOptions& options)
      : file_(std::move(file)), uri_(std::move(uri)), options_(options) {}

  absl::Status Open() {
    try {
      return options_.read_only ? OpenToRead() : OpenToWrite();
    } catch (const SQLite::Exception& error) {
      return SqliteError(error, file_, "open the workspace");
    }
  }

  absl::StatusOr<std::int64_t> Write(const std::vector<RowChange>& changes, const RequestRecord& request) override {
    if (!writer_) {
      return MakeError(Reason::kWrongState, file_, "the workspace was opened read-only; open it for writing");
    }
    const std::lock_guard lock(write_mutex_);
    MAGPIE_RETURN_IF_ERROR(Damage());
    try {
      SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
      MAGPIE_ASSIGN_OR_RETURN(const std::int64_t seen, FindSequence(request));
      if (seen > 0) return seen;
      const std::int64_t sequence = NextSequence();
      for (const RowChange& change : changes) MAGPIE_RETURN_IF_ERROR(Apply(change, sequence));
      PutRequest(request, sequence);
      transaction.commit();
      if (log_pages_ >= kLogPages) CarryLogOver(SQLITE_CHECKPOINT_PASSIVE);
      return sequence;
    } catch (const SQLite::Exception& error) {
      return Noted(error, "write");
    }
  }

  absl::Status Trouble() const override {
    const std::lock_guard lock(trouble_mutex_);
    return trouble_;
  }

  absl::Status TryWriting() override {
    if (!writer_) return absl::OkStatus();
    const std::lock_guard lock(write_mutex_);
    MAGPIE_RETURN_IF_ERROR(Damage());
    try {
      SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
      Use(writer_->nothing)->exec();
      transaction.commit();
    } catch (const SQLite::Exception& error) {
      return Noted(error, "write");
    }
    Note(absl::OkStatus());
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<StoredRow>> Read(std::string_view table, std::string_view id) const override {
    return WithReader([&](Reader& reader) -> absl::StatusOr<std::optional<StoredRow>> {
      const std::string table_text(table);
      StoredRow row;
      row.id = id;
      Use read(reader.read);
      read.Bind(1, table_text);
      read.Bind(2, row.id);
      if (!read->executeStep()) return std::nullopt;
      MAGPIE_RETURN_IF_ERROR(TakeRow(reader.read, table, &row));
      return row;
    });
  }

  absl::Status ScanFrom(std::string_view table, std::string_view first,
                        const std::function<absl::Status(StoredRow&&)>& sink) const override {
    const auto scanned = WithReader([&](Reader& reader) -> absl::StatusOr<bool> {
      const std::string table_text(table), first_text(first);
      Use scan(reader.scan);
      scan.Bind(1, table_text);
      scan.Bind(2, first_text);
      while (scan->executeStep()) {
        StoredRow row;
        row.id = TextOf(reader.scan.getColumn(4));
        MAGPIE_RETURN_IF_ERROR(TakeRow(reader.scan, table, &row));
        MAGPIE_RETURN_IF_ERROR(sink(std::move(row)));
      }
      return true;
    });
    return scanned.status();
  }

  absl::StatusOr<std::optional<std::string>> FindRequest(std::string_view request_id,
                                                         std::string_view request_hash) const override {
    return WithReader([&](Reader& reader) -> absl::StatusOr<std::optional<std::string>> {
      const std::string id(request_id);
      Use find(reader.request);
      find.Bind(1, id);
      if (!find->executeStep()) return std::nullopt;
      if (TextOf(find->getColumn(0)) != request_hash) return RequestReused(request_id);
      return std::string(TextOf(find->getColumn(1)));
    });
  }

  absl::StatusOr<std::int64_t> Sequence() const override {
    return WithReader([](Reader& reader) -> absl::StatusOr<std::int64_t> {
      Use sequence(reader.sequence);
      sequence->executeStep();
      return sequence->getColumn(0).getInt64();
    });
  }

  absl::Status Backup(const std::filesystem::path& target) const override {
    std::error_code error;
    if (std::filesystem::exists(target, error)) {
      return MakeError(Reason::kAlreadyExists, target.string(), "the file is there already; choose another name");
    }
    const std::string unfinished = target.string() + ".part";
    std::filesystem::remove(unfinished, error);
    try {
      SQLite::Database source(uri_, SQLite::OPEN_READONLY | SQLite::OPEN_URI, options_.busy_timeout_ms);
      SQLite::Database copy(unfinished, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      SQLite::Backup backup(copy, source);
      if (const int code = backup.executeStep(-1); code != SQLITE_DONE) {  // one step: one instant
        throw SQLite::Exception(sqlite3_errstr(code), code);
      }
    } catch (const SQLite::Exception& failure) {
      std::filesystem::remove(unfinished, error);
      return SqliteError(failure, target.string(), "write the backup");
    }
    std::filesystem::rename(unfinished, target, error);
    if (error) {
      return MakeError(Reason::kUnavailable, target.string(), fmt::format("cannot rename to it: {}", error.message()));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status OpenToWrite() {
    MAGPIE_ASSIGN_OR_RETURN(lock_, FileLock::Take(file_ + ".lock", options_.busy_timeout_ms));
    database_ = std::make_unique<SQLite::Database>(
        uri_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_URI, options_.busy_timeout_ms);
    if (sqlite3_db_readonly(database_->getHandle(), "main") == 1) {
      return MakeError(Reason::kWrongState, file_, "the file is write-protected; allow writing, or open it read-only");
    }
    MAGPIE_RETURN_IF_ERROR(CheckSchema(*database_, file_));
    database_->exec("PRAGMA trusted_schema = OFF");
    if (database_->execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      return MakeError(Reason::kUnavailable, file_,
                       "the file system allows no write-ahead log; keep the workspace on a local disk");
    }
    database_->exec("PRAGMA synchronous = FULL");
    // Ours, below: SQLite's own says nothing of a failure.
    sqlite3_wal_hook(
        database_->getHandle(),
        [](void* pages, sqlite3*, const char*, int in_log) {
          *static_cast<int*>(pages) = in_log;
          return SQLITE_OK;
        },
        &log_pages_);
    Migrate(database_.get());
    CarryLogOver(SQLITE_CHECKPOINT_TRUNCATE);
    MAGPIE_RETURN_IF_ERROR(CheckBody());
    if (options_.max_bytes > 0) {
      const std::int64_t page_bytes = database_->execAndGet("PRAGMA page_size").getInt64();
      database_->exec(
          fmt::format("PRAGMA max_page_count = {}", std::max<std::int64_t>(options_.max_bytes / page_bytes, 1)));
    }
    writer_ = std::make_unique<Writer>(*database_);
    return absl::OkStatus();
  }

  absl::Status OpenToRead() {
    std::error_code error;
    if (!std::filesystem::exists(file_, error)) {
      return MakeError(Reason::kFileNotFound, file_, "there is no such workspace; check the path");
    }
    database_ =
        std::make_unique<SQLite::Database>(uri_, SQLite::OPEN_READONLY | SQLite::OPEN_URI, options_.busy_timeout_ms);
    MAGPIE_RETURN_IF_ERROR(CheckSchema(*database_, file_));
    if (database_->execAndGet("PRAGMA user_version").getInt() < kSchemaVersion) {
      return MakeError(Reason::kWrongState, file_,
                       "the workspace has an older schema; open it for writing once, so that it is brought up to date");
    }
    return CheckBody();
  }

  absl::Status CheckBody() const {
    const std::int64_t pages = database_->execAndGet("PRAGMA page_count").getInt64();
    const std::int64_t bytes = pages * database_->execAndGet("PRAGMA page_size").getInt64();
    std::error_code error;
    const auto file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(file_, error));
    std::string problem;
    if (log_pages_ == 0 && !options_.read_only && !error && file_bytes < bytes) {  // no log: all must be in the file
      problem = fmt::format("{} of {} bytes are there", file_bytes, bytes);
    } else if (bytes <= options_.check_bytes) {
      SQLite::Statement check(*database_, fmt::format("PRAGMA quick_check({})", kMaxErrors));
      while (check.executeStep()) {
        const std::string line = check.getColumn(0).getString();
        if (line != "ok") problem += (problem.empty() ? "" : "; ") + line;
      }
    }
    if (problem.empty()) return absl::OkStatus();
    return MakeError(Reason::kStoreCorrupt, file_,
                     fmt::format("the file is damaged ({}); restore it from a backup", problem));
  }

  // Carries the log over into the file; log_pages_ is 0 when it is known to be empty. A failure is noted and hinders
  // nothing: the log has all that counts. After a failed flush of the file, the next one may succeed although pages are
  // missing on the disk. So the log is kept from there on, also when the store is closed: opening it starts over.
  void CarryLogOver(int mode) {
    if (keep_log_) return;
    const int code = sqlite3_wal_checkpoint_v2(database_->getHandle(), "main", mode, nullptr, nullptr);
    if (code == SQLITE_OK && mode == SQLITE_CHECKPOINT_TRUNCATE) log_pages_ = 0;
    if (code == SQLITE_OK || code == SQLITE_BUSY) return;
    const int extended = sqlite3_extended_errcode(database_->getHandle());
    if (IsFailedFlush(extended)) {
      keep_log_ = true;
      sqlite3_db_config(database_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    Noted(SQLite::Exception(database_->getHandle(), extended), "carry the log over into the file").IgnoreError();
  }

  // The error as a status; kept as trouble where the disk or the file is at fault.
  absl::Status Noted(const SQLite::Exception& error, std::string_view doing) const {
    const absl::Status status = SqliteError(error, file_, doing);
    if (IsDiskTrouble(error.getExtendedErrorCode())) Note(status);
    return status;
  }

  void Note(const absl::Status& trouble) const {
    const std::lock_guard lock(trouble_mutex_);
    if (ReasonOf(trouble_) != Reason::kStoreCorrupt) trouble_ = trouble;
  }

  // What forbids to write anything more.
  absl::Status Damage() const {
    const absl::Status trouble = Trouble();
    return ReasonOf(trouble) == Reason::kStoreCorrupt ? trouble : absl::OkStatus();
  }

  absl::StatusOr<std::int64_t> FindSequence(const RequestRecord& request) {
    if (request.request_id.empty()) return 0;
    Use find(writer_->find_request);
    find.Bind(1, request.request_id);
    if (!find->executeStep()) return 0;
    if (TextOf(find->getColumn(0)) != request.request_hash) return RequestReused(request.request_id);
    return find->getColumn(1).getInt64();
  }

  std::int64_t NextSequence() {
    Use next(writer_->sequence);
    next->executeStep();
    return next->getColumn(0).getInt64();
  }

  absl::Status Apply(const RowChange& change, std::int64_t sequence) {
    if (change.expected_version) {
      Use find(writer_->version);
      find.Bind(1, change.table);
      find.Bind(2, change.id);
      const std::int64_t version = find->executeStep() ? find->getColumn(0).getInt64() : 0;
      if (version != *change.expected_version) {
        return MakeError(
            Reason::kEtagMismatch, "etag",
            fmt::format("{} '{}' has version {}, not {} (0 = not there); read it again and repeat the change",
                        change.table, change.id, version, *change.expected_version));
      }
    }
    Use run(change.body ? writer_->put : writer_->erase);
    run.Bind(1, change.table);
    run.Bind(2, change.id);
    if (change.body) {
      run->bind(3, sequence);
      run->bind(4, RowSum(change.table, change.id, sequence, *change.body));
      run.Bind(5, *change.body);
    }
    run->exec();
    return absl::OkStatus();
  }

  void PutRequest(const RequestRecord& request, std::int64_t sequence) {
    if (request.request_id.empty()) return;
    Use put(writer_->put_request);
    put.Bind(1, request.request_id);
    put.Bind(2, request.request_hash);
    put->bind(3, sequence);
    put.Bind(4, request.response);
    put->exec();
    Use forget(writer_->forget_requests);
    forget->bind(1, sequence - kRememberedBatches);
    forget->exec();
  }

  // Columns version, sum, body, ord; row->id is set.
  absl::Status TakeRow(SQLite::Statement& statement, std::string_view table, StoredRow* row) const {
    row->version = statement.getColumn(0).getInt64();
    row->body = TextOf(statement.getColumn(2));
    row->order = statement.getColumn(3).getInt64();
    if (statement.getColumn(1).getInt64() == RowSum(table, row->id, row->version, row->body)) return absl::OkStatus();
    const absl::Status damage = MakeError(
        Reason::kStoreCorrupt, file_,
        fmt::format("the {} '{}' does not match its checksum; restore the workspace from a backup", table, row->id));
    Note(damage);
    return damage;
  }

  template <typename Body>
  auto WithReader(const Body& body) const -> decltype(body(std::declval<Reader&>())) {
    try {
      std::unique_ptr<Reader> reader = TakeReader();
      auto result = body(*reader);
      GiveReader(std::move(reader));
      return result;
    } catch (const SQLite::Exception& error) {  // the connection is dropped
      const absl::Status status = SqliteError(error, file_, "read");
      if (ReasonOf(status) == Reason::kStoreCorrupt) Note(status);
      return status;
    }
  }

  std::unique_ptr<Reader> TakeReader() const {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        std::unique_ptr<Reader> reader = std::move(readers_.back());
        readers_.pop_back();
        return reader;
      }
    }
    return std::make_unique<Reader>(uri_, SQLite::OPEN_READONLY | SQLite::OPEN_URI, options_.busy_timeout_ms);
  }

  void GiveReader(std::unique_ptr<Reader> reader) const {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < kIdleReaders) readers_.push_back(std::move(reader));
  }

  const std::string file_, uri_;
  const StoreOptions options_;
  FileLock lock_;  // before the connections: given up last
  std::unique_ptr<SQLite::Database> database_;
  std::unique_ptr<Writer> writer_;  // null = read-only
  std::mutex write_mutex_;
  int log_pages_ = kLogPages;  // what the log may hold; 0 = nothing
  bool keep_log_ = false;
  mutable std::mutex trouble_mutex_;
  mutable absl::Status trouble_;
  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

// "file:" URIs give every byte of a path its own meaning; only these stay as they are.
std::string ToUri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/._-~").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

// A read-only folder allows no shared-memory file beside the database; without a log none is needed.
bool NeedsImmutable(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path log = file.string() + "-wal";
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  return !std::filesystem::exists(log, error) && access(folder.c_str(), W_OK) != 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::filesystem::path& file, const StoreOptions& options) {
  std::string uri = ToUri(file);
  if (options.read_only && NeedsImmutable(file)) uri += "?immutable=1";
  auto store = std::make_unique<SqliteStore>(file.string(), std::move(uri), options);
  MAGPIE_RETURN_IF_ERROR(store->Open());
  return store;
}

}  // namespace magpie
