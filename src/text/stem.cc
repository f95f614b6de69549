// Porter's algorithm: M. F. Porter, "An algorithm for suffix stripping", Program 14 (3), 1980, with the two departures
// of its author's own later versions (-bli to -ble, -logi to -log).
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "magpie/text/analyzer.h"

namespace magpie {
namespace {

struct Rule {
  std::string_view suffix;
  std::string_view replacement;
};

class Stemmer {
 public:
  explicit Stemmer(std::string_view word) : word_(word) {}

  std::string Run() {
    Plurals();
    PastAndGerund();
    if (EndsIn("y") && HasVowel(word_.size() - 1)) word_.back() = 'i';
    Replace(kDoubleSuffixes, 0);
    Replace(kSuffixes, 0);
    RemoveLongSuffix();
    FinalE();
    return std::move(word_);
  }

 private:
  static constexpr std::array<Rule, 21> kDoubleSuffixes = {
      {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
       {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
       {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
       {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
       {"logi", "log"}}};
  static constexpr std::array<Rule, 7> kSuffixes = {
      {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""}}};
  static constexpr std::array<std::string_view, 18> kLongSuffixes = {"al",   "ance", "ence",  "er",   "ic",  "able",
                                                                     "ible", "ant",  "ement", "ment", "ent", "ou",
                                                                     "ism",  "ate",  "iti",   "ous",  "ive", "ize"};

  bool Consonant(std::size_t i) const {
    switch (word_[i]) {
      case 'a':
      case 'e':
      case 'i':
      case 'o':
      case 'u':
        return false;
      case 'y':
        return i == 0 || !Consonant(i - 1);
      default:
        return true;
    }
  }
  // The number of vowel-consonant sequences in the first `size` letters.
  int Measure(std::size_t size) const {
    int measure = 0;
    bool vowel = false;
    for (std::size_t i = 0; i < size; ++i) {
      const bool consonant = Consonant(i);
      measure += vowel && consonant;
      vowel = !consonant;
    }
    return measure;
  }
  bool HasVowel(std::size_t size) const {
    for (std::size_t i = 0; i < size; ++i) {
      if (!Consonant(i)) return true;
    }
    return false;
  }
  bool EndsIn(std::string_view suffix) const { return word_.ends_with(suffix); }
  bool DoubleConsonant() const {
    const std::size_t n = word_.size();
    return n >= 2 && word_[n - 1] == word_[n - 2] && Consonant(n - 1);
  }
  // The first `size` letters end in consonant, vowel, consonant, the last not w, x or y.
  bool ShortEnd(std::size_t size) const {
    if (size < 3 || !Consonant(size - 1) || Consonant(size - 2) || !Consonant(size - 3)) return false;
    const char last = word_[size - 1];
    return last != 'w' && last != 'x' && last != 'y';
  }
  void Cut(std::size_t count) { word_.resize(word_.size() - count); }

  void Plurals() {
    if (EndsIn("sses") || EndsIn("ies")) {
      Cut(2);
    } else if (EndsIn("s") && !EndsIn("ss")) {
      Cut(1);
    }
  }
  void PastAndGerund() {
    if (EndsIn("eed")) {
      if (Measure(word_.size() - 3) > 0) Cut(1);
      return;
    }
    const std::size_t cut = EndsIn("ed") ? 2 : EndsIn("ing") ? 3 : 0;
    if (cut == 0 || !HasVowel(word_.size() - cut)) return;
    Cut(cut);
    if (EndsIn("at") || EndsIn("bl") || EndsIn("iz")) {
      word_ += 'e';
    } else if (DoubleConsonant() && word_.back() != 'l' && word_.back() != 's' && word_.back() != 'z') {
      Cut(1);
    } else if (Measure(word_.size()) == 1 && ShortEnd(word_.size())) {
      word_ += 'e';
    }
  }
  // The longest suffix of the table decides, and is replaced where what stands before it measures more than `above`.
  template <std::size_t N>
  void Replace(const std::array<Rule, N>& rules, int above) {
    const Rule* longest = nullptr;
    for (const Rule& rule : rules) {
      if (EndsIn(rule.suffix) && (longest == nullptr || rule.suffix.size() > longest->suffix.size())) longest = &rule;
    }
    if (longest == nullptr || Measure(word_.size() - longest->suffix.size()) <= above) return;
    Cut(longest->suffix.size());
    word_ += longest->replacement;
  }
  void RemoveLongSuffix() {
    std::size_t longest = 0;
    for (std::string_view suffix : kLongSuffixes) {
      if (EndsIn(suffix)) longest = std::max(longest, suffix.size());
    }
    if (EndsIn("ion") && word_.size() > 3 && (word_[word_.size() - 4] == 's' || word_[word_.size() - 4] == 't')) {
      longest = std::max<std::size_t>(longest, 3);
    }
    if (longest > 0 && Measure(word_.size() - longest) > 1) Cut(longest);
  }
  void FinalE() {
    if (EndsIn("e")) {
      const int measure = Measure(word_.size() - 1);
      if (measure > 1 || (measure == 1 && !ShortEnd(word_.size() - 1))) Cut(1);
    }
    if (EndsIn("ll") && Measure(word_.size()) > 1) Cut(1);
  }

  std::string word_;
};

}  // namespace

std::string Stem(std::string_view word) {
  const bool english = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!english || word.size() <= 2) return std::string(word);
  return Stemmer(word).Run();
}

}  // namespace magpie
