// The audit log of a workspace: a store that adds, to every batch, an entry that says who wrote what.
//
// Chain    an entry is one line of JSON; its hash is the SHA-256 of the hash before it (64 zeros for the first) and that
//          line. Entries name rows, never what stands in them, so erasing a person's data breaks no hash.
// Rows     audit/NNNNNNNNNNNN  "HASH JSON", numbered from 1 without gaps
//          audit_head/head     "NUMBER HASH" of the last one
// Who      the CallScope of the thread that writes; without one the server itself.
// Errors   those of the store; kStoreCorrupt where the log cannot be read.
// Cost     a row and a SHA-256 for each batch; checking reads the whole log.
// Threads  every method may be called from several threads at once; CallScope is of one thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/store/store.h"
#include "magpie/v1/audit_service.pb.h"

namespace magpie {

// Who acts, as far as the log is concerned.
struct Actor {
  std::string token;     // "tokens/t-1"; empty = nobody in particular
  std::string method;    // "CatalogueService/CreateNeed"; empty = the server itself
  std::string trace_id;  // of a W3C traceparent
};

// From here to the end of the scope, what this thread writes is `actor`'s doing.
class CallScope {
 public:
  explicit CallScope(Actor actor);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  static const Actor& Current();

 private:
  Actor actor_;
  const CallScope* outer_;
};

class AuditedStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<AuditedStore>> Over(std::unique_ptr<Store> store);

  using Store::Write;
  absl::StatusOr<std::int64_t> Write(const std::vector<RowChange>& changes, const RequestRecord& request) override;

  // One more entry and the rows that belong to it, durable when it returns.
  absl::Status Append(v1::AuditKind kind, const std::vector<std::string>& rows, std::string_view reason,
                      const std::vector<RowChange>& changes);

  std::int64_t entry_count() const;

  absl::StatusOr<std::optional<StoredRow>> Read(std::string_view table, std::string_view id) const override;
  absl::Status ScanFrom(std::string_view table, std::string_view first,
                        const std::function<absl::Status(StoredRow&&)>& sink) const override;
  absl::StatusOr<std::optional<std::string>> FindRequest(std::string_view request_id,
                                                         std::string_view request_hash) const override;
  absl::StatusOr<std::int64_t> Sequence() const override;
  absl::Status Backup(const std::filesystem::path& target) const override;
  absl::Status Trouble() const override;
  absl::Status TryWriting() override;

 private:
  explicit AuditedStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  absl::StatusOr<std::int64_t> WriteWith(v1::AuditKind kind, const std::vector<std::string>& rows,
                                         std::string_view reason, std::vector<RowChange> changes,
                                         const RequestRecord& request);

  const std::unique_ptr<Store> store_;
  mutable std::mutex mutex_;
  std::int64_t count_ = 0;
  std::string head_hash_;
};

// Entries `before` (exclusive) and older, newest first, at most `size`. kStoreCorrupt where one is missing.
absl::StatusOr<std::vector<v1::AuditEntry>> ReadAudit(const Store& store, std::int64_t before, int size);

// Walks the chain from the first entry to the last. An empty fault = all hashes fit and none is missing.
absl::StatusOr<v1::VerifyAuditLogResponse> VerifyAudit(const Store& store);

// The same of an export: lines "HASH JSON".
v1::VerifyAuditLogResponse VerifyAuditLines(const std::vector<std::string>& lines);

}  // namespace magpie
