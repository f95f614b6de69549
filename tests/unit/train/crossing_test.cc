#include "train/crossing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "magpie/base/status.h"

namespace magpie::train {
namespace {

constexpr char kModels[] = MAGPIE_SOURCE_DIR "/models";

TEST(MeasureRowsTest, WorkedByHand) {
  // The first question finds its answer first, the second second, and the third ties with a wrong one.
  const float h = std::sqrt(0.5f);
  const std::vector<float> questions = {1, 0, h, h, 0, 1};
  const std::vector<float> answers = {1, 0, 0, 1, 0, 1};
  const CrossingMeasure m = MeasureRows(questions, answers, 2);
  EXPECT_NEAR(m.hit1.mean, 1.0 / 3, 1e-9);
  EXPECT_NEAR(m.ndcg10.mean, (1 + 0.5 + 1 / std::log2(3)) / 3, 1e-6);
  EXPECT_LE(m.ndcg10.low, m.ndcg10.mean);
  EXPECT_GE(m.ndcg10.high, m.ndcg10.mean);
}

TEST(MeasureRowsTest, NothingBehindTheFirstTenCounts) {
  // One question asked twelve times; eleven answers are as near as can be, that of the first is not.
  constexpr std::size_t kRows = 12;
  std::vector<float> questions(kRows * 2), answers(kRows * 2);
  for (std::size_t i = 0; i < kRows; ++i) questions[2 * i] = 1;
  for (std::size_t i = 1; i < kRows; ++i) answers[2 * i] = 1;
  answers[1] = 1;
  const CrossingMeasure m = MeasureRows(questions, answers, 2);
  EXPECT_EQ(m.hit1.mean, 0) << "ties count against it";
  EXPECT_EQ(m.ndcg10.mean, 0);
}

TEST(MeasureCrossingTest, TheShippedEncoderCrosses) {
  std::vector<Paper> papers(3);
  papers[0].abstract_zh = "研究了循环冷却水中阻垢剂对换热器结垢的影响。";
  papers[0].abstract_en = "Scale inhibitors in cooling water and the fouling of heat exchangers.";
  papers[1].abstract_zh = "用深度学习识别水稻叶片的病害。";
  papers[1].abstract_en = "Deep learning recognises diseases on rice leaves.";
  papers[2].abstract_zh = "钙钛矿太阳能电池的光电转换效率。";
  papers[2].abstract_en = "Conversion efficiency of perovskite solar cells.";
  const auto analyzer = Analyzer::Load(kModels).value();
  const auto encoder = Encoder::Load(kModels).value();
  const CrossingReport report = MeasureCrossing(papers, *analyzer, *encoder, RunContext()).value();
  EXPECT_EQ(report.to_english.hit1.mean, 1);
  EXPECT_EQ(report.to_chinese.ndcg10.mean, 1);
  EXPECT_EQ(ReasonOf(MeasureCrossing({}, *analyzer, *encoder, RunContext()).status()), Reason::kBadArgument);
}

}  // namespace
}  // namespace magpie::train
