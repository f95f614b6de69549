#include "scoring/listing_text.h"

#include <unordered_set>
#include <utility>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

// The bigrams of a Chinese word's characters and of two Chinese words that touch.
void AddBigrams(const AnalyzedText& text, std::vector<std::uint64_t>* terms) {
  const std::string_view normal = text.normal;
  std::size_t previous_begin = 0, previous_end = std::string_view::npos;
  for (const Token& token : text.tokens) {
    if (token.kind != TokenKind::kHan && token.kind != TokenKind::kMixed) continue;
    for (std::size_t at = token.normal_begin; at < token.normal_end;) {
      const std::size_t begin = at;
      if (!IsHan(NextCodePoint(normal, &at))) continue;
      if (previous_end == begin) terms->push_back(TermKey(normal.substr(previous_begin, at - previous_begin)));
      previous_begin = begin;
      previous_end = at;
    }
  }
}

}  // namespace

std::string JoinedText(const ListingRecord& listing) {
  std::string text = listing.title + "\n" + listing.description + "\n";
  for (const std::string& keyword : listing.keywords) text += keyword + "\n";
  return text;
}

bool IsContentWord(const AnalyzedText& text, const Token& token, const Analyzer& analyzer) {
  if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kMeasure) return false;
  const std::string_view word = text.word(token);
  if (token.kind == TokenKind::kLatin && word.size() < 2) return false;
  return !analyzer.IsStopWord(word);
}

ListingText ReadListingText(const ListingRecord& listing, const Analyzer& analyzer) {
  ListingText result;
  const std::string text = JoinedText(listing);
  result.language = GuessLanguage(text) == "zh" ? TextLanguage::kChinese : TextLanguage::kOther;
  result.analyzed = analyzer.Analyze(text);
  std::vector<std::uint64_t> terms;
  std::unordered_set<std::string_view> seen;
  for (const Token& token : result.analyzed.tokens) {
    const std::string_view word = result.analyzed.word(token);
    if (token.kind == TokenKind::kMeasure) terms.push_back(TermKey(word));
    if (!IsContentWord(result.analyzed, token, analyzer)) continue;
    terms.push_back(TermKey(token.kind == TokenKind::kLatin ? Stem(word) : std::string(word)));
    result.length += 1;
    if (result.words.size() < kMostWords && seen.insert(word).second) result.words.emplace_back(word);
  }
  AddBigrams(result.analyzed, &terms);
  result.terms = MakeTermBag(std::move(terms));
  return result;
}

}  // namespace magpie
