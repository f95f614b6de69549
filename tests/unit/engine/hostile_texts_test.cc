// Texts that nobody writes on purpose: each gets an answer, in bounded time, from every way a text is read.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "magpie/engine/clinic.h"
#include "magpie/learn/learn.h"
#include "magpie/scoring/evaluation.h"
#include "unit/scoring/fair.h"

namespace magpie {
namespace {

// Seconds of processor time for a megabyte (and GiB of memory for all), a hundred times that where a sanitizer watches.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kBound = 100;
#else
constexpr double kBound = 1;
#endif

constexpr std::size_t kMegabyte = 1 << 20;  // the most that a field of a list holds

std::string Repeat(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

std::string DifferentWords(std::size_t bytes) {
  std::string text;
  for (int i = 0; text.size() < bytes; ++i) text += "w" + std::to_string(i) + "q ";
  return text;
}

struct Hostile {
  std::string name, text;
};
const std::vector<Hostile>& HostileTexts() {
  static const std::vector<Hostile> texts = {
      {"empty", ""},
      {"russian", "Накипь в котлах, трубы забиваются каждый месяц"},
      {"arabic", "ترسبات في أنابيب الغلاية كل شهر"},
      {"thai", "ตะกรันในท่อหม้อไอน้ำทุกเดือน"},
      {"japanese", "ボイラー配管にスケールが付着して困っています"},
      {"korean", "보일러 배관에 스케일이 계속 낍니다"},
      {"symbols", "!!! ??? ---- *** ((( 【】《》"},
      {"emoji", "😀👨‍👩‍👧🚀❤️🇨🇳"},
      {"control", std::string("a\x01 b\x02 \0c", 8) + "\xE2\x80\xAE\xE2\x80\xA8\xEF\xBB\xBF结垢"},
      {"lone surrogates and bytes that are no UTF-8", "\xED\xA0\x80结垢\xED\xBF\xBF \xFF\xFE scaling \xC3"},
      {"a trouble again and again", Repeat("结垢", 100'000 * std::string_view("结垢").size())},
      {"a phrase again and again", Repeat("锅炉管老是结垢，", kMegabyte)},
      {"an English phrase again and again", Repeat("the boiler tubes scale up; ", kMegabyte)},
      {"different words", DifferentWords(kMegabyte)},
      {"one word", std::string(kMegabyte, 'a')},
      {"figures", Repeat("12345.678 ", kMegabyte)},
      {"measures", Repeat("5 mm, ", kMegabyte)},
      {"line ends", std::string(kMegabyte, '\n')},
      {"signs", Repeat("!?#*-_", kMegabyte)},
      {"many emoji", Repeat("😀🚀", kMegabyte)},
      {"combining accents", Repeat("e\xCC\x81\xCC\x82\xCC\x83", kMegabyte)},
      {"a sign that normalising makes long", Repeat("\xEF\xB7\xBA", kMegabyte)},
      {"Thai without spaces", Repeat("ตะกรันในท่อหม้อไอน้ำทุกเดือน", kMegabyte)},
      {"zero bytes", std::string(kMegabyte, '\0')},
      {"bytes that are no UTF-8", std::string(kMegabyte, '\xFF')},
  };
  return texts;
}

double ProcessSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <typename Body>
void WithinBounds(const char* what, const Body& body) {
  const double start = ProcessSeconds();
  body();
  EXPECT_LT(ProcessSeconds() - start, kBound) << what;
}

std::vector<ListingRecord> Ordinary(Side side) {
  return {MakeListing(side, "1", "锅炉管老是结垢", "缓蚀阻垢剂用于循环冷却水"),
          MakeListing(side, "2", "Scaling in boiler tubes", "A phosphonate antiscalant for cooling water"),
          MakeListing(side, "3", "无人机巡检", "风机叶片裂纹")};
}

RunContext OneThread() {
  RunContext context;
  context.threads = 1;
  return context;
}

std::shared_ptr<const Scorer> ScorerOf(std::vector<ListingRecord> needs, std::vector<ListingRecord> offerings) {
  return Scorer::Build(BuildSnapshot(std::move(needs), std::move(offerings)).value(), TestModels(), ScorerOptions(),
                       OneThread())
      .value();
}

void CheckSpans(const Explanation& explanation, const ListingRecord& need) {
  for (const auto* items : {&explanation.evidence, &explanation.objections}) {
    for (const auto& item : *items) {
      for (const Span& span : item.need_spans) {
        const std::string& text = span.field == Span::Field::kTitle ? need.title : need.description;
        ASSERT_LE(span.end, text.size());
        EXPECT_EQ(span.quote, text.substr(span.begin, span.end - span.begin));
      }
    }
  }
}

TEST(HostileTextsTest, AreMatchedAndExplainedAsNeeds) {
  TestModels();
  for (const Hostile& hostile : HostileTexts()) {
    SCOPED_TRACE(hostile.name);
    std::shared_ptr<const Scorer> scorer;
    WithinBounds("match", [&] {
      scorer = ScorerOf({MakeListing(Side::kNeed, "h", "标题", hostile.text)}, Ordinary(Side::kOffering));
      const std::vector<ScoredPair> ranked = scorer->Rank(Side::kNeed, 0, 10, true);
      ASSERT_EQ(ranked.size(), 3u);
      for (const ScoredPair& pair : ranked) EXPECT_TRUE(pair.score >= 0 && pair.score <= 1);
    });
    WithinBounds("explain", [&] {
      const Explanation explanation = scorer->Explain(NeedIndex(0), OfferingIndex(0), Audience::kBroker, Language::kZh);
      CheckSpans(explanation, scorer->snapshot().need(NeedIndex(0)).record);
      EXPECT_LT(explanation.summary.size(), 10'000u);
    });
  }
}

TEST(HostileTextsTest, AreMatchedAndExplainedAsOfferingsAndAsTitles) {
  TestModels();
  for (const Hostile& hostile : HostileTexts()) {
    SCOPED_TRACE(hostile.name);
    std::shared_ptr<const Scorer> scorer;
    WithinBounds("match", [&] {
      scorer = ScorerOf(Ordinary(Side::kNeed), {MakeListing(Side::kOffering, "h", hostile.text, "")});
      ASSERT_EQ(scorer->Rank(Side::kNeed, 0, 10, true).size(), 1u);
    });
    WithinBounds("explain",
                 [&] { scorer->Explain(NeedIndex(0), OfferingIndex(0), Audience::kOfficial, Language::kEn); });
  }
}

TEST(HostileTextsTest, AreDiagnosed) {
  for (const Hostile& hostile : HostileTexts()) {
    SCOPED_TRACE(hostile.name);
    WithinBounds("clinic", [&] {
      const ListingRecord need = MakeListing(Side::kNeed, "h", "标题", hostile.text);
      const NeedDiagnosis diagnosis = DiagnoseNeed(need, TestModels(), Language::kZh);
      ASSERT_EQ(diagnosis.findings.size(), static_cast<std::size_t>(kNeedAspectCount));
    });
  }
}

// All of them in one pool, judged: the measures and what is learned stay numbers.
TEST(HostileTextsTest, AreEvaluatedAndLearnedFrom) {
  std::vector<ListingRecord> needs;
  for (const Hostile& hostile : HostileTexts()) {
    needs.push_back(MakeListing(Side::kNeed, "h" + std::to_string(needs.size()), "标题", hostile.text));
  }
  std::vector<ListingRecord> offerings = Ordinary(Side::kOffering);
  for (const char* id : {"4", "5"}) offerings.push_back(MakeListing(Side::kOffering, id, "!!!", "😀"));
  const auto count = static_cast<double>(needs.size());
  const double start = ProcessSeconds();
  const std::shared_ptr<const Scorer> scorer = ScorerOf(std::move(needs), std::move(offerings));
  Judgements judgements(HostileTexts().size());
  for (std::vector<Judgement>& judged : judgements) {
    for (int o = 0; o < 5; ++o) judged.push_back({OfferingIndex(o), o == 0 ? 3 : 0});
  }
  const EvaluationReport report = EvaluateRun(*scorer, judgements, EvaluationOptions(), OneThread()).value();
  EXPECT_GT(report.systems[0].mean.ndcg10, 0);
  const LearnReport learned = Learn(*scorer, judgements, TestModels().ranker, LearnOptions(), OneThread()).value();
  for (double weight : learned.ranker.weights) EXPECT_TRUE(std::isfinite(weight) && weight >= 0);
  EXPECT_LT(ProcessSeconds() - start, kBound * count);
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, kBound * (1 << 20)) << "KiB: a GiB for the models and 15 MB of texts in one pool";
}

}  // namespace
}  // namespace magpie
