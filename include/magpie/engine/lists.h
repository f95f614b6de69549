// Two list files into one snapshot: what every one-shot command begins with.
//
// Errors  of a whole file, as ImportListings; rows with errors are part of the answer.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/ingest/import.h"

namespace magpie {

struct ListFiles {
  std::string needs, offerings;  // paths, "-" = standard input (one of them at most); empty = a list without rows
  std::map<std::string, std::string> heading_fields;
};

struct Lists {
  std::shared_ptr<const Snapshot> snapshot;
  ImportSummary needs, offerings;
  std::vector<RowReport> rows;                // of both files, needs first
  std::map<std::string, std::string> hashes;  // "needs", "offerings" -> SHA-256 of the file ("" for standard input)
};

absl::StatusOr<Lists> ReadLists(const ListFiles& files, const RunContext& context);

}  // namespace magpie
