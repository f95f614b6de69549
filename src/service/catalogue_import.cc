// The imports of CatalogueService: rows are judged one by one, the good ones written in one durable batch.
#include <fmt/format.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "magpie/base/status.h"
#include "magpie/service/convert.h"
#include "magpie/service/rpc_status.h"
#include "service/catalogue_api.h"

namespace magpie {
namespace {

constexpr int kMaxImportRows = 5'000;

// What became of each row, and which of them are to be written.
class ImportReport {
 public:
  ImportReport(v1::OnExisting on_existing, v1::ImportResponse* response)
      : on_existing_(on_existing), response_(response) {}

  void Fail(const absl::Status& status) {
    v1::ImportRow& row = AddRow(v1::IMPORT_OUTCOME_FAILED);
    *row.mutable_error() = ToRpcStatus(status);
    response_->set_failed_count(response_->failed_count() + 1);
  }

  // True where the row must be written. `taken`: something has its id already, `equal`: and is the same.
  bool Take(const std::string& key, const std::string& name, bool taken, bool equal) {
    const auto [first, inserted] = first_rows_.emplace(key, response_->rows_size());
    if (!inserted) {
      Fail(MakeError(Reason::kAlreadyExists, "external_id",
                     fmt::format("'{}' stands in row {} of this request, too; give each row an id of its own", key,
                                 first->second)));
      return false;
    }
    if (taken && !equal && on_existing_ != v1::ON_EXISTING_REPLACE && on_existing_ != v1::ON_EXISTING_KEEP) {
      Fail(MakeError(Reason::kAlreadyExists, "external_id",
                     fmt::format("{} exists and is different; import with on_existing REPLACE or KEEP", name)));
      return false;
    }
    if (taken && (equal || on_existing_ == v1::ON_EXISTING_KEEP)) {
      AddRow(v1::IMPORT_OUTCOME_UNCHANGED).set_name(name);
      response_->set_unchanged_count(response_->unchanged_count() + 1);
      return false;
    }
    AddRow(taken ? v1::IMPORT_OUTCOME_UPDATED : v1::IMPORT_OUTCOME_CREATED).set_name(name);
    if (taken) {
      response_->set_updated_count(response_->updated_count() + 1);
    } else {
      response_->set_created_count(response_->created_count() + 1);
    }
    return true;
  }

 private:
  v1::ImportRow& AddRow(v1::ImportOutcome outcome) {
    v1::ImportRow& row = *response_->add_rows();
    row.set_index(response_->rows_size() - 1);
    row.set_outcome(outcome);
    return row;
  }

  const v1::OnExisting on_existing_;
  v1::ImportResponse* response_;
  std::unordered_map<std::string, int> first_rows_;
};

absl::Status CheckRows(int rows, std::string_view field) {
  if (rows > kMaxImportRows) {
    return MakeError(Reason::kLimitExceeded, field,
                     fmt::format("{} rows in one call; send at most {} and call again", rows, kMaxImportRows));
  }
  return absl::OkStatus();
}

// Judges the rows, then writes. `judge` fills the report and the batch; `write` writes the batch.
template <typename Request>
absl::Status Import(Backend& backend, const Request& request, v1::ImportResponse* response,
                    const std::function<bool(Workspace&, const Snapshot&, ImportReport&)>& judge,
                    const std::function<absl::Status(Workspace&, const RequestRecord&)>& write) {
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend.FindWorkspace(request.parent(), "parent"));
  if (!v1::OnExisting_IsValid(request.on_existing())) {
    return MakeError(Reason::kFieldInvalid, "on_existing",
                     fmt::format("{} is not a value of OnExisting", static_cast<int>(request.on_existing())));
  }
  // A dry run changes nothing, so it takes up no request_id.
  return WriteOnce(*workspace, request, request.validate_only() ? std::string() : request.request_id(), response,
                   [&](std::int64_t next_version, RequestRecord* record) -> absl::Status {
                     const auto snapshot = workspace->catalogue().snapshot();
                     ImportReport report(request.on_existing(), response);
                     const bool changes = judge(*workspace, *snapshot, report);
                     const bool writes = changes && !request.validate_only();
                     *response->mutable_versions() = backend.VersionsOf(writes ? next_version : snapshot->version());
                     if (!record->request_id.empty()) record->response = ToJson(*response);
                     if (changes) return write(*workspace, *record);
                     if (record->request_id.empty()) return absl::OkStatus();
                     return workspace->store().Write({}, *record).status();
                   });
}

}  // namespace

absl::Status CatalogueApi::ImportListings(Side side, const v1::ImportListingsRequest& request,
                                          v1::ImportResponse* response) {
  MAGPIE_RETURN_IF_ERROR(CheckRows(request.listings_size(), "listings"));
  std::vector<ListingRecord> batch;
  const auto judge = [&](Workspace& workspace, const Snapshot& snapshot, ImportReport& report) {
    for (const v1::Listing& item : request.listings()) {
      const auto read = [&]() -> absl::StatusOr<ListingRecord> {
        MAGPIE_ASSIGN_OR_RETURN(ListingRecord record, FromProto(item, side, ""));
        if (record.id.empty()) {
          return MakeError(Reason::kFieldMissing, "external_id",
                           "external_id is empty; without it a second import could not know the row again");
        }
        MAGPIE_RETURN_IF_ERROR(ResolveParty(workspace, snapshot, item.party(), "party", &record.party));
        MAGPIE_RETURN_IF_ERROR(InRequest(ValidateListing(record), ""));
        return record;
      };
      absl::StatusOr<ListingRecord> record = read();
      if (!record.ok()) {
        report.Fail(record.status());
        continue;
      }
      const std::int32_t found = FindListing(snapshot, side, record->id);
      const std::string id = found < 0 ? ResourceId(record->id, side == Side::kNeed ? "n" : "o")
                                       : ListingAt(snapshot, side, found).resource_id;
      const bool equal = found >= 0 && SaysTheSame(ListingAt(snapshot, side, found).record, *record);
      if (report.Take(record->id, FormatName(workspace.name(), CollectionOf(side), id), found >= 0, equal)) {
        batch.push_back(*std::move(record));
      }
    }
    return !batch.empty();
  };
  const auto write = [&](Workspace& workspace, const RequestRecord& record) {
    return workspace.catalogue().ImportListings(batch, OnExisting::kReplace, request.validate_only(), record).status();
  };
  return Import(backend_, request, response, judge, write);
}

absl::Status CatalogueApi::ImportParties(const v1::ImportPartiesRequest& request, v1::ImportResponse* response) {
  MAGPIE_RETURN_IF_ERROR(CheckRows(request.parties_size(), "parties"));
  std::vector<PartyRecord> batch;
  const auto judge = [&](Workspace& workspace, const Snapshot& snapshot, ImportReport& report) {
    for (const v1::Party& item : request.parties()) {
      absl::StatusOr<PartyRecord> record = FromProto(item, "");
      const absl::Status valid = record.ok() ? InRequest(ValidateParty(*record), nullptr) : record.status();
      if (!valid.ok()) {
        report.Fail(valid);
        continue;
      }
      const std::string key = record->id.empty() ? PartyKey(record->name) : record->id;
      PartyIndex found = snapshot.FindParty(record->id);
      if (!found.valid()) found = snapshot.FindParty(record->name);
      const bool equal = found.valid() && SaysTheSame(snapshot.party(found).record, *record);
      const std::string name =
          found.valid() ? FormatName(workspace.name(), Collection::kParties, snapshot.party(found).resource_id) : "";
      if (report.Take(key, name, found.valid(), equal)) {
        batch.push_back(*std::move(record));
      }
    }
    return !batch.empty();
  };
  const auto write = [&](Workspace& workspace, const RequestRecord& record) -> absl::Status {
    if (request.validate_only()) return absl::OkStatus();
    return workspace.catalogue().ImportParties(batch, OnExisting::kReplace, false, record).status();
  };
  MAGPIE_RETURN_IF_ERROR(Import(backend_, request, response, judge, write));
  // The catalogue names new parties when it writes them.
  MAGPIE_ASSIGN_OR_RETURN(const auto workspace, backend_.FindWorkspace(request.parent(), "parent"));
  const auto snapshot = workspace->catalogue().snapshot();
  for (v1::ImportRow& row : *response->mutable_rows()) {
    if (row.outcome() == v1::IMPORT_OUTCOME_FAILED || !row.name().empty()) continue;
    row.set_name(PartyNameOf(*workspace, *snapshot, request.parties(row.index())));
  }
  return absl::OkStatus();
}

}  // namespace magpie
