#include "magpie/text/analyzer.h"

#include <algorithm>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/text/dictionary.h"
#include "magpie/text/model_file.h"
#include "text/characters.h"
#include "text/lexer.h"
#include "text/normalize.h"
#include "text/segmenter.h"
#include "text/stop_words.h"
#include "text/units.h"

namespace magpie {
namespace {

// Offsets are 32 bits and ICU counts with a sign; what lies beyond is not read. The readers' limits are far below.
constexpr std::size_t kLongestText = std::size_t{1} << 30;

constexpr std::u32string_view kColours = U"红黄蓝绿紫橙黑白棕";
constexpr std::u32string_view kChemicalEndings = U"烯烷炔醇酸酯酮醛苯胺酚醚烃萘啶唑腈脲肼酐糖苷嗪";

// Puts words together that belong together though the dictionary cannot know them all: a number and its Chinese unit,
// a chemical name and its locant, a colour index name and its number.
class Joiner {
 public:
  Joiner(const Characters& text, std::string_view normal) : text_(text), normal_(normal) {}

  void Add(const Atom& word) {
    if (!words_.empty() && (JoinUnit(word) || JoinLocant(word) || JoinColourIndex(word))) return;
    words_.push_back(word);
  }
  std::vector<Atom>& words() { return words_; }

 private:
  std::string_view View(const Atom& word) const {
    return normal_.substr(text_.byte(word.begin), text_.byte(word.end) - text_.byte(word.begin));
  }

  // 100|万吨|/|年
  bool JoinUnit(const Atom& word) {
    Atom& last = words_.back();
    if (word.kind != TokenKind::kHan) return false;
    if (last.kind == TokenKind::kNumber && word.begin == last.end) {
      const bool unit = IsHanUnit(View(word));
      if (!unit && !IsHanMultiplier(View(word))) return false;
      last.end = word.end;
      if (unit) last.kind = TokenKind::kMeasure;
      return true;
    }
    const bool per = word.begin == last.end + 1 && text_.at(last.end) == '/';
    if (last.kind != TokenKind::kMeasure || !per || !IsHanUnit(View(word))) return false;
    last.end = word.end;
    return true;
  }

  bool IsLocant(const Atom& word) const {
    return word.kind == TokenKind::kNumber && word.end - word.begin <= 2 && word.end > word.begin;
  }

  // α-烯烃, n-甲基苯胺, 1,3-丁二烯
  bool JoinLocant(const Atom& word) {
    Atom& last = words_.back();
    if (word.kind != TokenKind::kHan || word.begin != last.end + 1 || text_.at(last.end) != '-') return false;
    const bool letter = last.kind == TokenKind::kLatin && last.end - last.begin == 1;
    const bool chemical = kChemicalEndings.find(text_.at(word.end - 1)) != std::u32string_view::npos;
    if (word.end - word.begin < 2 || (!letter && !(IsLocant(last) && chemical))) return false;
    last.end = word.end;
    last.kind = TokenKind::kMixed;
    while (words_.size() > 1) {
      Atom& before = words_[words_.size() - 2];
      const Atom& joined = words_.back();
      if (!IsLocant(before) || joined.begin != before.end + 1 || text_.at(before.end) != ',') break;
      before = {before.begin, joined.end, TokenKind::kMixed};
      words_.pop_back();
    }
    return true;
  }

  // 颜料红|254
  bool JoinColourIndex(const Atom& word) {
    Atom& last = words_.back();
    if (word.kind != TokenKind::kNumber || last.kind != TokenKind::kHan || word.begin != last.end) return false;
    if (last.end - last.begin != 3 || kColours.find(text_.at(last.end - 1)) == std::u32string_view::npos) return false;
    last.end = word.end;
    last.kind = TokenKind::kMixed;
    return true;
  }

  const Characters& text_;
  const std::string_view normal_;
  std::vector<Atom> words_;
};

class DictionaryAnalyzer final : public Analyzer {
 public:
  DictionaryAnalyzer(ModelFile model, Dictionary dictionary)
      : model_(std::move(model)), dictionary_(std::move(dictionary)) {}

  std::string_view id() const override { return model_.id; }
  bool IsStopWord(std::string_view word) const override { return magpie::IsStopWord(word); }

  AnalyzedText Analyze(std::string_view text) const override {
    text = text.substr(0, kLongestText);
    Normalized normalized = Normalize(text);
    const Characters characters(normalized.text);
    const Lexer lexer(characters, normalized, text, dictionary_);
    Segmenter segmenter(characters, dictionary_);
    Joiner joiner(characters, normalized.text);
    std::vector<Atom> atoms, words;
    const auto cut = [&] {
      words.clear();
      segmenter.Cut(atoms, &words);
      for (const Atom& word : words) joiner.Add(word);
      atoms.clear();
    };
    for (std::size_t i = 0; i < characters.size();) {
      const Atom atom = characters.kind(i) == CharacterClass::kHan ? Atom{i, i + 1, TokenKind::kHan} : lexer.Next(i);
      if (atom.begin == i && atom.end > i) {
        atoms.push_back(atom);
        i = atom.end;
      } else {
        if (!atoms.empty()) cut();
        ++i;
      }
    }
    if (!atoms.empty()) cut();

    AnalyzedText result;
    result.tokens.reserve(joiner.words().size());
    for (const Atom& word : joiner.words()) {
      Token token;
      token.normal_begin = characters.byte(word.begin);
      token.normal_end = characters.byte(word.end);
      token.begin = normalized.source[token.normal_begin];
      token.end = normalized.SourceEnd(token.normal_end);
      token.kind = word.kind;
      result.tokens.push_back(token);
    }
    result.normal = std::move(normalized.text);
    return result;
  }

 private:
  const ModelFile model_;
  const Dictionary dictionary_;
};

}  // namespace

bool IsContentWord(const AnalyzedText& text, const Token& token, const Analyzer& analyzer) {
  if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kMeasure) return false;
  const std::string_view word = text.word(token);
  if (token.kind == TokenKind::kLatin && word.size() < 2) return false;
  return !analyzer.IsStopWord(word);
}

absl::StatusOr<std::shared_ptr<const Analyzer>> Analyzer::Load(const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(ModelFile model, OpenModel(models, "dictionary", Dictionary::kVersion));
  MAGPIE_ASSIGN_OR_RETURN(Dictionary dictionary, Dictionary::Open(model.file.bytes(), model.path));
  return std::make_shared<const DictionaryAnalyzer>(std::move(model), std::move(dictionary));
}

}  // namespace magpie
