#include "knowledge/name_finder.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "magpie/base/unicode.h"

namespace magpie {

namespace {

constexpr std::uint32_t kUnknownWord = 0;
constexpr std::uint32_t kFirstWord = 0x110000;  // behind the last code point

// About what the shipped files have, for reserving memory.
constexpr std::size_t kStatesOfAName = 3;
constexpr std::size_t kNamesOfAWord = 3;

bool IsWordCharacter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  constexpr std::uint32_t kWordMask = U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK;
  return !IsHan(c) && (U_GET_GC_MASK(static_cast<UChar32>(c)) & kWordMask) != 0;
}

bool IsSkipped(char32_t c) {
  constexpr char32_t kHyphen = 0x2010, kEnDash = 0x2013, kApostrophe = 0x2019, kMiddleDot = 0xB7;
  if (c < 0x80) return c <= ' ' || c == '-' || c == '_' || c == '\'';
  return c == kHyphen || c == kEnDash || c == kApostrophe || c == kMiddleDot || IsSpace(c);
}

// Calls word(begin, end) for the id of each word of letters and digits.
template <typename Symbol, typename WordId>
void CutSymbols(std::string_view normal, WordId word, std::vector<Symbol>* out) {
  for (std::size_t i = 0; i < normal.size();) {
    const std::size_t begin = i;
    const char32_t c = NextCodePoint(normal, &i);
    Symbol symbol;
    if (c >= 0x80 && IsHan(c)) {
      symbol.id = c;
      symbol.is_han = true;
    } else if (IsWordCharacter(c)) {
      for (std::size_t next = i; i < normal.size(); i = next) {
        if (!IsWordCharacter(NextCodePoint(normal, &next))) break;
      }
      symbol.id = word(normal.substr(begin, i - begin));
      symbol.is_word = true;
    } else if (c == '\n' && !out->empty() && out->back().is_han) {
      symbol.id = c;  // Chinese is not wrapped inside a name: here a new line of a form begins
    } else if (IsSkipped(c)) {
      continue;
    } else {
      symbol.id = c;
    }
    symbol.begin = static_cast<std::uint32_t>(begin);
    symbol.end = static_cast<std::uint32_t>(i);
    out->push_back(symbol);
  }
}

bool IsAsciiWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether `written` holds the lower-case word with two capitals or more: AED, LiDAR. Those are never stemmed, for AED
// would become a.
bool HoldsAsAbbreviation(std::string_view written, std::string_view word) {
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::size_t begin = i;
    int capitals = 0;
    for (; i < written.size() && IsAsciiWordCharacter(written[i]); ++i) {
      capitals += written[i] >= 'A' && written[i] <= 'Z';
    }
    const std::string_view run = written.substr(begin, i - begin);
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    if (capitals > 1 && std::equal(run.begin(), run.end(), word.begin(), word.end(), same)) return true;
  }
  return false;
}

// Whether `word` is the English plural of `singular`: pumps, processes, batteries.
bool IsPlural(std::string_view word, std::string_view singular) {
  if (word.size() <= singular.size()) return false;
  if (word.ends_with("ies") && singular.ends_with('y')) {
    return word.substr(0, word.size() - 3) == singular.substr(0, singular.size() - 1);
  }
  const std::string_view ending = word.substr(singular.size());
  return word.starts_with(singular) && (ending == "s" || ending == "es");
}

absl::string_view Key(std::string_view word) {
  return {word.data(), word.size()};
}

int CountCapitals(std::string_view text) {
  int count = 0;
  for (std::size_t i = 0; i < text.size();) count += u_isupper(static_cast<UChar32>(NextCodePoint(text, &i))) != 0;
  return count;
}

}  // namespace

NameFinder::Rule NameFinder::RuleOf(std::string_view written, std::string_view normal,
                                    const std::vector<Symbol>& symbols) {
  constexpr std::size_t kShortWord = 2, kShortHanName = 3;
  if (symbols.size() == 1 && symbols[0].is_word) {
    if (CountCodePoints(normal) <= kShortWord) return Rule::kAsWritten;
    return CountCapitals(written) > 1 ? Rule::kCapitals : Rule::kOwnForm;
  }
  const bool han = std::all_of(symbols.begin(), symbols.end(), [](const Symbol& symbol) { return symbol.is_han; });
  if (!han || symbols.size() > kShortHanName) return Rule::kAnywhere;
  return symbols.size() == 1 ? Rule::kOwnWord : Rule::kOneEdge;
}

NameFinder::NameFinder(std::size_t names) : trie_(kStatesOfAName * names) {
  names_.reserve(names);
  first_name_.reserve(kStatesOfAName * names);
  words_.reserve(names / kNamesOfAWord);
  stems_.reserve(names / kNamesOfAWord);
}

std::vector<ConceptIndex> NameFinder::Add(std::string_view written, std::string_view normal,
                                          ConceptIndex concept_index) {
  const auto symbol_of = [&](std::string_view word) {
    const auto [place, added] = words_.try_emplace(Key(word), kUnknownWord);
    if (added) {
      const auto next = static_cast<std::uint32_t>(kFirstWord + stems_.size());
      place->second =
          stems_.try_emplace(HoldsAsAbbreviation(written, word) ? std::string(word) : Stem(word), next).first->second;
    }
    return place->second;
  };
  std::vector<Symbol>& symbols = scratch_;
  symbols.clear();
  CutSymbols(normal, symbol_of, &symbols);
  std::vector<ConceptIndex> others;
  if (symbols.empty()) return others;
  std::uint32_t state = SymbolTrie::kRoot;
  for (const Symbol& symbol : symbols) state = trie_.AddChild(state, symbol.id);
  first_name_.resize(trie_.state_count(), -1);
  for (std::int32_t i = first_name_[state]; i >= 0; i = names_[static_cast<std::size_t>(i)].next) {
    others.push_back(names_[static_cast<std::size_t>(i)].concept_index);
  }
  names_.push_back({concept_index, RuleOf(written, normal, symbols), written, first_name_[state]});
  first_name_[state] = static_cast<std::int32_t>(names_.size()) - 1;
  return others;
}

std::uint32_t NameFinder::SymbolOf(std::string_view word) const {
  if (const auto found = words_.find(Key(word)); found != words_.end()) return found->second;
  const auto found = stems_.find(Stem(word));
  return found == stems_.end() ? kUnknownWord : found->second;
}

struct NameFinder::Hit {
  std::uint32_t begin = 0, end = 0;  // bytes of the normalised text
  ConceptIndex concept_index;
  friend bool operator==(const Hit&, const Hit&) = default;
};

class NameFinder::Search {
 public:
  Search(const NameFinder& finder, std::string_view text, const AnalyzedText& analyzed)
      : finder_(finder), text_(text), analyzed_(analyzed) {}

  std::vector<Mention> Run() {
    std::vector<Symbol> symbols;
    symbols.reserve(analyzed_.normal.size() / 3 + 1);
    CutSymbols(
        analyzed_.normal, [&](std::string_view word) { return finder_.SymbolOf(word); }, &symbols);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      std::uint32_t state = SymbolTrie::kRoot;
      for (std::size_t j = i; j < symbols.size(); ++j) {
        state = finder_.trie_.Child(state, symbols[j].id);
        if (state == SymbolTrie::kNone) break;
        if (const std::int32_t name = finder_.first_name_[state]; name >= 0) {
          Take(name, symbols[i].begin, symbols[j].end);
        }
      }
    }
    DropNested();
    std::vector<Mention> mentions;
    mentions.reserve(hits_.size());
    for (const Hit& hit : hits_) mentions.push_back(ToMention(hit));
    return mentions;
  }

 private:
  // The token that holds the byte or, where that lies between tokens, the next one.
  std::size_t TokenAt(std::uint32_t at) const {
    const auto found = std::upper_bound(analyzed_.tokens.begin(), analyzed_.tokens.end(), at,
                                        [](std::uint32_t byte, const Token& token) { return byte < token.normal_end; });
    return static_cast<std::size_t>(found - analyzed_.tokens.begin());
  }

  bool CutsAtBegin(std::uint32_t begin) const {
    const std::size_t t = TokenAt(begin);
    return t < analyzed_.tokens.size() && analyzed_.tokens[t].normal_begin < begin;
  }
  bool CutsAtEnd(std::uint32_t end) const {
    const std::size_t t = TokenAt(end);
    return t < analyzed_.tokens.size() && analyzed_.tokens[t].normal_begin < end;
  }

  // A token, or a stretch between two, in both texts.
  struct Stretch {
    std::uint32_t normal_begin, normal_end, begin, end;
  };
  Stretch StretchAt(std::uint32_t at) const {
    const std::size_t t = TokenAt(at);
    const std::vector<Token>& tokens = analyzed_.tokens;
    if (t < tokens.size() && tokens[t].normal_begin <= at) {
      return {tokens[t].normal_begin, tokens[t].normal_end, tokens[t].begin, tokens[t].end};
    }
    Stretch gap{0, static_cast<std::uint32_t>(analyzed_.normal.size()), 0, static_cast<std::uint32_t>(text_.size())};
    if (t > 0) {
      gap.normal_begin = tokens[t - 1].normal_end;
      gap.begin = tokens[t - 1].end;
    }
    if (t < tokens.size()) {
      gap.normal_end = tokens[t].normal_begin;
      gap.end = tokens[t].begin;
    }
    return gap;
  }
  // Where a place inside a token lies in the original: exact where normalising kept every length, which it does for
  // Chinese and plain letters; none otherwise.
  std::optional<std::uint32_t> Inside(const Stretch& in, std::uint32_t at) const {
    if (in.normal_end - in.normal_begin != in.end - in.begin) return std::nullopt;
    const std::uint32_t original = in.begin + (at - in.normal_begin);
    if (original < text_.size() && (static_cast<unsigned char>(text_[original]) & 0xC0) == 0x80) return std::nullopt;
    return original;
  }
  std::uint32_t OriginalBegin(std::uint32_t at) const {
    const Stretch in = StretchAt(at);
    return Inside(in, at).value_or(in.begin);
  }
  std::uint32_t OriginalEnd(std::uint32_t at) const {
    const Stretch in = StretchAt(at - 1);
    return at == in.normal_end ? in.end : Inside(in, at).value_or(in.end);
  }
  std::string AsWritten(std::uint32_t begin, std::uint32_t end) const {
    const std::uint32_t from = OriginalBegin(begin);
    return ToNfkc(text_.substr(from, OriginalEnd(end) - from));
  }

  bool IsEnglish() {
    if (!is_english_) is_english_ = GuessLanguage(analyzed_.normal) == "en";
    return *is_english_;
  }

  bool Allows(const Name& name, std::uint32_t begin, std::uint32_t end) {
    switch (name.rule) {
      case Rule::kAnywhere:
        return true;
      case Rule::kOwnWord:
        return !CutsAtBegin(begin) && !CutsAtEnd(end);
      case Rule::kOneEdge:
        return !CutsAtBegin(begin) || !CutsAtEnd(end);
      case Rule::kAsWritten: {
        const std::size_t t = TokenAt(begin);  // the A of 5 A is an ampere
        const bool measure = t < analyzed_.tokens.size() && analyzed_.tokens[t].kind == TokenKind::kMeasure &&
                             (analyzed_.tokens[t].normal_begin < begin || analyzed_.tokens[t].normal_end > end);
        return !measure && AsWritten(begin, end) == name.written;
      }
      case Rule::kCapitals:
        return !IsEnglish() || CountCapitals(AsWritten(begin, end)) > 1;
      case Rule::kOwnForm: {
        const std::string_view word = std::string_view(analyzed_.normal).substr(begin, end - begin);
        const std::string own = NormalizeText(name.written);
        return word == own || IsPlural(word, own) || IsPlural(own, word);
      }
    }
    return false;
  }

  // 2 = letter for letter, 1 = but for case and width, 0 = by stems.
  int Closeness(const Name& name, std::uint32_t begin, std::uint32_t end) const {
    const std::string_view normal = std::string_view(analyzed_.normal).substr(begin, end - begin);
    if (NormalizeText(name.written) != normal) return 0;
    return AsWritten(begin, end) == name.written ? 2 : 1;
  }

  void Take(std::int32_t first, std::uint32_t begin, std::uint32_t end) {
    const std::vector<Name>& names = finder_.names_;
    const auto at = [&](std::int32_t i) -> const Name& { return names[static_cast<std::size_t>(i)]; };
    const bool several = at(first).next >= 0;
    const std::size_t before = hits_.size();
    int best = 0;
    for (std::int32_t i = first; i >= 0; i = at(i).next) {
      if (!Allows(at(i), begin, end)) continue;
      if (several) {
        const int closeness = Closeness(at(i), begin, end);
        if (closeness < best) continue;
        if (closeness > best) hits_.resize(before);
        best = closeness;
      }
      hits_.push_back({begin, end, at(i).concept_index});
    }
  }

  // Leaves out what lies inside a longer hit of the same concept, and brings the rest into the order of the text.
  void DropNested() {
    std::sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) {
      return std::tuple(a.concept_index, a.begin, b.end) < std::tuple(b.concept_index, b.begin, a.end);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < hits_.size(); ++i) {
      // Of one concept, what is kept rises in both begin and end: only the last can hold this one.
      const bool nested =
          kept > 0 && hits_[kept - 1].concept_index == hits_[i].concept_index && hits_[i].end <= hits_[kept - 1].end;
      if (!nested) hits_[kept++] = hits_[i];
    }
    hits_.resize(kept);
    std::sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) {
      return std::tuple(a.begin, b.end, a.concept_index) < std::tuple(b.begin, a.end, b.concept_index);
    });
  }

  Mention ToMention(const Hit& hit) const {
    Mention mention;
    mention.concept_index = hit.concept_index;
    mention.begin = OriginalBegin(hit.begin);
    mention.end = OriginalEnd(hit.end);
    const std::size_t first = TokenAt(hit.begin);
    std::size_t end = first;
    while (end < analyzed_.tokens.size() && analyzed_.tokens[end].normal_begin < hit.end) ++end;
    mention.first_token = static_cast<std::uint32_t>(first);
    mention.token_count = static_cast<std::uint32_t>(end - first);
    return mention;
  }

  const NameFinder& finder_;
  const std::string_view text_;
  const AnalyzedText& analyzed_;
  std::vector<Hit> hits_;
  std::optional<bool> is_english_;
};

std::vector<Mention> NameFinder::Find(std::string_view text, const AnalyzedText& analyzed) const {
  return Search(*this, text, analyzed).Run();
}

}  // namespace magpie
