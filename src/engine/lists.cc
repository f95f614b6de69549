#include "magpie/engine/lists.h"

#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

absl::StatusOr<std::vector<ListingRecord>> ReadList(const std::string& path, Side side, const ListFiles& files,
                                                    ImportSummary* summary, Lists* lists, const RunContext& context) {
  std::vector<ListingRecord> records;
  if (path.empty()) return records;
  ImportOptions options;
  options.side = side;
  options.heading_fields = files.heading_fields;
  MAGPIE_ASSIGN_OR_RETURN(*summary, ImportListings(
                                        path, options,
                                        [&](ListingRecord&& record) {
                                          records.push_back(std::move(record));
                                          return absl::OkStatus();
                                        },
                                        [&](const RowReport& row) { lists->rows.push_back(row); }, context));
  std::string hash;
  if (path != "-") {
    MAGPIE_ASSIGN_OR_RETURN(hash, Sha256HexOfFile(path));
  }
  lists->hashes[std::string(side == Side::kNeed ? "needs" : "offerings")] = hash;
  return records;
}

}  // namespace

absl::StatusOr<Lists> ReadLists(const ListFiles& files, const RunContext& context) {
  if (files.needs == "-" && files.offerings == "-") {
    return MakeError(Reason::kBadArgument, "--offerings",
                     "only one of the two lists can come from standard input; give the other as a file");
  }
  Lists lists;
  MAGPIE_ASSIGN_OR_RETURN(std::vector<ListingRecord> needs,
                          ReadList(files.needs, Side::kNeed, files, &lists.needs, &lists, context));
  MAGPIE_ASSIGN_OR_RETURN(std::vector<ListingRecord> offerings,
                          ReadList(files.offerings, Side::kOffering, files, &lists.offerings, &lists, context));
  MAGPIE_ASSIGN_OR_RETURN(lists.snapshot, BuildSnapshot(std::move(needs), std::move(offerings)));
  return lists;
}

}  // namespace magpie
