#include "train/lexicon.h"

#include <array>
#include <cmath>
#include <unordered_map>

#include "magpie/text/analyzer.h"
#include "magpie/vector/subwords.h"

namespace magpie::train {
namespace {

constexpr std::uint32_t kWordTexts = 2;      // a word of fewer texts is a misprint or a name: it is not learned from
constexpr std::uint32_t kOwnPart = 8;        // a word of fewer occurrences lives from its subwords alone
constexpr std::uint64_t kSubwordCount = 20;  // a subword of fewer occurrences is left out

// The weight of a part at the start: SIF's a / (a + p), p its share within its kind (Arora, Liang and Ma 2017), times a
// factor for its kind, since single characters and letter groups say less than words.
constexpr double kSif = 1e-4;
enum Kind { kHanWord, kLatinWord, kHan1, kHan2, kHan3, kLetters, kKinds };
constexpr std::array<double, kKinds> kFactor = {1.0, 1.0, 0.4, 1.0, 0.7, 0.25};

Kind KindOf(SubwordKind kind) {
  switch (kind) {
    case SubwordKind::kHan1:
      return kHan1;
    case SubwordKind::kHan2:
      return kHan2;
    case SubwordKind::kHan3:
      return kHan3;
    case SubwordKind::kLatin:
      break;
  }
  return kLetters;
}

}  // namespace

Lexicon MakeLexicon(const TextPool& pool) {
  Lexicon lexicon;
  std::vector<Kind> kinds;
  const std::size_t word_count = pool.words.size();
  std::vector<std::uint32_t> own(word_count, 0xFFFFFFFF);
  std::unordered_map<std::string, std::uint64_t> subword_counts;
  for (std::size_t w = 0; w < word_count; ++w) {
    if (pool.texts[w] < kWordTexts) continue;
    for (const Subword& subword : SubwordsOf(pool.words[w])) subword_counts[subword.text] += pool.counts[w];
    if (pool.counts[w] < kOwnPart) continue;
    own[w] = static_cast<std::uint32_t>(kinds.size());
    kinds.push_back(GuessLanguage(pool.words[w]) == "zh" ? kHanWord : kLatinWord);
    lexicon.part_counts.push_back(pool.counts[w]);
  }
  lexicon.whole_words = static_cast<std::uint32_t>(kinds.size());
  std::unordered_map<std::string, std::uint32_t> numbers;
  lexicon.first_part.push_back(0);
  for (std::size_t w = 0; w < word_count; ++w) {
    if (own[w] != 0xFFFFFFFF) lexicon.part_of.push_back(own[w]);
    if (pool.texts[w] >= kWordTexts) {
      for (Subword& subword : SubwordsOf(pool.words[w])) {
        const std::uint64_t count = subword_counts[subword.text];
        if (count < kSubwordCount) continue;
        const auto [found, is_new] = numbers.try_emplace(subword.text, static_cast<std::uint32_t>(kinds.size()));
        if (is_new) {
          kinds.push_back(KindOf(subword.kind));
          lexicon.part_counts.push_back(count);
          lexicon.subwords.push_back(std::move(subword.text));
        }
        lexicon.part_of.push_back(found->second);
      }
    }
    lexicon.first_part.push_back(static_cast<std::uint32_t>(lexicon.part_of.size()));
  }
  std::array<double, kKinds> totals{};
  for (std::size_t t = 0; t < kinds.size(); ++t) totals[kinds[t]] += static_cast<double>(lexicon.part_counts[t]);
  for (std::size_t t = 0; t < kinds.size(); ++t) {
    const double share = static_cast<double>(lexicon.part_counts[t]) / totals[kinds[t]];
    lexicon.start_weight.push_back(static_cast<float>(std::log(kFactor[kinds[t]] * kSif / (kSif + share))));
  }
  return lexicon;
}

}  // namespace magpie::train
