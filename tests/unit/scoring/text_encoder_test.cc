// A second encoder for whole texts: it does all of them or none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Unit vectors from a hash of the text; answers `good_calls` calls and then only `error`.
class OddEncoder final : public Encoder {
 public:
  explicit OddEncoder(int good_calls = 1'000'000, absl::Status error = absl::OkStatus())
      : good_calls_(good_calls), error_(std::move(error)) {}

  std::string_view id() const override { return "odd/7"; }
  int dimension() const override { return 7; }
  absl::Status Encode(std::span<const AnalyzedText* const> texts, std::span<float> rows,
                      const RunContext&) const override {
    if (calls_.fetch_add(1) >= good_calls_) return error_;
    EXPECT_EQ(rows.size(), texts.size() * 7);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const double angle = static_cast<double>(StableHash(texts[i]->normal) % 1000);
      rows[i * 7] = static_cast<float>(std::cos(angle));
      rows[i * 7 + 6] = static_cast<float>(std::sin(angle));
    }
    return absl::OkStatus();
  }
  void EncodeWord(std::string_view, std::span<float>) const override { ADD_FAILURE() << "words are not its business"; }
  double WordShare(std::string_view) const override {
    ADD_FAILURE() << "words are not its business";
    return 1;
  }
  int calls() const { return calls_; }

 private:
  const int good_calls_;
  const absl::Status error_;
  mutable std::atomic<int> calls_ = 0;
};

absl::StatusOr<std::shared_ptr<const Scorer>> Build(std::shared_ptr<const Encoder> text_encoder,
                                                    std::vector<std::string>* warnings = nullptr,
                                                    bool built_in_text = false) {
  Models models = TestModels();
  models.text_encoder = std::move(text_encoder);
  ScorerOptions options;
  options.built_in_text = built_in_text;
  RunContext context;
  context.threads = 1;
  context.warning = [&](std::string_view message) {
    if (warnings != nullptr) warnings->emplace_back(message);
  };
  return Scorer::Build(Fair(), models, options, context);
}

void ExpectScoresOfTheBuiltInEncoder(const Scorer& scorer) {
  EXPECT_EQ(scorer.profile_id(), FairScorer()->profile_id());
  for (int n = 0; n < 120; n += 17) {
    const auto got = scorer.Rank(Side::kNeed, n, 5, false), expected = FairScorer()->Rank(Side::kNeed, n, 5, false);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].offering, expected[i].offering);
      EXPECT_EQ(got[i].score, expected[i].score);
    }
  }
}

TEST(TextEncoderTest, EncodesTheTextsAndLeavesWordsToTheBuiltInOne) {
  const auto encoder = std::make_shared<const OddEncoder>();
  std::vector<std::string> warnings;
  const auto scorer = Build(encoder, &warnings).value();
  EXPECT_EQ(encoder->calls(), 5);  // 782 listings, 256 at a time, and the titles of the needs
  EXPECT_EQ(scorer->encoder_id(), "encoder-3+odd/7");
  EXPECT_FALSE(scorer->fell_back());
  EXPECT_TRUE(warnings.empty());
  EXPECT_NE(scorer->profile_id(), FairScorer()->profile_id());
  const auto ranked = scorer->Rank(Side::kNeed, 3, 10, false);
  ASSERT_EQ(ranked.size(), 10u);
  // A listing of the pool asked as a question is the same question.
  const auto asked = scorer->RankListing(Fair()->need(NeedIndex(3)).record, 10).value();
  for (std::size_t i = 0; i < ranked.size(); ++i) EXPECT_EQ(asked[i].score, ranked[i].score);
}

TEST(TextEncoderTest, WhatAnswersHalfwayIsReplacedForAllTexts) {
  std::vector<std::string> warnings;
  const auto scorer =
      Build(std::make_shared<const OddEncoder>(2, MakeError(Reason::kUnavailable, "odd", "does not answer")), &warnings)
          .value();
  EXPECT_TRUE(scorer->fell_back());
  EXPECT_EQ(scorer->encoder_id(), "encoder-3 (instead of odd/7)");
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("does not answer; all texts of this run are encoded by the built-in")));
  ExpectScoresOfTheBuiltInEncoder(*scorer);
}

TEST(TextEncoderTest, OtherErrorsEndTheRun) {
  const auto scorer = Build(std::make_shared<const OddEncoder>(2, MakeError(Reason::kBadArgument, "odd", "is wrong")));
  EXPECT_EQ(ReasonOf(scorer.status()), Reason::kBadArgument);
}

TEST(TextEncoderTest, AQuestionIsNeverComparedWithVectorsOfAnotherEncoder) {
  const auto encoder = std::make_shared<const OddEncoder>(5, MakeError(Reason::kUnavailable, "odd", "does not answer"));
  const auto scorer = Build(encoder).value();
  const ListingRecord query = MakeListing(Side::kNeed, "", "水轮机裂纹补焊");
  EXPECT_EQ(ReasonOf(scorer->RankListing(query, 3).status()), Reason::kUnavailable);
  std::vector<std::string> warnings;
  const auto built_in = Build(encoder, &warnings, /*built_in_text=*/true).value();
  EXPECT_EQ(built_in->encoder_id(), "encoder-3 (instead of odd/7)");
  ExpectScoresOfTheBuiltInEncoder(*built_in);
  EXPECT_EQ(built_in->RankListing(query, 3).value().front().score,
            FairScorer()->RankListing(query, 3).value().front().score);
}

}  // namespace
}  // namespace magpie
