// The ranker's arithmetic and its file.
#include "magpie/scoring/ranker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;

TEST(RankerTest, MoreOfAnyFeatureNeverLowersAPair) {
  const Ranker ranker = Ranker::Load(std::string(MAGPIE_SOURCE_DIR) + "/models").value();
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    PairFeatures features;
    for (double& feature : features) feature = 4 * random.Uniform() - 2;
    PairFeatures more = features;
    more[random.Below(kFeatureCount)] += random.Uniform();
    EXPECT_GE(ranker.Points(more), ranker.Points(features));
    EXPECT_GE(ranker.Score(ranker.Points(more)), ranker.Score(ranker.Points(features)));
    EXPECT_GE(ranker.Grade(ranker.Points(more)), ranker.Grade(ranker.Points(features)));
  }
}

TEST(RankerTest, ScoreIsTheExpectedGradeAndGradesFollowTheProbabilities) {
  Ranker ranker;
  ranker.slope = 2;
  ranker.cuts = {2, 4, 6};
  EXPECT_DOUBLE_EQ(ranker.AtLeast(2, 2.0), 0.5);
  EXPECT_DOUBLE_EQ(ranker.Score(2.0), (ranker.AtLeast(1, 2.0) + 0.5 + ranker.AtLeast(3, 2.0)) / 3);
  EXPECT_EQ(ranker.Grade(0.9), 0);
  EXPECT_EQ(ranker.Grade(1.0), 1);
  EXPECT_EQ(ranker.Grade(2.5), 2);
  EXPECT_EQ(ranker.Grade(3.5), 3);
  EXPECT_GT(ranker.Score(-50), 0);
  EXPECT_LT(ranker.Score(15), 1);
}

TEST(RankerTest, ComesBackFromItsFileAsItWas) {
  Ranker ranker;
  ranker.id = "ours-3";
  ranker.weights[2] = 0.1 + 0.2;
  ranker.cuts = {-0.25, 1.0 / 3, 7};
  const Ranker back = Ranker::Parse(ranker.ToJson(), "ours.json").value();
  EXPECT_EQ(back.ToJson(), ranker.ToJson());
  EXPECT_EQ(back.weights, ranker.weights);
  EXPECT_EQ(back.cuts, ranker.cuts);
}

TEST(RankerTest, RefusesWhatIsNoRankerAndSaysWhy) {
  const auto refusal = [](std::string json) {
    const absl::Status status = Ranker::Parse(json, "ours.json").status();
    EXPECT_EQ(ReasonOf(status), Reason::kBadFile) << json;
    return ErrorText(status);
  };
  std::string negative = Ranker().ToJson(), unordered = negative, flat = negative, missing = negative;
  negative.replace(negative.find("0.45"), 4, "-1.0");
  EXPECT_THAT(refusal(negative), HasSubstr("weight of semantic is below 0"));
  unordered.replace(unordered.find("2.0"), 3, "9.0");
  EXPECT_THAT(refusal(unordered), HasSubstr("cuts do not ascend"));
  flat.replace(flat.find("\"slope\": 1"), 10, "\"slope\": 0");
  EXPECT_THAT(refusal(flat), HasSubstr("slope"));
  missing.replace(missing.find("knowledge"), 9, "knowledg_");
  EXPECT_THAT(refusal(missing), HasSubstr("knowledge"));
  EXPECT_THAT(refusal("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal("{\"format\": 1"), HasSubstr("ours.json"));
}

}  // namespace
}  // namespace magpie
