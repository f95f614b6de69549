// The sample fair, read once for all tests of a suite, and the engine to plan it with.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "magpie/engine/engine.h"
#include "magpie/engine/lists.h"

namespace magpie {

inline const std::string kFair = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/";

class SampleFairTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto engine = Engine::Open(std::string(MAGPIE_SOURCE_DIR) + "/models");
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *engine;
    auto lists = ReadLists({kFair + "needs.jsonl", kFair + "offerings.jsonl", {}}, RunContext{});
    ASSERT_TRUE(lists.ok()) << lists.status();
    fair_ = lists->snapshot;
  }
  static void TearDownTestSuite() {
    engine_.reset();
    fair_.reset();
  }

  static absl::StatusOr<Plan> Make(const PlanOptions& options, const std::optional<Event>& event = std::nullopt,
                                   int threads = 2) {
    RunContext context;
    context.threads = threads;
    return engine_->MakePlan(fair_, event, options, Scoring(), context);
  }
  static ScorerOptions Scoring() {
    ScorerOptions options;
    options.today = *ParseDate("2025-03-01");
    return options;
  }

  static inline std::shared_ptr<Engine> engine_;
  static inline std::shared_ptr<const Snapshot> fair_;
};

}  // namespace magpie
