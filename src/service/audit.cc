#include "magpie/service/audit.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <charconv>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "service/backend.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::string_view kTable = "audit";
constexpr std::string_view kHeadTable = "audit_head";
constexpr std::string_view kHeadId = "head";
constexpr std::size_t kMostRows = 50;  // that an entry names
constexpr std::size_t kHashLength = 64;

thread_local const CallScope* current_scope = nullptr;

std::string RowId(std::int64_t number) {
  return fmt::format("{:012}", number);
}

std::string HashOf(std::string_view before, std::string_view text) {
  return Sha256Hex(std::string(before) + std::string(text));
}

std::string FirstHash() {
  return std::string(kHashLength, '0');
}

std::vector<std::string> NamesOf(const std::vector<RowChange>& changes) {
  std::vector<std::string> names;
  for (const RowChange& change : changes) {
    if (names.size() == kMostRows) break;
    names.push_back(fmt::format("{}{}/{}", change.body ? "" : "-", change.table, change.id));
  }
  if (changes.size() > kMostRows) names.push_back(fmt::format("+{} more", changes.size() - kMostRows));
  return names;
}

// "HASH JSON" as an entry; kStoreCorrupt where it is not one.
absl::StatusOr<v1::AuditEntry> ParseEntry(std::string_view line) {
  v1::AuditEntry entry;
  if (line.size() <= kHashLength || line[kHashLength] != ' ') {
    return MakeError(Reason::kStoreCorrupt, "", "an entry of the audit log does not begin with a hash");
  }
  MAGPIE_RETURN_IF_ERROR(FromJson(line.substr(kHashLength + 1), &entry));
  entry.set_text(std::string(line.substr(kHashLength + 1)));
  entry.set_hash(std::string(line.substr(0, kHashLength)));
  return entry;
}

// Checks one line after another.
class ChainWalk {
 public:
  // False where the line does not follow; `result().fault` then says why.
  bool Take(std::string_view line) {
    const absl::StatusOr<v1::AuditEntry> entry = ParseEntry(line);
    const std::int64_t wanted = result_.entry_count() + 1;
    if (!entry.ok()) return Fail(fmt::format("entry {} cannot be read", wanted));
    if (entry->sequence() != wanted)
      return Fail(fmt::format("entry {} is missing: {} follows", wanted, entry->sequence()));
    if (HashOf(hash_, entry->text()) != entry->hash()) {
      return Fail(fmt::format("entry {} or one before it was changed: its hash does not fit", wanted));
    }
    hash_ = entry->hash();
    result_.set_entry_count(wanted);
    result_.set_head_hash(hash_);
    return true;
  }
  bool Fail(const std::string& fault) {
    result_.set_fault(fault);
    return false;
  }
  const v1::VerifyAuditLogResponse& result() const { return result_; }

 private:
  std::string hash_ = FirstHash();
  v1::VerifyAuditLogResponse result_;
};

struct Head {
  std::int64_t count = 0;
  std::string hash = FirstHash();
};

absl::StatusOr<Head> ReadHead(const Store& store) {
  Head head;
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, store.Read(kHeadTable, kHeadId));
  if (!row) return head;
  const std::string& body = row->body;
  const std::size_t space = body.find(' ');
  const auto [end, error] = std::from_chars(body.data(), body.data() + std::min(space, body.size()), head.count);
  if (error != std::errc() || space == std::string::npos || body.size() != space + 1 + kHashLength) {
    return MakeError(Reason::kStoreCorrupt, "", "the head of the audit log cannot be read");
  }
  head.hash = body.substr(space + 1);
  return head;
}

}  // namespace

CallScope::CallScope(Actor actor) : actor_(std::move(actor)), outer_(std::exchange(current_scope, this)) {}

CallScope::~CallScope() {
  current_scope = outer_;
}

const Actor& CallScope::Current() {
  static const Actor nobody;
  return current_scope == nullptr ? nobody : current_scope->actor_;
}

absl::StatusOr<std::unique_ptr<AuditedStore>> AuditedStore::Over(std::unique_ptr<Store> store) {
  std::unique_ptr<AuditedStore> audited(new AuditedStore(std::move(store)));
  MAGPIE_ASSIGN_OR_RETURN(const Head head, ReadHead(*audited->store_));
  audited->count_ = head.count;
  audited->head_hash_ = head.hash;
  return audited;
}

absl::StatusOr<std::int64_t> AuditedStore::Write(const std::vector<RowChange>& changes, const RequestRecord& request) {
  return WriteWith(v1::AUDIT_KIND_WRITE, NamesOf(changes), "", changes, request);
}

absl::Status AuditedStore::Append(v1::AuditKind kind, const std::vector<std::string>& rows, std::string_view reason,
                                  const std::vector<RowChange>& changes) {
  return WriteWith(kind, rows, reason, changes, {}).status();
}

absl::StatusOr<std::int64_t> AuditedStore::WriteWith(v1::AuditKind kind, const std::vector<std::string>& rows,
                                                     std::string_view reason, std::vector<RowChange> changes,
                                                     const RequestRecord& request) {
  const std::lock_guard lock(mutex_);
  if (!request.request_id.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const auto answer, store_->FindRequest(request.request_id, request.request_hash));
    if (answer) return store_->Write(changes, request);  // a repetition: nothing happens, so nothing is to be told
  }
  const Actor& actor = CallScope::Current();
  v1::AuditEntry entry;
  entry.set_sequence(count_ + 1);
  *entry.mutable_time() = TimeUtil::NanosecondsToTimestamp(NowNanoseconds());
  entry.set_kind(kind);
  entry.set_token(actor.token);
  entry.set_method(actor.method);
  entry.set_trace_id(actor.trace_id);
  for (const std::string& row : rows) entry.add_rows(row);
  entry.set_reason(std::string(reason));
  const std::string text = ToJson(entry);
  std::string hash = HashOf(head_hash_, text);
  changes.push_back({std::string(kTable), RowId(count_ + 1), hash + " " + text, 0});
  changes.push_back(
      {std::string(kHeadTable), std::string(kHeadId), fmt::format("{} {}", count_ + 1, hash), std::nullopt});
  MAGPIE_ASSIGN_OR_RETURN(const std::int64_t sequence, store_->Write(changes, request));
  ++count_;
  head_hash_ = std::move(hash);
  return sequence;
}

std::int64_t AuditedStore::entry_count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

absl::StatusOr<std::optional<StoredRow>> AuditedStore::Read(std::string_view table, std::string_view id) const {
  return store_->Read(table, id);
}

absl::Status AuditedStore::ScanFrom(std::string_view table, std::string_view first,
                                    const std::function<absl::Status(StoredRow&&)>& sink) const {
  return store_->ScanFrom(table, first, sink);
}

absl::StatusOr<std::optional<std::string>> AuditedStore::FindRequest(std::string_view request_id,
                                                                     std::string_view request_hash) const {
  return store_->FindRequest(request_id, request_hash);
}

absl::StatusOr<std::int64_t> AuditedStore::Sequence() const {
  return store_->Sequence();
}

absl::Status AuditedStore::Backup(const std::filesystem::path& target) const {
  return store_->Backup(target);
}

absl::Status AuditedStore::Trouble() const {
  return store_->Trouble();
}

absl::Status AuditedStore::TryWriting() {
  return store_->TryWriting();
}

absl::StatusOr<std::vector<v1::AuditEntry>> ReadAudit(const Store& store, std::int64_t before, int size) {
  std::vector<v1::AuditEntry> entries;
  for (std::int64_t number = before - 1; number >= 1 && std::ssize(entries) < size; --number) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<StoredRow> row, store.Read(kTable, RowId(number)));
    if (!row) return MakeError(Reason::kStoreCorrupt, "", fmt::format("entry {} of the audit log is missing", number));
    MAGPIE_ASSIGN_OR_RETURN(v1::AuditEntry entry, ParseEntry(row->body));
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<v1::VerifyAuditLogResponse> VerifyAudit(const Store& store) {
  // The head first: entries that come meanwhile are more than it, and no fault.
  MAGPIE_ASSIGN_OR_RETURN(const Head head, ReadHead(store));
  ChainWalk walk;
  bool fits = true;
  MAGPIE_RETURN_IF_ERROR(store.Scan(kTable, [&](StoredRow&& row) {
    fits = fits && walk.Take(row.body);
    if (fits && walk.result().entry_count() == head.count && walk.result().head_hash() != head.hash) {
      fits = walk.Fail(fmt::format("the head is not the hash of entry {}", head.count));
    }
    return absl::OkStatus();
  }));
  if (fits && walk.result().entry_count() < head.count) {
    walk.Fail(fmt::format("entries {} to {} are missing at the end", walk.result().entry_count() + 1, head.count));
  }
  return walk.result();
}

v1::VerifyAuditLogResponse VerifyAuditLines(const std::vector<std::string>& lines) {
  ChainWalk walk;
  for (const std::string& line : lines) {
    if (!walk.Take(line)) break;
  }
  return walk.result();
}

}  // namespace magpie
