#include "scoring/listing_text.h"

#include <unordered_map>
#include <utility>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

// The bigrams of Chinese characters that touch; across words too, where these are given one after the other.
class BigramReader {
 public:
  explicit BigramReader(std::string_view text) : text_(text) {}

  void Read(std::size_t begin, std::size_t end, std::vector<std::uint64_t>* terms) {
    while (begin < end) {
      const std::size_t at = begin;
      if (!IsHan(NextCodePoint(text_, &begin))) continue;
      if (previous_end_ == at) terms->push_back(TermKey(text_.substr(previous_begin_, begin - previous_begin_)));
      previous_begin_ = at;
      previous_end_ = begin;
    }
  }

 private:
  std::string_view text_;
  std::size_t previous_begin_ = 0, previous_end_ = std::string_view::npos;  // of the last Chinese character
};

std::uint64_t WordTerm(std::string_view word) {
  return TermKey(Stem(word));  // leaves everything but lower-case English words as it is
}

}  // namespace

std::string JoinedText(const ListingRecord& listing) {
  std::string text = listing.title + "\n" + listing.description + "\n";
  for (const std::string& keyword : listing.keywords) text += keyword + "\n";
  return text;
}

AnalyzedText TitleOf(const AnalyzedText& text, const ListingRecord& listing) {
  AnalyzedText title = text;
  std::erase_if(title.tokens, [&](const Token& token) { return token.end > listing.title.size(); });
  return title;
}

ListingText ReadListingText(const ListingRecord& listing, const Analyzer& analyzer) {
  ListingText result;
  const std::string text = JoinedText(listing);
  result.language = GuessLanguage(text) == "zh" ? TextLanguage::kChinese : TextLanguage::kOther;
  result.analyzed = analyzer.Analyze(text);
  std::vector<std::uint64_t> terms;
  std::unordered_map<std::string_view, std::size_t> place;  // in words
  BigramReader bigrams(result.analyzed.normal);
  for (const Token& token : result.analyzed.tokens) {
    const std::string_view word = result.analyzed.word(token);
    if (token.kind == TokenKind::kMeasure) terms.push_back(WordTerm(word));
    if (token.kind != TokenKind::kLatin) bigrams.Read(token.normal_begin, token.normal_end, &terms);
    if (!IsContentWord(result.analyzed, token, analyzer)) continue;
    terms.push_back(WordTerm(word));
    result.length += 1;
    if (const auto it = place.find(word); it != place.end()) {
      ++result.counts[it->second];
    } else if (result.words.size() < kMostWords) {
      place.emplace(word, result.words.size());
      result.words.emplace_back(word);
      result.counts.push_back(1);
    }
  }
  result.terms = MakeTermBag(std::move(terms));
  return result;
}

}  // namespace magpie
