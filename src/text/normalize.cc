#include "text/normalize.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "magpie/base/unicode.h"
#include "magpie/text/analyzer.h"
#include "text/simplified_data.h"

namespace magpie {
namespace {

constexpr char32_t kBmp = 0x10000;
constexpr std::size_t kLongestCluster = 33;  // a base and 32 marks; UAX #15 calls 30 marks enough for any language

const icu::Normalizer2& Folder() {
  static const icu::Normalizer2& folder = []() -> const icu::Normalizer2& {
    UErrorCode error = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFKCCasefoldInstance(error);
  }();
  return folder;
}

// What a character becomes by itself, looked up instead of computed: nearly all text takes this road.
struct Tables {
  // For each character of the basic plane the one character it becomes (folded, not yet simplified); 0 where it becomes
  // none or several.
  std::unique_ptr<char16_t[]> folded{new char16_t[kBmp]};
  std::unique_ptr<char16_t[]> simplified{new char16_t[kBmp]};  // for folded characters; 0 = see simplified_beyond
  std::unique_ptr<bool[]> starts{new bool[kBmp]};              // never joins with what stands before it
  std::unique_ptr<bool[]> starts_word{new bool[kBmp]};         // some word of `words` begins with it
  std::unordered_map<char32_t, char32_t> simplified_beyond;    // pairs with a side outside the basic plane
  std::unordered_map<std::u32string, std::u32string> words;
  std::size_t longest_word = 0;

  Tables() {
    std::string bytes;
    for (char32_t c = 0; c < kBmp; ++c) {
      starts[c] = starts_word[c] = false;
      folded[c] = 0;
      simplified[c] = static_cast<char16_t>(c);
      if (c >= 0xD800 && c < 0xE000) continue;
      const auto point = static_cast<UChar32>(c);
      starts[c] = Folder().hasBoundaryBefore(point) != 0;
      if (!starts[c]) continue;
      if (Folder().isInert(point) || IsPlain(c)) {
        folded[c] = static_cast<char16_t>(c);
        continue;
      }
      bytes.clear();
      AppendCodePoint(c, &bytes);
      const std::string result = ToNfkcFolded(bytes);
      std::size_t end = 0;
      const char32_t to = result.empty() ? 0 : NextCodePoint(result, &end);
      if (end == result.size() && to < kBmp) folded[c] = static_cast<char16_t>(to);
    }
    for (std::size_t i = 0; i < kSimplifiedCharacters.size();) {
      const char32_t from = NextCodePoint(kSimplifiedCharacters, &i);
      const char32_t to = NextCodePoint(kSimplifiedCharacters, &i);
      if (from < kBmp && to < kBmp) {
        simplified[from] = static_cast<char16_t>(to);
      } else {
        if (from < kBmp) simplified[from] = 0;
        simplified_beyond.emplace(from, to);
      }
    }
    std::u32string from, word;
    for (std::size_t i = 0; i <= kSimplifiedWords.size();) {
      const char32_t c = i < kSimplifiedWords.size() ? NextCodePoint(kSimplifiedWords, &i) : (++i, U' ');
      if (c != U' ') {
        word += c;
      } else if (from.empty()) {
        from.swap(word);
      } else {
        starts_word[from[0]] = true;
        longest_word = std::max(longest_word, from.size());
        words.emplace(std::move(from), std::move(word));
        from.clear();
        word.clear();
      }
    }
  }

  // Characters that fold to themselves though they may join with a mark behind them.
  static bool IsPlain(char32_t c) { return c < 0x80 && !(c >= 'A' && c <= 'Z'); }

  char32_t Simplify(char32_t c) const {
    if (c < kBmp && simplified[c] != 0) return simplified[c];
    const auto found = simplified_beyond.find(c);
    return found == simplified_beyond.end() ? c : found->second;
  }

  bool Starts(char32_t c) const { return c < kBmp ? starts[c] : Folder().hasBoundaryBefore(static_cast<UChar32>(c)); }
};

const Tables& TheTables() {
  static const Tables tables;
  return tables;
}

class Pass {
 public:
  Pass(std::string_view text, std::string* out, std::vector<std::uint32_t>* source)
      : text_(text), tables_(TheTables()), out_(*out), source_(source) {}

  void Run() {
    out_.reserve(text_.size() + text_.size() / 16);
    if (source_ != nullptr) source_->reserve(text_.size() + text_.size() / 16 + 1);
    std::size_t at = 0;
    while (at < text_.size()) {
      std::size_t end = at;
      const char32_t c = NextCodePoint(text_, &end);
      if (c < kBmp && tables_.starts_word[c] && Word(&at)) continue;
      const char32_t folded = c < kBmp ? tables_.folded[c] : 0;
      if (folded != 0 && NextStarts(end)) {
        Emit(tables_.Simplify(folded), at);
        at = end;
      } else {
        Cluster(&at);
      }
    }
    if (source_ != nullptr) source_->push_back(static_cast<std::uint32_t>(text_.size()));
  }

 private:
  bool NextStarts(std::size_t at) const {
    if (at >= text_.size() || static_cast<unsigned char>(text_[at]) < 0x80) return true;
    return tables_.Starts(NextCodePoint(text_, &at));
  }

  void Emit(char32_t c, std::size_t from) {
    const std::size_t before = out_.size();
    if (c < 0x80) {
      out_ += static_cast<char>(c);
    } else {
      AppendCodePoint(c, &out_);
    }
    if (source_ != nullptr) source_->insert(source_->end(), out_.size() - before, static_cast<std::uint32_t>(from));
  }

  // The longest word of the table that begins here; false where there is none.
  bool Word(std::size_t* at) {
    std::u32string word;
    std::vector<std::size_t> starts;
    for (std::size_t i = *at; i < text_.size() && word.size() < tables_.longest_word;) {
      starts.push_back(i);
      const char32_t c = NextCodePoint(text_, &i);
      if (c < 0x3400) break;
      word += c;
    }
    starts.resize(word.size());
    for (; word.size() > 1; word.pop_back()) {
      const auto found = tables_.words.find(word);
      if (found == tables_.words.end()) continue;
      std::size_t end = starts[word.size() - 1];
      NextCodePoint(text_, &end);
      if (!NextStarts(end)) continue;
      for (std::size_t i = 0; i < word.size(); ++i) Emit(found->second[i], starts[i]);
      *at = end;
      return true;
    }
    return false;
  }

  // One character with all that may join with it, through ICU.
  void Cluster(std::size_t* at) {
    cluster_.clear();
    const std::size_t from = *at;
    for (std::size_t points = 0; *at < text_.size() && points < kLongestCluster; ++points) {
      std::size_t end = *at;
      const char32_t c = NextCodePoint(text_, &end);
      if (points > 0 && tables_.Starts(c)) break;
      AppendCodePoint(c, &cluster_);
      *at = end;
    }
    const std::string folded = ToNfkcFolded(cluster_);
    for (std::size_t i = 0; i < folded.size();) Emit(tables_.Simplify(NextCodePoint(folded, &i)), from);
  }

  const std::string_view text_;
  const Tables& tables_;
  std::string& out_;
  std::vector<std::uint32_t>* const source_;
  std::string cluster_;
};

}  // namespace

std::uint32_t Normalized::SourceEnd(std::uint32_t end) const {
  const std::uint32_t begin = source[end - 1];
  while (end < text.size() && source[end] == begin) ++end;
  return source[end];
}

Normalized Normalize(std::string_view text) {
  Normalized result;
  Pass(text, &result.text, &result.source).Run();
  return result;
}

std::string NormalizeText(std::string_view text) {
  std::string result;
  Pass(text, &result, nullptr).Run();
  return result;
}

}  // namespace magpie
