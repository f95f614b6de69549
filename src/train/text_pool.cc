#include "train/text_pool.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "magpie/base/status.h"

namespace magpie::train {
namespace {

constexpr std::size_t kPassageWords = 150;
constexpr std::size_t kMostPassages = 12;
constexpr std::int64_t kBatch = 8192;  // texts analysed before their words are numbered: bounds the memory
constexpr std::int64_t kBlock = 64;

// Texts queue here with the place their words go to; a batch is analysed in parallel and numbered in order.
class Numberer {
 public:
  Numberer(const Analyzer& analyzer, const RunContext& context, TextPool* pool)
      : analyzer_(analyzer), context_(context), pool_(*pool) {}

  void Add(const std::string& text, Words* words) {
    if (!text.empty()) queue_.push_back({&text, words});
  }
  void Add(std::string&& text, Words* words) { Add(owned_.emplace_back(std::move(text)), words); }

  absl::Status FlushIfFull() { return static_cast<std::int64_t>(queue_.size()) >= kBatch ? Flush() : absl::OkStatus(); }

  absl::Status Flush() {
    std::vector<std::vector<std::string>> analyzed(queue_.size());
    const auto analyze = [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        const AnalyzedText text = analyzer_.Analyze(*queue_[i].first);
        for (const Token& token : text.tokens) {
          if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kMeasure) continue;
          analyzed[i].emplace_back(text.word(token));
        }
      }
      return absl::OkStatus();
    };
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context_, static_cast<std::int64_t>(queue_.size()), kBlock, analyze));
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      for (std::string& word : analyzed[i]) {
        const auto [found, is_new] =
            numbers_.try_emplace(std::move(word), static_cast<std::uint32_t>(pool_.words.size()));
        if (is_new) pool_.words.push_back(found->first);
        queue_[i].second->push_back(found->second);
      }
    }
    queue_.clear();
    owned_.clear();
    return absl::OkStatus();
  }

 private:
  const Analyzer& analyzer_;
  const RunContext& context_;
  TextPool& pool_;
  std::vector<std::pair<const std::string*, Words*>> queue_;
  std::deque<std::string> owned_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part + "; ";
  return text;
}

// A class symbol's parent is the last class before it with fewer dots; the list gives no dots, so the group 1/00 is the
// parent of 1/02 and the subclass A01B that of A01B1/00.
std::string ParentSymbol(const std::string& symbol) {
  const std::size_t slash = symbol.find('/');
  if (slash == std::string::npos) {
    return symbol.size() > 3 ? symbol.substr(0, 3) : symbol.size() > 1 ? symbol.substr(0, 1) : "";
  }
  const std::string main_group = symbol.substr(0, slash) + "/00";
  return symbol == main_group ? symbol.substr(0, std::min<std::size_t>(4, slash)) : main_group;
}

void Count(const Words& words, TextPool* pool, std::vector<std::uint32_t>* last_text) {
  if (words.empty()) return;
  ++pool->text_count;
  for (std::uint32_t word : words) {
    ++pool->counts[word];
    if ((*last_text)[word] != pool->text_count) ++pool->texts[word];
    (*last_text)[word] = pool->text_count;
  }
}

absl::Status NumberLessons(const Lessons& lessons, Numberer* numberer, LessonWords* words) {
  const auto add_all = [&](const std::vector<std::string>& texts, std::vector<Words>* out) {
    out->resize(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) numberer->Add(texts[i], &(*out)[i]);
  };
  words->concepts.resize(lessons.concepts.size());
  for (std::size_t i = 0; i < lessons.concepts.size(); ++i) {
    add_all(lessons.concepts[i].names_zh, &words->concepts[i].names_zh);
    add_all(lessons.concepts[i].names_en, &words->concepts[i].names_en);
    add_all(lessons.concepts[i].says, &words->concepts[i].says);
    MAGPIE_RETURN_IF_ERROR(numberer->FlushIfFull());
  }
  words->cures = lessons.cures;
  words->links = lessons.links;
  words->groups.resize(lessons.groups.size());
  for (std::size_t i = 0; i < lessons.groups.size(); ++i) {
    numberer->Add(lessons.groups[i].need, &words->groups[i].need);
    add_all(lessons.groups[i].answers, &words->groups[i].answers);
    add_all(lessons.groups[i].decoys, &words->groups[i].decoys);
    words->groups[i].title_body.resize(lessons.groups[i].title_body.size());
    for (std::size_t j = 0; j < lessons.groups[i].title_body.size(); ++j) {
      numberer->Add(lessons.groups[i].title_body[j].first, &words->groups[i].title_body[j].first);
      numberer->Add(lessons.groups[i].title_body[j].second, &words->groups[i].title_body[j].second);
    }
    MAGPIE_RETURN_IF_ERROR(numberer->FlushIfFull());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TextPool> MakeTextPool(const Corpus& corpus, const Lessons& lessons, const Analyzer& analyzer,
                                      const RunContext& context) {
  TextPool pool;
  pool.papers.resize(corpus.papers.size());
  pool.awards.resize(corpus.awards.size());
  pool.classes.resize(corpus.classes.size());
  pool.keywords.resize(corpus.keywords.size());
  std::vector<Words> bodies(corpus.papers.size());
  Numberer numberer(analyzer, context, &pool);
  for (std::size_t i = 0; i < corpus.papers.size(); ++i) {
    const Paper& paper = corpus.papers[i];
    PaperWords& words = pool.papers[i];
    numberer.Add(paper.title, &words.title);
    numberer.Add(paper.abstract_zh, &words.abstract_zh);
    numberer.Add(paper.abstract_en, &words.abstract_en);
    numberer.Add(Joined(paper.keywords_zh), &words.keywords_zh);
    numberer.Add(Joined(paper.keywords_en), &words.keywords_en);
    numberer.Add(paper.text, &bodies[i]);
    MAGPIE_RETURN_IF_ERROR(numberer.FlushIfFull());
  }
  for (std::size_t i = 0; i < corpus.awards.size(); ++i) {
    numberer.Add(corpus.awards[i].title, &pool.awards[i].title);
    numberer.Add(corpus.awards[i].abstract_en, &pool.awards[i].abstract_en);
    MAGPIE_RETURN_IF_ERROR(numberer.FlushIfFull());
  }
  std::unordered_map<std::string, std::int32_t> class_numbers;
  for (std::size_t i = 0; i < corpus.classes.size(); ++i) {
    class_numbers.emplace(corpus.classes[i].symbol, static_cast<std::int32_t>(i));
    numberer.Add(corpus.classes[i].zh, &pool.classes[i].zh);
    numberer.Add(corpus.classes[i].en, &pool.classes[i].en);
    MAGPIE_RETURN_IF_ERROR(numberer.FlushIfFull());
  }
  for (std::size_t i = 0; i < corpus.keywords.size(); ++i) {
    numberer.Add(corpus.keywords[i].first, &pool.keywords[i].zh);
    numberer.Add(corpus.keywords[i].second, &pool.keywords[i].en);
  }
  MAGPIE_RETURN_IF_ERROR(numberer.Flush());
  MAGPIE_RETURN_IF_ERROR(NumberLessons(lessons, &numberer, &pool.lessons));
  MAGPIE_RETURN_IF_ERROR(numberer.Flush());

  for (std::size_t i = 0; i < corpus.classes.size(); ++i) {
    const auto parent = class_numbers.find(ParentSymbol(corpus.classes[i].symbol));
    if (parent != class_numbers.end()) pool.classes[i].parent = parent->second;
  }
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    // The first passage repeats title and abstract.
    for (std::size_t at = kPassageWords; at + kPassageWords / 2 < bodies[i].size(); at += kPassageWords) {
      if (pool.papers[i].passages.size() == kMostPassages) break;
      const auto begin = bodies[i].begin() + static_cast<std::ptrdiff_t>(at);
      const std::size_t size = std::min(kPassageWords, bodies[i].size() - at);
      pool.papers[i].passages.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
    }
  }
  pool.counts.assign(pool.words.size(), 0);
  pool.texts.assign(pool.words.size(), 0);
  std::vector<std::uint32_t> last_text(pool.words.size(), 0);
  const auto count = [&](const Words& words) { Count(words, &pool, &last_text); };
  for (const PaperWords& paper : pool.papers) {
    for (const Words* words : {&paper.title, &paper.abstract_zh, &paper.abstract_en}) count(*words);
    for (const Words& passage : paper.passages) count(passage);
  }
  for (const AwardWords& award : pool.awards) {
    count(award.title);
    count(award.abstract_en);
  }
  for (const ClassWords& title : pool.classes) {
    count(title.zh);
    count(title.en);
  }
  for (const KeywordWords& keyword : pool.keywords) {
    count(keyword.zh);
    count(keyword.en);
  }
  for (const ConceptWords& concept_words : pool.lessons.concepts) {
    for (const auto* texts : {&concept_words.names_zh, &concept_words.names_en, &concept_words.says}) {
      for (const Words& words : *texts) count(words);
    }
  }
  for (const GroupWords& group : pool.lessons.groups) {
    count(group.need);
    for (const auto* texts : {&group.answers, &group.decoys}) {
      for (const Words& words : *texts) count(words);
    }
  }
  return pool;
}

}  // namespace magpie::train
