// From feedback to grades: the table, what stands of several verdicts, what is left out.
#include "magpie/learn/feedback.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/scoring/fair.h"

namespace magpie {
namespace {

std::shared_ptr<const Snapshot> SmallCatalogue(int needs, int offerings) {
  std::vector<ListingRecord> n, o;
  for (int i = 0; i < needs; ++i) n.push_back(MakeListing(Side::kNeed, "N" + std::to_string(i), "需求"));
  for (int i = 0; i < offerings; ++i) o.push_back(MakeListing(Side::kOffering, "O" + std::to_string(i), "成果"));
  return BuildSnapshot(std::move(n), std::move(o)).value();
}

Lessons From(const Snapshot& snapshot, const std::vector<PairFeedback>& feedback,
             const std::vector<PairGrade>& given = {}, const LessonLimits& limits = {}) {
  return LessonsFrom(snapshot, feedback, given, limits);
}

// The grade of N0 with O0; -1 = none.
int GradeOfFirst(const Lessons& lessons) {
  const std::vector<Judgement>& of_need = lessons.judgements.at(0);
  return of_need.empty() ? -1 : of_need.front().grade;
}

TEST(FeedbackTest, GradesByTheTable) {
  EXPECT_EQ(GradeOf(Verdict::kSigned, std::nullopt), 3);
  EXPECT_EQ(GradeOf(Verdict::kMet, std::nullopt), 2);
  EXPECT_EQ(GradeOf(Verdict::kAccepted, std::nullopt), 2);
  EXPECT_EQ(GradeOf(Verdict::kDeclined, DeclineReason::kPartly), 1);
  EXPECT_EQ(GradeOf(Verdict::kDeclined, DeclineReason::kNotFitting), 0);
  EXPECT_EQ(GradeOf(Verdict::kDeclined, DeclineReason::kOtherField), 0);
  EXPECT_EQ(GradeOf(Verdict::kDeclined, std::nullopt), std::nullopt);
  for (int r = static_cast<int>(DeclineReason::kMaturity); r <= static_cast<int>(DeclineReason::kOther); ++r) {
    EXPECT_EQ(GradeOf(Verdict::kDeclined, static_cast<DeclineReason>(r)), std::nullopt) << r;
  }
}

TEST(FeedbackTest, SignedStandsElseTheLatestJudgement) {
  const auto snapshot = SmallCatalogue(1, 1);
  const PairFeedback accepted{"N0", "O0", Verdict::kAccepted, {}}, met{"N0", "O0", Verdict::kMet, {}},
      contract{"N0", "O0", Verdict::kSigned, {}}, useless{"N0", "O0", Verdict::kDeclined, DeclineReason::kNotFitting},
      dear{"N0", "O0", Verdict::kDeclined, DeclineReason::kPrice};
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {accepted, useless})), 0);
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {useless, met})), 2);
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {accepted, dear})), 2);
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {contract, useless})), 3);
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {useless, contract, accepted})), 3);
  const Lessons nothing = From(*snapshot, {dear});
  EXPECT_EQ(GradeOfFirst(nothing), -1);
  EXPECT_EQ(nothing.pairs, 0);
  EXPECT_EQ(nothing.without_judgement, 1);
  EXPECT_EQ(GradeOfFirst(From(*snapshot, {contract}, {{"N0", "O0", 3}, {"N0", "O0", 1}})), 1);
}

TEST(FeedbackTest, CountsListingsThatAreGone) {
  const auto snapshot = SmallCatalogue(1, 2);
  const Lessons lessons = From(*snapshot, {{"N0", "O1", Verdict::kMet, {}}, {"N9", "O0", Verdict::kMet, {}}},
                               {{"N0", "O0", 1}, {"N0", "O9", 1}});
  EXPECT_EQ(lessons.without_listing, 2);
  EXPECT_EQ(lessons.needs, 1);
  EXPECT_EQ(lessons.pairs, 2);
  ASSERT_EQ(lessons.judgements.at(0).size(), 2u);
  EXPECT_EQ(lessons.judgements[0][0].offering, OfferingIndex(0));  // ascending, as Learn wants them
  EXPECT_EQ(lessons.judgements[0][1].grade, 2);
}

TEST(FeedbackTest, LimitsKeepTheNewest) {
  const auto snapshot = SmallCatalogue(5, 5);
  std::vector<PairFeedback> feedback;
  for (int n = 0; n < 5; ++n) {
    for (int o = 0; o < 5; ++o) {
      feedback.push_back({"N" + std::to_string(n), "O" + std::to_string(o), Verdict::kAccepted, {}});
    }
  }
  LessonLimits limits;
  limits.needs = 2;
  limits.pairs_of_need = 3;
  Lessons lessons = From(*snapshot, feedback, {}, limits);
  EXPECT_EQ(lessons.needs, 2);
  EXPECT_EQ(lessons.pairs, 6);
  EXPECT_EQ(lessons.beyond_limits, 19);
  ASSERT_EQ(lessons.judgements[4].size(), 3u);
  EXPECT_EQ(lessons.judgements[4][0].offering, OfferingIndex(2));
  EXPECT_TRUE(lessons.judgements[2].empty());
  // Grades that are given go before all feedback.
  limits.pairs = 1;
  lessons = From(*snapshot, feedback, {{"N0", "O0", 3}}, limits);
  EXPECT_EQ(lessons.pairs, 1);
  EXPECT_EQ(GradeOfFirst(lessons), 3);
}

}  // namespace
}  // namespace magpie
