#include "train/pair_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace magpie::train {
namespace {

constexpr std::size_t kMostWords = 160;    // different words of one text in one step; more are left out by chance
constexpr double kDropped = 0.1;           // share of words left out at random
constexpr double kSharedRemoved = 0.5;     // share of pairs whose common words are taken from one side
constexpr std::size_t kBlockSize = 16;     // neighbours that come together
constexpr double kNeighbourBatches = 0.5;  // share of batches made of neighbours

std::uint64_t Mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return Random(Random(Random(a).Next() ^ b).Next() ^ c).Next();
}

Words Half(const Words& words, bool second) {
  const auto middle = words.begin() + static_cast<std::ptrdiff_t>(words.size() / 2);
  return second ? Words(middle, words.end()) : Words(words.begin(), middle);
}

Words Joined(const Words& a, const Words& b) {
  Words joined = a;
  joined.insert(joined.end(), b.begin(), b.end());
  return joined;
}

bool Long(const Words& words) {
  return words.size() >= 24;
}

Bag ToBag(Words words) {
  std::sort(words.begin(), words.end());
  Bag bag;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i + 1;
    while (end < words.size() && words[end] == words[i]) ++end;
    bag.push_back({words[i], std::sqrt(static_cast<float>(end - i))});
    i = end;
  }
  return bag;
}

// Leaves out words at random and those beyond the limit; what stays keeps its order.
void Thin(Bag* bag, Random* random) {
  Bag kept;
  for (const WeightedWord& word : *bag) {
    if (random->Uniform() >= kDropped) kept.push_back(word);
  }
  for (std::size_t left = kept.size(); left > kMostWords; --left) {
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(random->Below(left)));
  }
  if (!kept.empty()) *bag = std::move(kept);
}

// Takes out of `bag` what `other` holds too, unless nothing would be left.
void RemoveShared(Bag* bag, const Bag& other) {
  Bag kept;
  std::size_t j = 0;
  for (const WeightedWord& word : *bag) {
    while (j < other.size() && other[j].word < word.word) ++j;
    if (j == other.size() || other[j].word != word.word) kept.push_back(word);
  }
  if (!kept.empty()) *bag = std::move(kept);
}

// Orders rows so that close ones stand together: halved again and again along random directions.
void HalveAlong(std::span<const float> rows, std::size_t d, Random* random, std::span<std::uint32_t> order) {
  if (order.size() <= kBlockSize) return;
  std::vector<float> direction(d);
  for (float& value : direction) value = static_cast<float>(random->Uniform() - 0.5);
  std::vector<std::pair<float, std::uint32_t>> along;
  for (std::uint32_t item : order) {
    const float* const row = rows.data() + static_cast<std::size_t>(item) * d;
    along.emplace_back(std::inner_product(row, row + d, direction.begin(), 0.0f), item);
  }
  std::sort(along.begin(), along.end());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = along[i].second;
  const std::size_t half = order.size() / 2 / kBlockSize * kBlockSize;
  const std::size_t cut = half == 0 ? kBlockSize : half;
  HalveAlong(rows, d, random, order.first(cut));
  HalveAlong(rows, d, random, order.subspan(cut));
}

}  // namespace

PairSampler::PairSampler(const TextPool& pool, std::uint64_t seed) : pool_(pool), seed_(seed) {}

std::span<const PairSampler::Kind> PairSampler::Kinds() {
  static constexpr std::array<Kind, 16> kinds = {{
      {Source::kPapers, 2.0, &PairSampler::TwoPassages},
      {Source::kPapers, 2.0, &PairSampler::SummaryAndPassage},
      {Source::kPapers, 1.5, &PairSampler::BothLanguages},
      {Source::kAwards, 1.5, &PairSampler::AwardTitle},
      {Source::kAwards, 1.5, &PairSampler::AwardHalves},
      {Source::kPapers, 1.0, &PairSampler::TitleAndAbstract},
      {Source::kPapers, 1.0, &PairSampler::AbstractHalves},
      {Source::kClasses, 1.0, &PairSampler::ClassTitle},
      {Source::kKeywords, 0.5, &PairSampler::Keyword},
      {Source::kClasses, 0.5, &PairSampler::ClassAndParent},
      {Source::kConcepts, 0.6, &PairSampler::ConceptNames},
      {Source::kConcepts, 0.6, &PairSampler::SayingAndName},
      {Source::kCures, 1.0, &PairSampler::TroubleAndCure},
      {Source::kLinks, 0.3, &PairSampler::LinkedNames},
      {Source::kGroups, 1.0, &PairSampler::NeedAndAnswer},
      {Source::kGroups, 0.4, &PairSampler::ListingHalves},
  }};
  return kinds;
}

bool PairSampler::TwoPassages(std::size_t item, Random* random, Words* left, Words* right) const {
  const std::vector<Words>& passages = pool_.papers[item].passages;
  if (passages.size() < 2) return false;
  const std::size_t first = random->Below(passages.size());
  const std::size_t second = (first + 1 + random->Below(passages.size() - 1)) % passages.size();
  *left = passages[first];
  *right = passages[second];
  return true;
}

bool PairSampler::SummaryAndPassage(std::size_t item, Random* random, Words* left, Words* right) const {
  const PaperWords& paper = pool_.papers[item];
  if (paper.passages.empty()) return false;
  const bool title = paper.abstract_zh.empty() || random->Below(2) == 0;
  *left = title ? paper.title : paper.abstract_zh;
  *right = paper.passages[random->Below(paper.passages.size())];
  return true;
}

bool PairSampler::BothLanguages(std::size_t item, Random* random, Words* left, Words* right) const {
  const PaperWords& paper = pool_.papers[item];
  if (paper.abstract_en.empty()) return false;
  const auto one_of = [&](const Words& abstract, const Words& title, const Words& keywords) {
    switch (random->Below(6)) {
      case 0:
        return title;
      case 1:
        return keywords;
      case 2:
        return Half(abstract, random->Below(2) == 1);
      default:
        return abstract;
    }
  };
  *left = one_of(paper.abstract_zh, paper.title, paper.keywords_zh);
  *right = one_of(paper.abstract_en, paper.abstract_en, paper.keywords_en);
  if (left->empty()) *left = paper.title;
  if (right->empty()) *right = paper.abstract_en;
  return true;
}

bool PairSampler::AwardTitle(std::size_t item, Random*, Words* left, Words* right) const {
  *left = pool_.awards[item].title;
  *right = pool_.awards[item].abstract_en;
  return Long(*right);
}

bool PairSampler::AwardHalves(std::size_t item, Random*, Words* left, Words* right) const {
  const Words& words = pool_.awards[item].abstract_en;
  *left = Half(words, false);
  *right = Half(words, true);
  return Long(words);
}

bool PairSampler::TitleAndAbstract(std::size_t item, Random* random, Words* left, Words* right) const {
  const PaperWords& paper = pool_.papers[item];
  const bool keywords = !paper.keywords_zh.empty() && random->Below(3) == 0;
  const bool english = random->Below(10) < 3 || paper.abstract_zh.empty();
  *left = keywords ? paper.keywords_zh : paper.title;
  *right = english && !paper.abstract_en.empty() ? paper.abstract_en : paper.abstract_zh;
  return true;
}

bool PairSampler::AbstractHalves(std::size_t item, Random*, Words* left, Words* right) const {
  const Words& words = pool_.papers[item].abstract_zh;
  *left = Half(words, false);
  *right = Half(words, true);
  return Long(words);
}

bool PairSampler::ClassTitle(std::size_t item, Random* random, Words* left, Words* right) const {
  const ClassWords& title = pool_.classes[item];
  *left = title.zh;
  *right = title.en;
  if (title.parent >= 0 && random->Below(2) == 0) {
    const ClassWords& parent = pool_.classes[static_cast<std::size_t>(title.parent)];
    *left = Joined(*left, parent.zh);
    *right = Joined(*right, parent.en);
  }
  return true;
}

bool PairSampler::Keyword(std::size_t item, Random*, Words* left, Words* right) const {
  *left = pool_.keywords[item].zh;
  *right = pool_.keywords[item].en;
  return true;
}

bool PairSampler::ClassAndParent(std::size_t item, Random* random, Words* left, Words* right) const {
  const ClassWords& title = pool_.classes[item];
  if (title.parent < 0) return false;
  const ClassWords& parent = pool_.classes[static_cast<std::size_t>(title.parent)];
  *left = random->Below(2) == 0 ? title.zh : title.en;
  *right = random->Below(2) == 0 ? parent.zh : parent.en;
  return true;
}

namespace {

const Words& OneOf(const std::vector<Words>& texts, Random* random) {
  return texts[random->Below(texts.size())];
}

const Words& OneName(const ConceptWords& concept_words, Random* random) {
  return OneOf(random->Below(3) == 0 ? concept_words.names_en : concept_words.names_zh, random);
}

}  // namespace

bool PairSampler::ConceptNames(std::size_t item, Random* random, Words* left, Words* right) const {
  const ConceptWords& concept_words = pool_.lessons.concepts[item];
  *left = OneOf(concept_words.names_zh, random);
  *right = OneOf(concept_words.names_en, random);
  return true;
}

bool PairSampler::SayingAndName(std::size_t item, Random* random, Words* left, Words* right) const {
  const ConceptWords& concept_words = pool_.lessons.concepts[item];
  if (concept_words.says.empty()) return false;
  *left = OneOf(concept_words.says, random);
  const bool saying = concept_words.says.size() > 1 && random->Below(3) == 0;
  *right = saying ? OneOf(concept_words.says, random) : OneName(concept_words, random);
  return *left != *right;
}

// What the user says or the trouble's name, half the time both, and a name of what cures it.
bool PairSampler::TroubleAndCure(std::size_t item, Random* random, Words* left, Words* right) const {
  const auto [trouble, cure] = pool_.lessons.cures[item];
  const ConceptWords& from = pool_.lessons.concepts[trouble];
  const ConceptWords& to = pool_.lessons.concepts[cure];
  const bool says = !from.says.empty() && random->Below(3) != 0;
  *left = says ? OneOf(from.says, random) : OneName(from, random);
  if (random->Below(2) == 0) *left = Joined(*left, OneName(from, random));
  *right = OneName(to, random);
  if (random->Below(2) == 0) *right = Joined(*right, OneName(to, random));
  return true;
}

bool PairSampler::LinkedNames(std::size_t item, Random* random, Words* left, Words* right) const {
  const auto [from, to] = pool_.lessons.links[item];
  *left = OneName(pool_.lessons.concepts[from], random);
  *right = OneName(pool_.lessons.concepts[to], random);
  return true;
}

bool PairSampler::NeedAndAnswer(std::size_t item, Random* random, Words* left, Words* right) const {
  const GroupWords& group = pool_.lessons.groups[item];
  *left = group.need;
  *right = OneOf(group.answers, random);
  return true;
}

// Of listings of every grade, so that a decoy's manner is no sign of being nobody's answer.
bool PairSampler::ListingHalves(std::size_t item, Random* random, Words* left, Words* right) const {
  const auto& listings = pool_.lessons.groups[item].title_body;
  if (listings.empty()) return false;
  const auto& [title, body] = listings[random->Below(listings.size())];
  *left = title;
  *right = body;
  return true;
}

std::size_t PairSampler::ItemCount(Source source) const {
  switch (source) {
    case Source::kPapers:
      return pool_.papers.size();
    case Source::kAwards:
      return pool_.awards.size();
    case Source::kClasses:
      return pool_.classes.size();
    case Source::kKeywords:
      return pool_.keywords.size();
    case Source::kConcepts:
      return pool_.lessons.concepts.size();
    case Source::kCures:
      return pool_.lessons.cures.size();
    case Source::kLinks:
      return pool_.lessons.links.size();
    case Source::kGroups:
      break;
  }
  return pool_.lessons.groups.size();
}

// The items to try for one batch, best first: in blocks of neighbours for classes always, for papers and awards in some
// of the batches, else at random; no item twice.
std::vector<std::size_t> PairSampler::ItemOrder(const Kind& kind, Random* random, std::size_t size) const {
  const bool papers = kind.source == Source::kPapers;
  const bool ranked = papers || kind.source == Source::kAwards;
  const std::vector<std::uint32_t>& order = papers ? paper_order_ : award_order_;
  const std::size_t count = ItemCount(kind.source);
  const bool blocks =
      kind.source == Source::kClasses || (ranked && !order.empty() && random->Uniform() < kNeighbourBatches);
  const std::size_t unit = blocks ? kBlockSize : 1;
  std::vector<std::uint32_t> units((count + unit - 1) / unit);
  std::iota(units.begin(), units.end(), 0u);
  // Pairs of a kind are missing from many items, so four times as many are drawn as a batch holds.
  const std::size_t wanted = std::min(units.size(), 4 * size / unit + 1);
  std::vector<std::size_t> items;
  for (std::size_t i = 0; i < wanted; ++i) {
    std::swap(units[i], units[i + random->Below(units.size() - i)]);
    for (std::size_t j = 0; j < unit; ++j) {
      const std::size_t at = units[i] * unit + j;
      if (at < count) items.push_back(blocks && ranked ? order[at] : at);
    }
  }
  return items;
}

Batch PairSampler::Draw(std::uint64_t step, std::size_t size) {
  Random random(Mix(seed_, step, 0));
  double total = 0;
  const auto has_items = [this](const Kind& kind) { return ItemCount(kind.source) > 0; };
  for (const Kind& kind : Kinds()) total += has_items(kind) ? kind.share : 0;
  double at = random.Uniform() * total;
  const Kind* chosen = &Kinds().front();
  for (const Kind& kind : Kinds()) {
    if (!has_items(kind)) continue;
    if (at < kind.share) {
      chosen = &kind;
      break;
    }
    at -= kind.share;
  }
  Batch batch;
  std::vector<Bag> decoys;
  Words left, right;
  for (std::size_t item : ItemOrder(*chosen, &random, size)) {
    if (batch.left.size() == size) break;
    left.clear();
    right.clear();
    if (!(this->*chosen->make)(item, &random, &left, &right) || left.empty() || right.empty()) continue;
    Bag first = ToBag(std::move(left)), second = ToBag(std::move(right));
    Thin(&first, &random);
    Thin(&second, &random);
    if (random.Uniform() < kSharedRemoved) {
      random.Below(2) == 0 ? RemoveShared(&first, second) : RemoveShared(&second, first);
    }
    batch.left.push_back(std::move(first));
    batch.right.push_back(std::move(second));
    if (chosen->make != &PairSampler::NeedAndAnswer) continue;
    for (const Words& decoy : pool_.lessons.groups[item].decoys) {
      decoys.push_back(ToBag(decoy));
      Thin(&decoys.back(), &random);
    }
  }
  for (Bag& decoy : decoys) batch.right.push_back(std::move(decoy));
  return batch;
}

void PairSampler::SetNeighbourhood(std::span<const float> papers, std::span<const float> awards, std::size_t dimension,
                                   std::uint64_t seed) {
  Random random(Mix(seed_, seed, 1));
  const auto arrange = [&](std::span<const float> rows, std::vector<std::uint32_t>* order) {
    order->resize(rows.size() / dimension);
    std::iota(order->begin(), order->end(), 0u);
    HalveAlong(rows, dimension, &random, *order);
  };
  arrange(papers, &paper_order_);
  arrange(awards, &award_order_);
}

Bag PairSampler::PaperBag(std::size_t paper) const {
  return ToBag(Joined(pool_.papers[paper].title, pool_.papers[paper].abstract_zh));
}

Bag PairSampler::AwardBag(std::size_t award) const {
  return ToBag(pool_.awards[award].abstract_en);
}

}  // namespace magpie::train
