// Turns a text into words: NFKC, case folding, traditional to simplified, then Chinese segmentation with a technology
// dictionary. Each word knows which bytes of the original text it came from, so that evidence can quote them.
//
// What survives as one word: abbreviations (CBN), figures with their unit (5t/h, 0.38%, 3 mm), mixed words (颜料红254,
// α-烯烃, PM2.5), words of the dictionary. English words are lower-cased; Stem() maps plurals and the like together.
// Source   maximum-probability path over the dictionary's word graph, as jieba cuts without its HMM.
// Cost     linear in the text; about 5 MB/s a core.
// Threads  a const Analyzer may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

enum class TokenKind : std::uint8_t {
  kHan,      // a Chinese word
  kLatin,    // an English word or an abbreviation
  kMixed,    // letters, figures and Chinese together
  kNumber,   // a bare number
  kMeasure,  // a number with its unit
};

struct Token {
  std::uint32_t normal_begin = 0;  // bytes in AnalyzedText::normal
  std::uint32_t normal_end = 0;
  std::uint32_t begin = 0;  // bytes in the original text
  std::uint32_t end = 0;
  TokenKind kind = TokenKind::kHan;
};

struct AnalyzedText {
  std::string normal;         // the normalised text
  std::vector<Token> tokens;  // in the order of the text, not overlapping, without punctuation and spaces

  std::string_view word(const Token& token) const {
    return std::string_view(normal).substr(token.normal_begin, token.normal_end - token.normal_begin);
  }
};

class Analyzer {
 public:
  // Maps the dictionary that models/MANIFEST.json names. Errors: kModelMissing, kModelMismatch.
  static absl::StatusOr<std::shared_ptr<const Analyzer>> Load(const std::filesystem::path& models);
  virtual ~Analyzer() = default;

  // The id of the dictionary: stands in run.json.
  virtual std::string_view id() const { return {}; }

  virtual AnalyzedText Analyze(std::string_view text) const = 0;

  // Words that carry no meaning of their own (的, 和, the, of; 研究, 技术 are not among them).
  virtual bool IsStopWord(std::string_view word) const = 0;
};

// Whether a token is a word that carries meaning: no stop word, no figure, no single letter.
bool IsContentWord(const AnalyzedText& text, const Token& token, const Analyzer& analyzer);

// The normalised text alone, without segmentation: NFKC, folded, simplified.
std::string NormalizeText(std::string_view text);

// The stem of a lower-case English word (Porter's algorithm, 1980); other words come back as they are.
std::string Stem(std::string_view word);

// "zh" where Han characters make up a fifth or more of the letters, else "en".
std::string_view GuessLanguage(std::string_view text);

// The character bigrams of the baselines: lower-cased, white space removed; a text of one character is its own
// gram.
std::vector<std::string> CharacterBigrams(std::string_view text);

}  // namespace magpie
