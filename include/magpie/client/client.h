// A client of magpied in the words of the domain: records in, pairs and explanations out, no Protobuf to be seen.
//
// Ids      the user's own (external) ids everywhere; resource names are made and read inside.
// Retries  a call that ends with UNAVAILABLE is tried again, three times in all, with 0.2 s and 0.8 s between; imports
//          carry a request_id, so a batch whose answer was lost is not written twice.
// Errors   those of the server with reason and field; kUnavailable where it cannot be reached or does not answer in
//          time; kCancelled soon after context.stop was requested.
// Threads  every method may be called from several threads at once.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/catalogue/catalogue.h"
#include "magpie/engine/clinic.h"
#include "magpie/engine/plan.h"
#include "magpie/ingest/record.h"
#include "magpie/scoring/score.h"

namespace magpie {

struct ClientOptions {
  std::string address = "127.0.0.1:7070";
  std::string workspace = "default";
  std::filesystem::path tls_ca;  // PEM certificates to trust; empty = no TLS
  std::string tls_name;          // the name that the server's certificate bears, where it is not the address's
  std::string token;             // sent with every call; empty = none
  int timeout_ms = 60'000;       // of one call
};

// Which state of which data an answer came from.
struct RemoteVersions {
  std::int64_t catalogue = 0;
  std::string model_id, server, ranker_id;
};

struct RemoteHealth {
  bool serving = false;  // false: it answers, but is starting up or shutting down
};

struct RemotePair {
  std::string need_id, offering_id;
  std::string need, offering;  // resource names
  double score = 0;
  int grade = 0;
  float components[kComponentCount] = {};
  bool rejected = false;
  int rank = 0;        // 1 = best of its list; 0 = not from a list
  std::string title;   // of the other listing, in recommendations and searches
  std::string reason;  // of a run's match
};

struct RemotePairs {
  std::vector<RemotePair> pairs;
  RemoteVersions versions;
};

struct RemoteExplanation {
  Explanation explanation;  // the indexes in explanation.pair are not set
  RemoteVersions versions;
};

struct RemoteDiagnoses {
  std::vector<NeedDiagnosis> diagnoses;
  RemoteVersions versions;
};

struct RemoteRow {
  std::int64_t index = 0;  // in the records given
  absl::Status status;     // OK = taken
};

struct RemoteImport {
  std::int64_t created = 0, updated = 0, unchanged = 0, failed = 0;
  std::vector<RemoteRow> failures;  // ascending by index
  RemoteVersions versions;
};

struct RemoteImportOptions {
  OnExisting on_existing = OnExisting::kReplace;
  bool validate_only = false;
  int batch_rows = 1'000;  // at most 5,000; batches also stay below 4 MB
};

struct RemoteRun {
  std::string name;       // workspaces/default/matchRuns/r-...
  std::string operation;  // workspaces/default/operations/op-...
  bool done = false;
  bool succeeded = false;
  absl::Status error;  // why a done run did not succeed
  PlanFunnel funnel;   // of a run that succeeded
  RemoteVersions versions;
};

struct RemoteOpen {
  std::string id;
  Side side = Side::kNeed;
  OpenReason reason = OpenReason::kNoCandidate;
  std::string near_miss;  // resource name; empty = none
  double near_score = 0;
  std::string sentence;
};

class Client {
 public:
  // Does not call the server yet. kBadArgument, kFileNotFound (the CA file).
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ClientOptions& options);
  virtual ~Client() = default;

  virtual absl::StatusOr<RemoteHealth> Health() = 0;

  // Stages "import" with rows done and in all. Rows that the server refuses are in the answer; an error ends the import
  // at that batch, those before it being written.
  virtual absl::StatusOr<RemoteImport> ImportListings(Side side, std::span<const ListingRecord> records,
                                                      const RemoteImportOptions& options,
                                                      const RunContext& context) = 0;
  virtual absl::StatusOr<RemoteImport> ImportParties(std::span<const PartyRecord> records,
                                                     const RemoteImportOptions& options, const RunContext& context) = 0;

  // The best `top` (at most 200) partners of one listing.
  virtual absl::StatusOr<RemotePairs> Recommend(Side side, std::string_view id, int top, const RunContext& context) = 0;
  // The best `top` of each listing, one after the other, in the order of the ids; empty ids = all of the side.
  virtual absl::StatusOr<RemotePairs> RecommendAll(Side side, std::vector<std::string> ids, int top,
                                                   const RunContext& context) = 0;
  // Listings of `side` for a question in free text; the other side's id is empty.
  virtual absl::StatusOr<RemotePairs> Search(Side side, std::string_view query, int top, const RunContext& context) = 0;

  // In the order of `pairs` (need id, offering id).
  virtual absl::StatusOr<RemotePairs> ScorePairs(std::span<const std::pair<std::string, std::string>> pairs,
                                                 const RunContext& context) = 0;
  virtual absl::StatusOr<RemoteExplanation> Explain(std::string_view need_id, std::string_view offering_id,
                                                    Audience audience, Language language,
                                                    const RunContext& context) = 0;
  // What needs do not say, in the order of the ids; empty ids = all needs. The server's offerings are the candidates.
  virtual absl::StatusOr<RemoteDiagnoses> Diagnose(std::vector<std::string> need_ids, Language language,
                                                   const RunContext& context) = 0;

  // Starts a match run over the whole workspace. Only the options that MatchRunOptions knows count.
  virtual absl::StatusOr<RemoteRun> StartMatchRun(const PlanOptions& options, ConstraintSet must) = 0;
  // Waits for its end, passing its progress on. When context.stop is requested, the run is cancelled and waited for.
  virtual absl::StatusOr<RemoteRun> WaitMatchRun(const RemoteRun& run, const RunContext& context) = 0;
  virtual absl::Status CancelMatchRun(const RemoteRun& run) = 0;
  virtual absl::StatusOr<RemotePairs> ListMatches(const RemoteRun& run, const RunContext& context) = 0;
  virtual absl::StatusOr<std::vector<RemoteOpen>> ListOpen(const RemoteRun& run, const RunContext& context) = 0;
};

}  // namespace magpie
