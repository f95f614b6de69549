#include "generate/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "generate/shares.h"

namespace magpie::generate {
namespace {

constexpr std::uint64_t kOccupantBit = 40;  // places stand below; above, the round in which a listing came to its place
constexpr int kPartyTries = 24;
constexpr int kLongFactor = 6;
constexpr std::int64_t kCentsPerHundredth = kCentsPerWan / 100;
constexpr Date kFirstDay = std::chrono::sys_days{std::chrono::year{2025} / 1 / 1};

constexpr int kRatios[] = {150, 200, 200, 200, 250, 250, 300, 300, 400};  // high to low, per cent

// The most popular first: an order that the seed draws.
template <typename List>
std::vector<std::uint32_t> DrawOrder(const List& list, std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  for (const std::uint32_t one : list) {
    keys.emplace_back(RandomFor(seed, Purpose::kRank, 0, one).Next(), one);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> order;
  for (const auto& [key, one] : keys) order.push_back(one);
  return order;
}

PartyKind DrawKind(Side side, ResourceKind resource, Random* random) {
  if (side == Side::kOffering && resource == ResourceKind::kCapital) {
    static constexpr int kLenders[] = {100, 0, 0, 0, 0, 600, 180, 120, 0, 0};
    return static_cast<PartyKind>(DrawWeighted(kLenders, random));
  }
  return static_cast<PartyKind>(DrawWeighted(SharesOf(side).parties, random));
}

std::uint32_t Pick(const std::vector<std::uint32_t>& concepts, Random* random) {
  return concepts.empty() ? kNoConcept : OneOf(concepts, random);
}

void DrawModes(Side side, ResourceKind resource, Random* random, ModeSet* modes) {
  using Mode = CooperationMode;
  static constexpr Mode kTalent[] = {Mode::kTalentExchange, Mode::kConsulting, Mode::kTechnicalService};
  static constexpr Mode kCapital[] = {Mode::kEquity, Mode::kLoan, Mode::kInsurance};
  const std::size_t count = DrawWeighted(SharesOf(side).mode_counts, random);
  for (std::size_t i = 0; i < count; ++i) {
    modes->Add(resource == ResourceKind::kTalent    ? OneOf(kTalent, random)
               : resource == ResourceKind::kCapital ? OneOf(kCapital, random)
                                                    : static_cast<Mode>(DrawWeighted(SharesOf(side).modes, random)));
  }
}

Amount DrawAmount(const SideShares& shares, Random* random) {
  std::int64_t low = DrawQuantile(shares.amount_low, random);
  // Round figures, as people write them.
  static constexpr int kRound[] = {80, 60, 50, 40, 30, 25, 20, 15, 12, 10};
  std::int64_t unit = 1;
  while (low / unit >= 100) unit *= 10;
  if (low >= 10)
    low = unit * *std::find_if(std::begin(kRound), std::end(kRound), [&](int r) { return r <= low / unit; });
  Amount amount;
  amount.low_cents = std::max<std::int64_t>(low, 1) * kCentsPerHundredth;
  amount.high_cents = amount.low_cents;
  if (!Chance(shares.one_figure, random)) *amount.high_cents = *amount.low_cents * OneOf(kRatios, random) / 100;
  return amount;
}

}  // namespace

Generator::Generator(std::shared_ptr<const Material> material, const GeneratorOptions& options)
    : material_(std::move(material)), options_(options) {
  std::array<std::vector<std::uint32_t>, 6> of_resource;
  for (std::uint32_t i = 0; i < material_->topics().size(); ++i) {
    of_resource[static_cast<std::size_t>(material_->topics()[i].resource)].push_back(i);
  }
  for (std::size_t resource = 0; resource < of_resource.size(); ++resource) {
    topics_[resource] = DrawOrder(of_resource[resource], options.seed);
    topic_ranks_[resource] = Zipf(topics_[resource].size(), kTopicShift);
  }
  for (std::uint32_t i = 0; i < material_->loose().size(); ++i) loose_.push_back(i);
  loose_ = DrawOrder(loose_, options.seed + 1);
  loose_ranks_ = Zipf(loose_.size(), kTopicShift);
}

Generator::Class Generator::ClassOf(Side side, std::uint64_t number) const {
  const SideShares& shares = SharesOf(side);
  Random random = RandomOf(Purpose::kClass, side, number);
  Class of;
  of.language = Chance(shares.english, &random) ? Language::kEn : Language::kZh;
  of.resource = static_cast<ResourceKind>(DrawWeighted(shares.resources, &random));
  of.kind = DrawKind(side, of.resource, &random);
  return of;
}

Subject Generator::MakeSubject(Side side, std::uint64_t number) const {
  const Class of = ClassOf(side, number);
  Random random = RandomOf(Purpose::kSubject, side, number);
  const auto resource = static_cast<std::size_t>(of.resource);
  Subject subject;
  subject.side = side;
  subject.language = of.language;
  const bool is_loose =
      side == Side::kOffering && of.resource == ResourceKind::kTechnology && Chance(kLooseOffers, &random);
  const LooseOffer* const loose = is_loose ? &material_->loose()[loose_[loose_ranks_.Draw(&random)]] : nullptr;
  const Topic& topic =
      material_->topics()[loose != nullptr ? loose->topic : topics_[resource][topic_ranks_[resource].Draw(&random)]];
  subject.topic = &topic;
  subject.cure = loose != nullptr ? loose->offered : OneOf(topic.cures, &random);
  subject.cure2 = OneOf(topic.cures, &random);
  if (subject.cure2 == subject.cure) subject.cure2 = kNoConcept;
  subject.object = Pick(topic.objects, &random);
  subject.material = Pick(topic.materials, &random);
  subject.equipment = Pick(topic.equipment, &random);
  subject.measure = Pick(topic.measures, &random);
  subject.cause = Pick(topic.causes, &random);
  return subject;
}

// Simon's process, looked up backwards: a listing's party is new, or that of an earlier listing of its class. The first
// of a list are mostly new, so that no party gets a large share of a long list.
std::uint64_t Generator::PartyNumber(Side side, std::uint64_t number) const {
  const Class of = ClassOf(side, number);
  std::uint64_t at = number;
  while (true) {
    const std::uint64_t place = at & ((1ull << kOccupantBit) - 1);
    Random random = RandomOf(Purpose::kParty, side, at);
    const bool is_new =
        Chance(kNewParty[static_cast<std::size_t>(of.kind)], &random) || random.Below(place + kNewPlaces) < kNewPlaces;
    if (place == 0 || is_new) return at;
    int tries = 0;
    for (; tries < kPartyTries; ++tries) {
      const std::uint64_t earlier = random.Below(place);
      const Class other = ClassOf(side, earlier);
      if (other.kind != of.kind || other.language != of.language) continue;
      at = earlier;
      break;
    }
    if (tries == kPartyTries) return at;
  }
}

std::optional<std::uint64_t> Generator::EarlierPosting(Side side, std::uint64_t number) const {
  Random random = RandomOf(Purpose::kAgain, side, number);
  const std::uint64_t place = number & ((1ull << kOccupantBit) - 1);
  if (place == 0 || !Chance(kPostedAgain, &random)) return std::nullopt;
  return random.Below(place);
}

bool Generator::IsPostedAgain(Side side, std::int64_t place) const {
  return EarlierPosting(side, static_cast<std::uint64_t>(place)).has_value();
}

void Generator::AddFields(const Class& of, std::uint64_t number, const Subject& subject, ListingRecord* listing) const {
  const SideShares& shares = SharesOf(listing->side);
  Random random = RandomOf(Purpose::kFields, listing->side, number);
  listing->resource = of.resource;
  DrawModes(listing->side, of.resource, &random, &listing->modes);
  const std::size_t trl = DrawWeighted(shares.trl, &random);
  if (trl > 0) listing->trl = static_cast<int>(trl);
  if (!Chance(shares.no_amount, &random)) listing->amount = DrawAmount(shares, &random);
  if (Chance(kHasValidity, &random)) {
    listing->valid_from = kFirstDay + std::chrono::days(random.Below(720));
    listing->valid_until = *listing->valid_from + std::chrono::days(90 + random.Below(640));
  }
  if (Chance(kHasRegions, &random)) listing->regions.push_back(parties_.DrawWideRegion(&random));
  const std::size_t keywords = DrawWeighted(shares.keywords, &random);
  Teller teller(*material_, subject, parties_.places(subject.language), &random);
  const std::uint32_t named[] = {listing->side == Side::kNeed ? subject.topic->trouble : subject.cure, subject.object,
                                 listing->side == Side::kNeed ? subject.cure : subject.topic->trouble};
  for (std::size_t i = 0; i < keywords; ++i) {
    if (named[i] == kNoConcept) continue;
    std::string name = teller.Name(named[i]);
    if (std::find(listing->keywords.begin(), listing->keywords.end(), name) == listing->keywords.end()) {
      listing->keywords.push_back(std::move(name));
    }
  }
}

ListingRecord Generator::Make(Side side, std::uint64_t number) const {
  const SideShares& shares = SharesOf(side);
  const Class of = ClassOf(side, number);
  const Subject subject = MakeSubject(side, number);
  ListingRecord listing;
  listing.side = side;
  listing.id_given = true;
  listing.language = of.language == Language::kZh ? "zh" : "en";
  const std::uint64_t party = PartyNumber(side, number);
  Random random = RandomOf(Purpose::kText, side, number);
  if (!Chance(kHasNoParty, &random)) {
    const Topic& first = party == number ? *subject.topic : *MakeSubject(side, party).topic;
    listing.party = parties_.Make(MixTwo(options_.seed, party), side, of.language, of.kind,
                                  material_->graph().fields()[first.field].code);
  }
  Teller teller(*material_, subject, parties_.places(of.language), &random);
  const LengthShares& lengths = shares.lengths[static_cast<std::size_t>(of.language)];
  listing.title = teller.Title(DrawQuantile(lengths.title, &random));
  if (!Chance(kBareTitle, &random)) {
    int length = DrawQuantile(lengths.description, &random);
    if (Chance(kVeryLong, &random)) length *= kLongFactor;
    listing.description = teller.Description(length);
  }
  AddFields(of, number, subject, &listing);
  return listing;
}

// What whoever posts a listing again, or mends it, does: a sentence more or less, another mark on the title, a new price.
void Generator::Edit(const Subject& subject, Random* random, ListingRecord* listing) const {
  const bool chinese = subject.language == Language::kZh;
  Teller teller(*material_, subject, parties_.places(subject.language), random);
  if (Chance(400, random)) {
    static constexpr std::string_view kMarksZh[] = {"（更新）", "（急）", "（再次发布）", "（长期有效）"};
    static constexpr std::string_view kMarksEn[] = {" (updated)", " (urgent)", " (again)", " (still open)"};
    listing->title += chinese ? OneOf(kMarksZh, random) : OneOf(kMarksEn, random);
  }
  const std::size_t last = listing->description.rfind(chinese ? "，" : ". ");
  if (Chance(500, random) && last != std::string::npos && last > 0) {
    listing->description.resize(last);
    listing->description += chinese ? "。" : ".";
  }
  if (!chinese && !listing->description.empty()) listing->description += ' ';
  listing->description += teller.Terms();
  if (Chance(300, random)) listing->amount = DrawAmount(SharesOf(listing->side), random);
}

std::optional<ListingRecord> Generator::Listing(Side side, std::int64_t place) const {
  const auto first = static_cast<std::uint64_t>(place);
  std::uint64_t number = first;  // of the listing that is at this place now
  std::uint64_t edited = 0;      // the round that last changed it
  for (auto round = 1; round <= options_.round; ++round) {
    Random random = RandomOf(Purpose::kRound, side, first | (static_cast<std::uint64_t>(round) << kOccupantBit));
    if (random.Below(kMillion) >= static_cast<std::uint64_t>(options_.changed_per_million)) continue;
    const std::uint64_t what = random.Below(10);
    if (what == 0) return std::nullopt;
    if (what < 5) {
      number = first | (static_cast<std::uint64_t>(round) << kOccupantBit);
      edited = 0;
    } else {
      edited = static_cast<std::uint64_t>(round);
    }
  }
  const std::optional<std::uint64_t> earlier = EarlierPosting(side, number);
  ListingRecord listing = Make(side, earlier.value_or(number));
  const auto edit = [&](std::uint64_t edition) {
    Random random = RandomOf(Purpose::kEdit, side, edition);
    Edit(MakeSubject(side, earlier.value_or(number)), &random, &listing);
  };
  if (earlier) edit(number);
  if (edited > 0) edit(first | (edited << kOccupantBit));
  listing.id = fmt::format("{}{:07}", side == Side::kNeed ? 'N' : 'O', first + 1);
  if (number != first) listing.id += fmt::format("-{}", number >> kOccupantBit);
  return listing;
}

}  // namespace magpie::generate
