#include "magpie/catalogue/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "magpie/base/progress.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/listing_json.h"
#include "snapshot_builder.h"

namespace magpie {
namespace {

constexpr std::string_view kPartyTable = "party";
constexpr std::int64_t kParseBlock = 1024;  // rows

std::string_view TableOf(Side side) {
  return side == Side::kNeed ? "need" : "offering";
}

Reason NotFoundReason(Side side) {
  return side == Side::kNeed ? Reason::kNeedNotFound : Reason::kOfferingNotFound;
}

absl::Status CheckVersion(std::string_view what, std::string_view id, std::int64_t version,
                          std::optional<std::int64_t> expected) {
  if (!expected || *expected == version) return absl::OkStatus();
  return MakeError(
      Reason::kEtagMismatch, "etag",
      fmt::format("the {} '{}' has version {}, not {} (0 = not there); read it again and repeat the change", what, id,
                  version, *expected));
}

absl::Status AlreadyExists(std::string_view what, std::string_view id) {
  return MakeError(Reason::kAlreadyExists, "id",
                   fmt::format("the {} '{}' is there already; update it, or choose another id", what, id));
}

// All rows of a table in the order of their creation.
absl::StatusOr<std::vector<StoredRow>> ReadTable(const Store& store, std::string_view table) {
  std::vector<StoredRow> rows;
  MAGPIE_RETURN_IF_ERROR(store.Scan(table, [&](StoredRow&& row) {
    rows.push_back(std::move(row));
    return absl::OkStatus();
  }));
  std::sort(rows.begin(), rows.end(), [](const StoredRow& a, const StoredRow& b) { return a.order < b.order; });
  return rows;
}

absl::Status UnreadableRow(std::string_view table, const StoredRow& row, const absl::Status& error) {
  return MakeError(Reason::kStoreCorrupt, std::string(table) + "/" + row.id,
                   "the stored row cannot be read: " + ErrorText(error) + "; restore the workspace from a backup");
}

// The error of one record of several, its field below "listings[i]".
absl::Status InRecord(std::string_view list, std::size_t index, const absl::Status& error) {
  const std::string message(error.message().data(), error.message().size());
  std::string field = FieldOf(error);
  if (list == "parties" && field.starts_with("party.")) field.erase(0, 6);  // ValidateParty speaks of a listing's party
  return MakeError(ReasonOf(error), fmt::format("{}[{}].{}", list, index, field), message);
}

// What a retry of an import is told.
std::string FormatCounts(const ImportCounts& counts) {
  return fmt::format("{} {} {}", counts.created, counts.updated, counts.unchanged);
}

ImportCounts ParseCounts(const std::string& text) {
  ImportCounts counts;
  std::istringstream(text) >> counts.created >> counts.updated >> counts.unchanged;
  return counts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Catalogue>> Catalogue::Open(std::shared_ptr<Store> store) {
  // Written by nobody else while this opens: the store has one owner.
  MAGPIE_ASSIGN_OR_RETURN(const std::int64_t sequence, store->Sequence());
  SnapshotBuilder builder(Snapshot({}, {}, {}, 0));
  MAGPIE_ASSIGN_OR_RETURN(std::vector<StoredRow> rows, ReadTable(*store, kPartyTable));
  for (StoredRow& row : rows) {
    absl::StatusOr<PartyRecord> record = PartyFromJson(row.body, nullptr);
    if (!record.ok()) return UnreadableRow(kPartyTable, row, record.status());
    builder.LoadParty(*std::move(record), std::move(row.id), row.version);
  }
  builder.LinkParents();
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    MAGPIE_ASSIGN_OR_RETURN(rows, ReadTable(*store, TableOf(side)));
    // Reading JSON takes most of the time; the rest must go in order.
    std::vector<ListingRecord> records(rows.size());
    const auto count = static_cast<std::int64_t>(rows.size());
    MAGPIE_RETURN_IF_ERROR(
        ParallelFor(RunContext(), count, kParseBlock, [&](std::int64_t begin, std::int64_t end) -> absl::Status {
          for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            absl::StatusOr<ListingRecord> record = ListingFromJson(rows[i].body, side, nullptr);
            if (!record.ok()) return UnreadableRow(TableOf(side), rows[i], record.status());
            records[i] = *std::move(record);
          }
          return absl::OkStatus();
        }));
    for (std::size_t i = 0; i < rows.size(); ++i) builder.LoadListing(std::move(records[i]), rows[i].version);
  }
  std::unique_ptr<Catalogue> catalogue(new Catalogue(std::move(store)));
  catalogue->Publish(std::move(builder).Build(sequence));
  return catalogue;
}

std::shared_ptr<const Snapshot> Catalogue::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void Catalogue::Publish(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(snapshot_mutex_);
  snapshot_.swap(snapshot);
}  // the old snapshot, if nobody reads it any more, dies after the lock is given back

absl::StatusOr<std::optional<std::string>> Catalogue::FindAnswer(const RequestRecord& request) const {
  if (request.request_id.empty()) return std::nullopt;
  return store_->FindRequest(request.request_id, request.request_hash);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Catalogue::Commit(SnapshotBuilder&& builder,
                                                                  const RequestRecord& request, std::string answer) {
  const Snapshot& next = builder.next();
  std::vector<RowChange> changes;
  // In the order of the snapshot, so that rows that are new get their numbers in that order.
  const auto add = [&](std::string_view table, const std::string& id, std::optional<std::string> body) {
    changes.push_back({std::string(table), id, std::move(body), std::nullopt});
  };
  for (const SnapshotBuilder::Changed& changed : builder.ChangedParties()) {
    if (changed.position < 0) {
      add(kPartyTable, changed.id, std::nullopt);
    } else {
      add(kPartyTable, changed.id, PartyToJson(next.party(PartyIndex(changed.position)).record, true));
    }
  }
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    for (const SnapshotBuilder::Changed& changed : builder.ChangedListings(side)) {
      if (changed.position < 0) {
        add(TableOf(side), changed.id, std::nullopt);
      } else {
        const Listing& listing = *next.listings(side)[static_cast<std::size_t>(changed.position)];
        add(TableOf(side), changed.id, ListingToJson(listing.record, true));
      }
    }
  }
  RequestRecord record = request;
  if (record.response.empty()) record.response = std::move(answer);
  MAGPIE_ASSIGN_OR_RETURN(const std::int64_t sequence, store_->Write(changes, record));
  std::shared_ptr<const Snapshot> published = std::move(builder).Build(sequence);
  Publish(published);
  return published;
}

absl::StatusOr<std::shared_ptr<const Listing>> Catalogue::PutListing(const ListingRecord& record,
                                                                     OnExisting on_existing,
                                                                     std::optional<std::int64_t> expected_version,
                                                                     const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  MAGPIE_RETURN_IF_ERROR(ValidateListing(record));
  SnapshotBuilder builder(*snapshot());
  const Side side = record.side;
  const std::string_view what = WordName(side);
  ListingRecord written = record;
  if (written.id.empty() && answered) written.id = *answered;
  if (written.id.empty()) written.id = builder.MakeListingId(record);
  const std::int64_t position = builder.FindListing(side, written.id);
  const auto existing = position < 0 ? nullptr : builder.next().listings(side)[static_cast<std::size_t>(position)];
  if (answered) {
    if (existing) return existing;
    return MakeError(NotFoundReason(side), "id", fmt::format("the {} '{}' was deleted since", what, written.id));
  }
  MAGPIE_RETURN_IF_ERROR(CheckVersion(what, written.id, existing ? existing->version : 0, expected_version));
  if (existing && on_existing == OnExisting::kRefuse) return AlreadyExists(what, written.id);
  if (existing && on_existing == OnExisting::kKeep) return existing;
  const std::string id = written.id;
  const auto put = static_cast<std::size_t>(builder.PutListing(std::move(written)));
  MAGPIE_ASSIGN_OR_RETURN(const auto published, Commit(std::move(builder), request, id));
  return published->listings(side)[put];
}

absl::StatusOr<std::shared_ptr<const Party>> Catalogue::PutParty(const PartyRecord& record, OnExisting on_existing,
                                                                 std::optional<std::int64_t> expected_version,
                                                                 const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  MAGPIE_RETURN_IF_ERROR(ValidateParty(record));
  SnapshotBuilder builder(*snapshot());
  const PartyIndex target(builder.FindMentioned(record));
  const auto existing = target.valid() ? builder.next().parties()[static_cast<std::size_t>(target.value)] : nullptr;
  if (answered) {
    if (existing) return existing;
    return MakeError(Reason::kPartyNotFound, "id", fmt::format("the party '{}' was deleted since", record.name));
  }
  MAGPIE_RETURN_IF_ERROR(CheckVersion("party", record.name, existing ? existing->version : 0, expected_version));
  if (existing && on_existing == OnExisting::kRefuse) return AlreadyExists("party", existing->resource_id);
  if (existing && on_existing == OnExisting::kKeep) return existing;
  MAGPIE_ASSIGN_OR_RETURN(const PartyIndex put, builder.PutParty(record, target));
  MAGPIE_ASSIGN_OR_RETURN(const auto published, Commit(std::move(builder), request, record.name));
  return published->parties()[static_cast<std::size_t>(put.value)];
}

absl::Status Catalogue::DeleteListing(Side side, std::string_view id, std::optional<std::int64_t> expected_version,
                                      const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  if (answered) return absl::OkStatus();
  SnapshotBuilder builder(*snapshot());
  const std::int64_t position = builder.FindListing(side, id);
  if (position < 0) {
    return MakeError(NotFoundReason(side), "id", fmt::format("there is no {} '{}'", WordName(side), ToPrintable(id)));
  }
  const Listing& listing = *builder.next().listings(side)[static_cast<std::size_t>(position)];
  MAGPIE_RETURN_IF_ERROR(CheckVersion(WordName(side), id, listing.version, expected_version));
  builder.RemoveListing(side, position);
  return Commit(std::move(builder), request, std::string(id)).status();
}

absl::Status Catalogue::DeleteParty(std::string_view id, std::optional<std::int64_t> expected_version,
                                    const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  if (answered) return absl::OkStatus();
  SnapshotBuilder builder(*snapshot());
  const PartyIndex index = builder.next().FindParty(id);
  if (!index.valid()) {
    return MakeError(Reason::kPartyNotFound, "id", fmt::format("there is no party '{}'", ToPrintable(id)));
  }
  MAGPIE_RETURN_IF_ERROR(CheckVersion("party", id, builder.next().party(index).version, expected_version));
  MAGPIE_RETURN_IF_ERROR(builder.RemoveParty(index));
  return Commit(std::move(builder), request, std::string(id)).status();
}

absl::StatusOr<ImportCounts> Catalogue::ImportListings(const std::vector<ListingRecord>& records,
                                                       OnExisting on_existing, bool validate_only,
                                                       const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  if (answered) return ParseCounts(*answered);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (const absl::Status status = ValidateListing(records[i]); !status.ok()) return InRecord("listings", i, status);
  }
  SnapshotBuilder builder(*snapshot());
  ImportCounts counts;
  for (std::size_t i = 0; i < records.size(); ++i) {
    ListingRecord record = records[i];
    if (record.id.empty()) record.id = builder.MakeListingId(record);
    const Side side = record.side;
    const std::int64_t position = builder.FindListing(side, record.id);
    if (position >= 0) {
      if (on_existing == OnExisting::kRefuse) return InRecord("listings", i, AlreadyExists(WordName(side), record.id));
      const ListingRecord& existing = builder.next().listings(side)[static_cast<std::size_t>(position)]->record;
      if (on_existing == OnExisting::kKeep || SaysTheSame(existing, record)) {
        ++counts.unchanged;
        continue;
      }
    }
    ++(position < 0 ? counts.created : counts.updated);
    builder.PutListing(std::move(record));
  }
  const bool writes = counts.created + counts.updated > 0 || !request.request_id.empty();
  if (!validate_only && writes) {
    MAGPIE_RETURN_IF_ERROR(Commit(std::move(builder), request, FormatCounts(counts)).status());
  }
  return counts;
}

absl::StatusOr<ImportCounts> Catalogue::ImportParties(const std::vector<PartyRecord>& records, OnExisting on_existing,
                                                      bool validate_only, const RequestRecord& request) {
  const std::lock_guard lock(write_mutex_);
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<std::string> answered, FindAnswer(request));
  if (answered) return ParseCounts(*answered);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (const absl::Status status = ValidateParty(records[i]); !status.ok()) return InRecord("parties", i, status);
  }
  SnapshotBuilder builder(*snapshot());
  ImportCounts counts;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const PartyIndex target(builder.FindMentioned(records[i]));
    if (target.valid()) {
      const Party& existing = *builder.next().parties()[static_cast<std::size_t>(target.value)];
      if (on_existing == OnExisting::kRefuse)
        return InRecord("parties", i, AlreadyExists("party", existing.resource_id));
      if (on_existing == OnExisting::kKeep || SaysTheSame(existing.record, records[i])) {
        ++counts.unchanged;
        continue;
      }
    }
    ++(target.valid() ? counts.updated : counts.created);
    if (const auto put = builder.PutParty(records[i], target); !put.ok()) return InRecord("parties", i, put.status());
  }
  const bool writes = counts.created + counts.updated > 0 || !request.request_id.empty();
  if (!validate_only && writes) {
    MAGPIE_RETURN_IF_ERROR(Commit(std::move(builder), request, FormatCounts(counts)).status());
  }
  return counts;
}

}  // namespace magpie
