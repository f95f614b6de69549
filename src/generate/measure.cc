#include "generate/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "generate/teller.h"
#include "magpie/base/status.h"
#include "magpie/ingest/import.h"
#include "magpie/text/analyzer.h"
#include "magpie/vector/encoder.h"

namespace magpie::generate {
namespace {

constexpr std::size_t kNeedsCompared = 200;
constexpr std::size_t kNearest = 10;
constexpr std::size_t kVocabularyAt[] = {120, 662, 1000, 3277, 10'000, 100'000, 1'000'000};

struct ReadListing {
  ListingRecord record;
  AnalyzedText text;
};

absl::StatusOr<std::vector<ReadListing>> ReadList(const std::filesystem::path& path, Side side,
                                                  const Analyzer& analyzer, const RunContext& context) {
  std::vector<ReadListing> list;
  ImportOptions options;
  options.side = side;
  MAGPIE_ASSIGN_OR_RETURN(const ImportSummary summary, ImportListings(
                                                           path.string(), options,
                                                           [&](ListingRecord&& record) {
                                                             list.push_back({std::move(record), {}});
                                                             return absl::OkStatus();
                                                           },
                                                           {}, context));
  MAGPIE_RETURN_IF_ERROR(ParallelFor(context, static_cast<std::int64_t>(list.size()), 256, [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      list[i].text = analyzer.Analyze(list[i].record.title + "\n" + list[i].record.description);
    }
    return absl::OkStatus();
  }));
  fmt::print("{}: {} imported, {} in error\n", path.filename().string(), summary.imported, summary.errors);
  return list;
}

void PrintValues(std::string_view what, std::vector<double> values) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  fmt::print("  {:<28} mean {:6.1f}  median {:6.1f}  90 % {:6.1f}  most {:.0f}\n", what, mean,
             values[values.size() / 2], values[values.size() * 9 / 10], values.back());
}

void PrintTexts(const std::vector<ReadListing>& list) {
  for (const std::string_view language : {"zh", "en"}) {
    std::vector<double> titles, descriptions, words;
    for (const ReadListing& listing : list) {
      if (listing.record.language != language) continue;
      titles.push_back(static_cast<double>(CountCharacters(listing.record.title)));
      descriptions.push_back(static_cast<double>(CountCharacters(listing.record.description)));
      std::unordered_set<std::string_view> distinct;
      for (const Token& token : listing.text.tokens) distinct.insert(listing.text.word(token));
      words.push_back(static_cast<double>(distinct.size()));
    }
    fmt::print(" {}: {:.1f} % of the list\n", language,
               100.0 * static_cast<double>(titles.size()) / static_cast<double>(list.size()));
    PrintValues("characters of a title", std::move(titles));
    PrintValues("characters of a description", std::move(descriptions));
    PrintValues("distinct words", std::move(words));
  }
  std::unordered_set<std::string> vocabulary, content;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const Token& token : list[i].text.tokens) {
      vocabulary.emplace(list[i].text.word(token));
      if (token.kind == TokenKind::kHan || token.kind == TokenKind::kLatin) content.emplace(list[i].text.word(token));
    }
    if (i + 1 == list.size() ||
        std::find(std::begin(kVocabularyAt), std::end(kVocabularyAt), i + 1) != std::end(kVocabularyAt)) {
      fmt::print("  distinct words of {} listings: {}, figures aside {}\n", i + 1, vocabulary.size(), content.size());
    }
  }
}

double MeanOfBest(std::vector<double> values) {
  const std::size_t count = std::min(kNearest, values.size());
  std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), values.end(),
                    std::greater<>());
  return std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), 0.0) /
         static_cast<double>(count);
}

// BM25 (k1 1.2, b 0.75) of the analyzer's words, each need against all offerings.
void PrintWordLikeness(const std::vector<ReadListing>& needs, const std::vector<ReadListing>& offerings) {
  constexpr double kSaturation = 1.2, kLengthShare = 0.75;
  std::unordered_map<std::string_view, std::vector<std::pair<std::uint32_t, int>>> postings;
  double words = 0;
  for (std::uint32_t i = 0; i < offerings.size(); ++i) {
    std::unordered_map<std::string_view, int> counts;
    for (const Token& token : offerings[i].text.tokens) ++counts[offerings[i].text.word(token)];
    for (const auto& [word, count] : counts) postings[word].emplace_back(i, count);
    words += static_cast<double>(offerings[i].text.tokens.size());
  }
  const auto size = static_cast<double>(offerings.size());
  std::vector<double> means;
  for (std::size_t n = 0; n < std::min(kNeedsCompared, needs.size()); ++n) {
    std::vector<double> scores(offerings.size());
    std::unordered_set<std::string_view> asked;
    for (const Token& token : needs[n].text.tokens) asked.insert(needs[n].text.word(token));
    for (const std::string_view word : asked) {
      const auto found = postings.find(word);
      if (found == postings.end()) continue;
      const auto holding = static_cast<double>(found->second.size());
      const double rarity = std::log(1 + (size - holding + 0.5) / (holding + 0.5));
      for (const auto& [offering, count] : found->second) {
        const double length = static_cast<double>(offerings[offering].text.tokens.size()) * size / words;
        scores[offering] +=
            rarity * count * (kSaturation + 1) / (count + kSaturation * (1 - kLengthShare + kLengthShare * length));
      }
    }
    means.push_back(MeanOfBest(std::move(scores)));
  }
  PrintValues("BM25 of the 10 nearest", std::move(means));
}

absl::Status PrintVectorLikeness(const std::vector<ReadListing>& needs, const std::vector<ReadListing>& offerings,
                                 const Encoder& encoder, const RunContext& context) {
  const auto dimension = static_cast<std::size_t>(encoder.dimension());
  const auto encode = [&](const std::vector<ReadListing>& list,
                          std::size_t count) -> absl::StatusOr<std::vector<float>> {
    std::vector<const AnalyzedText*> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(&list[i].text);
    std::vector<float> rows(count * dimension);
    MAGPIE_RETURN_IF_ERROR(encoder.Encode(texts, rows, context));
    return rows;
  };
  const std::size_t compared = std::min(kNeedsCompared, needs.size());
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> left, encode(needs, compared));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<float> right, encode(offerings, offerings.size()));
  std::vector<double> means, all;
  for (std::size_t n = 0; n < compared; ++n) {
    std::vector<double> scores(offerings.size());
    for (std::size_t o = 0; o < offerings.size(); ++o) {
      scores[o] =
          std::inner_product(&left[n * dimension], &left[n * dimension] + dimension, &right[o * dimension], 0.0f);
    }
    all.push_back(100 * std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size()));
    means.push_back(100 * MeanOfBest(std::move(scores)));
  }
  PrintValues("cosine x 100 of the 10 nearest", std::move(means));
  PrintValues("cosine x 100 of all", std::move(all));
  return absl::OkStatus();
}

}  // namespace

absl::Status PrintMeasures(const std::filesystem::path& folder, const std::filesystem::path& models,
                           const RunContext& context) {
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Analyzer> analyzer, Analyzer::Load(models));
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Encoder> encoder, Encoder::Load(models));
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<ReadListing> needs,
                          ReadList(folder / "needs.jsonl", Side::kNeed, *analyzer, context));
  PrintTexts(needs);
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<ReadListing> offerings,
                          ReadList(folder / "offerings.jsonl", Side::kOffering, *analyzer, context));
  PrintTexts(offerings);
  if (needs.empty() || offerings.empty()) return absl::OkStatus();
  fmt::print("needs against offerings (the first {} needs)\n", std::min(kNeedsCompared, needs.size()));
  PrintWordLikeness(needs, offerings);
  return PrintVectorLikeness(needs, offerings, *encoder, context);
}

}  // namespace magpie::generate
