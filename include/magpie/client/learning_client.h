// The part of magpied that learns from what came of pairs, in the words of the domain: feedback in, rankers out.
// Ids, retries, errors and threads are as client.h says.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/client/client.h"
#include "magpie/learn/feedback.h"
#include "magpie/learn/learn.h"

namespace magpie {

struct RemoteFeedback {
  std::string id;     // of the resource; given by the server
  PairFeedback pair;  // external ids
  std::string detail;
  std::optional<Side> side;  // that says so; nullopt = the organiser
  std::string note;
  std::string create_time;  // RFC 3339; given by the server
};

struct RemoteLearnOptions {
  std::string id;                 // of the ranker; empty = "learned-1", "learned-2", ...
  std::vector<PairGrade> grades;  // outrank the feedback; at most 10,000
  bool judged_only = false;
  std::optional<double> shrinkage;
  bool activate = false;  // use it, unless it did worse
  bool force = false;     // use it even then
};

struct RemoteRanker {
  std::string id;         // "learned-1"; "built-in" for the one that ships with Magpie
  std::string ranker_id;  // what versions of answers say
  bool active = false;
  int needs = 0, pairs = 0;  // judged
  int feedback = 0, without_judgement = 0, without_listing = 0, left_out = 0;
  LearnQuality before, after;
  bool worse = false;
  std::string not_activated_reason;
  struct Weight {
    std::string feature;
    double before = 0, after = 0;
  };
  std::vector<Weight> weights;
  std::string create_time;  // RFC 3339; empty for the built-in one
  std::string model_json;   // a file for --ranker
};

inline constexpr std::size_t kFeedbackBatch = 1'000;

class LearningClient {
 public:
  // Does not call the server yet. kBadArgument, kFileNotFound (the CA file).
  static absl::StatusOr<std::unique_ptr<LearningClient>> Connect(const ClientOptions& options);
  virtual ~LearningClient() = default;

  // In batches of kFeedbackBatch, each kept as a whole or not at all; stage "feedback". Returns what was kept, with ids. An error
  // about one piece names "feedback[INDEX].verdict" or the like, INDEX counting in `feedback`; batches before are kept.
  virtual absl::StatusOr<std::vector<RemoteFeedback>> AddFeedback(std::span<const RemoteFeedback> feedback,
                                                                  const RunContext& context) = 0;
  // Newest first; an empty id of a listing = all.
  virtual absl::StatusOr<std::vector<RemoteFeedback>> ListFeedback(std::string_view need_id,
                                                                   std::string_view offering_id,
                                                                   const RunContext& context) = 0;
  virtual absl::Status DeleteFeedback(std::string_view id) = 0;

  // Learns a ranker and waits for it, passing the progress on. When context.stop is requested, the work is cancelled and
  // its end waited for: kCancelled. An error about a grade names "grades[INDEX].need" or the like.
  virtual absl::StatusOr<RemoteRanker> Learn(const RemoteLearnOptions& options, const RunContext& context) = 0;
  // Newest first, the built-in one last.
  virtual absl::StatusOr<std::vector<RemoteRanker>> ListRankers(const RunContext& context) = 0;
  virtual absl::StatusOr<RemoteRanker> ActivateRanker(std::string_view id, bool force) = 0;
};

}  // namespace magpie
