// The audit log of a workspace on a server: listed, exported, checked.
//
// Errors   those of the calls; kNotAllowed for whoever is neither administrator nor organiser.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/client/client.h"

namespace magpie {

struct AuditLine {
  std::int64_t sequence = 0;
  std::string time;    // RFC 3339
  std::string kind;    // "write", "sight" or "refusal"
  std::string token;   // "tokens/t-1"; empty = nobody in particular, or the server itself
  std::string method;  // empty = the server itself
  std::string trace_id;
  std::vector<std::string> rows;
  std::string reason;
  std::string line;  // as exported: "HASH JSON"
};

struct AuditVerdict {
  std::int64_t entries = 0;
  std::string head_hash;  // of the last entry that fits
  std::string fault;      // empty = the whole log fits
};

class AuditClient {
 public:
  static absl::StatusOr<std::unique_ptr<AuditClient>> Connect(const ClientOptions& options);
  virtual ~AuditClient() = default;

  // Newest first; 0 = all.
  virtual absl::StatusOr<std::vector<AuditLine>> List(std::int64_t limit, const RunContext& context) = 0;
  virtual absl::StatusOr<AuditVerdict> Verify(const RunContext& context) = 0;
};

// The same of a workspace's file, also while a server has it open, and of exported lines.
absl::StatusOr<AuditVerdict> VerifyAuditOf(const std::filesystem::path& database);
AuditVerdict VerifyExport(std::string_view lines);

}  // namespace magpie
