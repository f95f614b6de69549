// A listing's text as scoring sees it: its different words and its bag of terms.
//
// Words    of title, description and keywords in the order of first mention, without stop words and figures, at most
//          kMostWords (a text of a megabyte is cut there; figures still count in the bag and as evidence).
// Terms    words (English ones by their stem) and bigrams of Chinese characters, so that another cut of the same
//          sentence still meets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/ingest/record.h"
#include "magpie/retrieval/lexical_index.h"
#include "magpie/text/analyzer.h"

namespace magpie {

inline constexpr std::size_t kMostWords = 2000;

// Texts of one language are compared among themselves; everything but Chinese counts as English.
enum class TextLanguage : std::uint8_t { kChinese, kOther };
inline constexpr int kTextLanguages = 2;

struct ListingText {
  std::vector<std::string> words;     // distinct
  std::vector<std::uint32_t> counts;  // how often each is said
  TermBag terms;
  double length = 0;  // words with repetitions
  TextLanguage language = TextLanguage::kChinese;
  AnalyzedText analyzed;  // of JoinedText()
};

// Title, description and keywords, a line each.
std::string JoinedText(const ListingRecord& listing);

ListingText ReadListingText(const ListingRecord& listing, const Analyzer& analyzer);

// The words of the title alone.
AnalyzedText TitleOf(const AnalyzedText& text, const ListingRecord& listing);

}  // namespace magpie
