#include "train/dictionary_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_set>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/text/analyzer.h"
#include "magpie/text/dictionary.h"

namespace magpie::train {
namespace {

constexpr std::uint64_t kLargestBase = 64 << 20;
constexpr std::size_t kLongestWord = 16;
constexpr double kRareName = 3;     // names of people met no more often are left out: 47,000 words nobody will search
constexpr double kTermCount = 100;  // a listed term counts as if met this often in the base's 60 million words
constexpr int kKeywordUses = 2;     // a corpus term stands among the keywords of so many papers or pairs
constexpr int kTextUses = 8;        // and in so many texts
constexpr int kCompoundUses = 5;    // one that is two known words put together needs more papers
constexpr std::size_t kLongestTerm = 6;

using Counts = std::map<std::u16string, double>;

std::optional<std::u16string> ToWord(std::string_view text) {
  const std::string normal = NormalizeText(text);
  std::u16string word;
  for (std::size_t i = 0; i < normal.size();) {
    const char32_t c = NextCodePoint(normal, &i);
    if (c > 0xFFFF || c == ' ' || word.size() == kLongestWord) return std::nullopt;
    word += static_cast<char16_t>(c);
  }
  if (word.empty()) return std::nullopt;
  return word;
}

bool AllHan(const std::u16string& word) {
  return std::all_of(word.begin(), word.end(), IsHan);
}

// The cheapest way to put a word together from other words.
struct Split {
  double cost = 0;
  std::size_t parts = 0;
  bool single = false;  // one of the parts is a single character
};
Split CheapestSplit(const Dictionary& dictionary, const std::u16string& word) {
  const std::size_t n = word.size();
  std::vector<Split> best(n + 1);
  for (std::size_t i = n; i-- > 0;) {
    best[i] = {best[i + 1].cost + dictionary.unknown_cost(), best[i + 1].parts + 1, true};
    std::uint32_t node = Dictionary::kRoot;
    for (std::size_t j = i; j < n; ++j) {
      node = dictionary.Child(node, word[j]);
      if (node == Dictionary::kNone) break;
      if (dictionary.cost(node) == 0 || (i == 0 && j + 1 == n)) continue;
      const double cost = best[j + 1].cost + dictionary.cost(node);
      if (cost <= best[i].cost) best[i] = {cost, best[j + 1].parts + 1, best[j + 1].single || j == i};
    }
  }
  return best[0];
}

// The count that makes the word win over its parts, at least `count`.
double WinningCount(const Split& split, double count, double total) {
  const double cost = split.cost - Dictionary::kCostUnit * 0.1;  // a clear win: by a tenth of a nat
  return std::max(count, total * std::exp(-cost / Dictionary::kCostUnit));
}

absl::StatusOr<Counts> ReadBase(const std::filesystem::path& path, double* total) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kLargestBase));
  Counts counts;
  *total = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) continue;
    const std::size_t second = std::min(line.find(' ', first + 1), line.size());
    double count = 0;
    std::from_chars(line.data() + first + 1, line.data() + second, count);
    *total += count;
    const std::string_view tag = second < line.size() ? line.substr(second + 1) : std::string_view();
    if (tag.starts_with("nr") && count <= kRareName) continue;
    if (const std::optional<std::u16string> word = ToWord(line.substr(0, first))) counts[*word] += std::max(count, 1.0);
  }
  if (counts.empty()) return MakeError(Reason::kBadFile, path.string(), "holds no line \"word count tag\"");
  return counts;
}

// In how many texts of the corpus each candidate stands.
std::map<std::u16string, int> CountTexts(const Corpus& corpus, const std::map<std::u16string, int>& candidates) {
  Counts words;
  for (const auto& [word, uses] : candidates) words.emplace(word, 1.0);
  const std::string bytes = BuildDictionary(words, 1e6);
  const Dictionary trie = *Dictionary::Open(bytes, "candidates");
  std::map<std::u16string, int> texts;
  std::unordered_set<std::u16string> seen;
  const auto add = [&](const std::string& text) {
    const std::string normal = NormalizeText(text);
    std::u32string points;
    for (std::size_t i = 0; i < normal.size();) points += NextCodePoint(normal, &i);
    seen.clear();
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::uint32_t node = Dictionary::kRoot;
      for (std::size_t j = i; j < points.size(); ++j) {
        node = trie.Child(node, points[j]);
        if (node == Dictionary::kNone) break;
        if (trie.cost(node) == 0) continue;
        std::u16string word(points.begin() + static_cast<std::ptrdiff_t>(i),
                            points.begin() + static_cast<std::ptrdiff_t>(j + 1));
        if (seen.insert(word).second) ++texts[word];
      }
    }
  };
  for (const Paper& paper : corpus.papers) add(paper.title + "\n" + paper.abstract_zh + "\n" + paper.text);
  for (const ClassTitle& title : corpus.classes) add(title.zh);
  return texts;
}

// Keywords of papers, keyword pairs and the enumerated parts of class titles, each with how often it was one.
std::map<std::u16string, int> Candidates(const Corpus& corpus, const Counts& base) {
  std::map<std::u16string, int> uses;
  const auto add = [&](std::string_view keyword) {
    const std::optional<std::u16string> word = ToWord(keyword);
    if (!word || word->size() < 2 || word->size() > kLongestTerm || !AllHan(*word) || base.contains(*word)) return;
    ++uses[*word];
  };
  for (const Paper& paper : corpus.papers) {
    for (const std::string& keyword : paper.keywords_zh) add(keyword);
  }
  for (const auto& [zh, en] : corpus.keywords) add(zh);
  for (const ClassTitle& title : corpus.classes) {
    for (const std::string& part : SplitKeywords(title.zh)) add(part);
  }
  std::erase_if(uses, [](const auto& entry) { return entry.second < kKeywordUses; });
  return uses;
}

absl::StatusOr<std::size_t> AddList(const std::filesystem::path& path, const Dictionary& base, double total,
                                    Counts* counts) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kLargestBase));
  std::size_t added = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = TrimSpace(std::string_view(text).substr(at, end - at));
    at = end + 1;
    if (line.empty() || line.starts_with("# ")) continue;
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t stop = std::min(line.find(' ', begin), line.size());
      const std::string_view term = line.substr(begin, stop - begin);
      begin = stop + 1;
      if (term.empty()) continue;
      const std::optional<std::u16string> word = ToWord(term);
      if (!word) return MakeError(Reason::kBadFile, path.string(), fmt::format("cannot hold the term \"{}\"", term));
      double& count = (*counts)[*word];
      count = std::max(count, WinningCount(CheapestSplit(base, *word), kTermCount, total));
      ++added;
    }
  }
  return added;
}

}  // namespace

absl::StatusOr<DictionaryResult> TrainDictionary(const Corpus& corpus, const DictionaryInput& input) {
  double total = 0;
  MAGPIE_ASSIGN_OR_RETURN(Counts counts, ReadBase(input.base, &total));
  DictionaryResult result;
  result.base_words = counts.size();
  const std::string base_bytes = BuildDictionary(counts, total);
  MAGPIE_ASSIGN_OR_RETURN(const Dictionary base, Dictionary::Open(base_bytes, "base"));

  const std::map<std::u16string, int> candidates = Candidates(corpus, counts);
  for (const auto& [word, texts] : CountTexts(corpus, candidates)) {
    const Split split = CheapestSplit(base, word);
    const bool compound = !split.single;
    if (texts < kTextUses || (compound && (word.size() > 4 || candidates.at(word) < kCompoundUses))) continue;
    counts[word] = WinningCount(split, texts, total);
    ++result.corpus_terms;
  }
  MAGPIE_ASSIGN_OR_RETURN(result.list_terms, AddList(input.terms, base, total, &counts));
  result.bytes = BuildDictionary(counts, total);
  return result;
}

}  // namespace magpie::train
