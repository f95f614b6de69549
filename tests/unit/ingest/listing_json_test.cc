#include "magpie/ingest/listing_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ListingRecord Parse(std::string_view json, Side side = Side::kNeed, std::vector<std::string>* warnings = nullptr) {
  const absl::StatusOr<ListingRecord> listing = ListingFromJson(json, side, warnings);
  EXPECT_TRUE(listing.ok()) << listing.status().message();
  return listing.ok() ? *listing : ListingRecord();
}

absl::Status Refuse(std::string_view json) {
  const absl::StatusOr<ListingRecord> listing = ListingFromJson(json, Side::kNeed, nullptr);
  EXPECT_FALSE(listing.ok()) << json;
  return listing.status();
}

TEST(ListingJson, ReadsARowOfTheSample) {
  const ListingRecord listing = Parse(
      R"({"id": "N1", "side": "need", "lang": "zh", "party": {"name": "甲公司", "kind": "firm", "region": "浙江省/宁波市"},
          "title": " 镜面抛光 ", "description": "第一行\n第二行", "keywords": ["抛光"], "resource": "technology",
          "modes": ["co_development", "license"], "trl": 6, "amount_wan_cny": [1.6, 1.98]})");
  EXPECT_EQ(listing.id, "N1");
  EXPECT_TRUE(listing.id_given);
  EXPECT_EQ(listing.title, "镜面抛光");
  EXPECT_EQ(listing.description, "第一行\n第二行");
  EXPECT_EQ(listing.party.kind, PartyKind::kFirm);
  EXPECT_EQ(listing.party.region.code, "330200");
  EXPECT_THAT(listing.modes.Values(), ElementsAre(CooperationMode::kLicense, CooperationMode::kCoDevelopment));
  EXPECT_EQ(listing.amount->low_cents, 1'600'000);
  EXPECT_EQ(listing.amount->high_cents, 1'980'000);
}

TEST(ListingJson, ReadsEveryFormOfAnAmount) {
  const auto amount = [](std::string_view member) {
    return Parse(R"({"title": "t", )" + std::string(member) + "}").amount;
  };
  const Amount wan100_300{.low_cents = 100 * kCentsPerWan, .high_cents = 300 * kCentsPerWan};
  EXPECT_EQ(amount(R"("amount_wan_cny": [100, 300])"), wan100_300);
  EXPECT_EQ(amount(R"("amount_wan_cny": "100-300")"), wan100_300);
  EXPECT_EQ(amount(R"("amount": "100-300万")"), wan100_300);
  EXPECT_EQ(amount(R"("amount": {"low": 1000000, "high": 3000000.00})"), wan100_300);
  EXPECT_EQ(amount(R"("amount_wan_cny": [null, 5])"), (Amount{.high_cents = 5 * kCentsPerWan}));
  EXPECT_EQ(amount(R"("amount": {"low": 5.5, "currency": "USD", "note": "/年"})"),
            (Amount{.low_cents = 550, .currency = "USD", .note = "/年"}));
  EXPECT_EQ(amount(R"("amount": "面议")"), (Amount{.negotiable = true}));
  EXPECT_EQ(amount(R"("amount": null)"), std::nullopt);
  EXPECT_EQ(amount(R"("amount_wan_cny": [])"), std::nullopt);
}

TEST(ListingJson, NamesThePathOfWhatIsWrong) {
  const auto field = [](std::string_view json) { return FieldOf(Refuse(json)); };
  EXPECT_EQ(field(R"({"title": 5})"), "title");
  EXPECT_EQ(field(R"({"title": "t", "party": {"name": "a", "kind": "firmm"}})"), "party.kind");
  EXPECT_EQ(field(R"({"title": "t", "party": {"contacts": [{"phone": 5}]}})"), "party.contacts[0].phone");
  EXPECT_EQ(field(R"({"title": "t", "party": {"contacts": [{"fax": "5"}]}})"), "party.contacts[0]");
  EXPECT_EQ(field(R"({"title": "t", "keywords": ["a", 5]})"), "keywords[1]");
  EXPECT_EQ(field(R"({"title": "t", "modes": ["license", "rent"]})"), "modes[1]");
  EXPECT_EQ(field(R"({"title": "t", "trl": 12})"), "trl");
  EXPECT_EQ(field(R"({"title": "t", "trl": 6.5})"), "trl");
  EXPECT_EQ(field(R"({"title": "t", "valid_until": "31.12.2025 at noon"})"), "valid_until");
  EXPECT_EQ(field(R"({"title": "t", "valid_from": "2025-02-02", "valid_until": "2025-02-01"})"), "valid_until");
  EXPECT_EQ(field(R"({"title": "t", "amount": 100})"), "amount");
  EXPECT_EQ(field(R"({"title": "t", "amount": {"currency": "yuan"}})"), "amount.currency");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": [1, 2], "amount": {"low": 1}})"), "amount");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": [300, 100]})"), "amount_wan_cny");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": [1, 2, 3]})"), "amount_wan_cny");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": -1})"), "amount_wan_cny");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": 1e300})"), "amount_wan_cny");
  EXPECT_EQ(field(R"({"title": "t", "amount_wan_cny": 18446744073709551615})"), "amount_wan_cny");
  EXPECT_EQ(field(R"({"title": "t", "indicators": [{"relation": "~"}]})"), "indicators[0].relation");
  EXPECT_EQ(field(R"({"title": "t", "id": "a\tb"})"), "id");
  EXPECT_EQ(field(R"({"title": "t\u0000"})"), "title");
  EXPECT_EQ(field(R"({"title": "t", "side": "offering"})"), "side");
  EXPECT_EQ(field(R"({"title": "t", "extra": 5})"), "extra");
  EXPECT_EQ(ReasonOf(Refuse(R"({"title": "  "})")), Reason::kFieldMissing);
  EXPECT_EQ(ReasonOf(Refuse(R"({})")), Reason::kFieldMissing);
}

TEST(ListingJson, RefusesWhatIsNotOneObject) {
  for (std::string_view text :
       {"", "5", "[]", "{", R"({"title": "t"} x)", R"({"title": NaN})", R"({"title": "t", "a": 1e999})",
        R"({"title": "\ud800"})", "{\"title\": \"\xff\"}", R"({"title": "t", "title": "u"})",
        R"({"title": "t", "party": {"name": "a", "name": "b"}})", "{'title': 't'}"}) {
    EXPECT_EQ(ReasonOf(Refuse(text)), Reason::kBadFile) << text;
  }
  // Deep nesting must not overflow the stack, neither in reading nor in writing.
  EXPECT_EQ(ReasonOf(Refuse(R"({"title": "t", "x": )" + std::string(1'000'000, '['))), Reason::kBadFile);
}

TEST(ListingJson, KeepsUnknownMembersWithAWarning) {
  std::vector<std::string> warnings;
  const ListingRecord listing = Parse(
      R"({"title": "t", "colour": {"b": 1, "a": [2]}, "party": {"name": "p", "staff": 40}})", Side::kNeed, &warnings);
  EXPECT_EQ(listing.extra_json, R"({"colour":{"a":[2],"b":1}})");
  EXPECT_EQ(listing.party.extra_json, R"({"staff":40})");
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("party.staff"), HasSubstr("colour")));
  warnings.clear();
  EXPECT_EQ(Parse(ListingToJson(listing, false), Side::kNeed, &warnings), listing);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(ListingJson, AcceptsAPartyNameAndANumberAsId) {
  const ListingRecord listing = Parse(R"({"title": "t", "party": "甲公司", "id": 17, "lang": "英文"})");
  EXPECT_EQ(listing.party.name, "甲公司");
  EXPECT_EQ(listing.id, "17");
  EXPECT_EQ(listing.language, "en");
}

TEST(ListingJson, ReadsTheWholeSample) {
  for (const auto& [name, side, count] :
       {std::tuple{"needs.jsonl", Side::kNeed, 120}, {"offerings.jsonl", Side::kOffering, 662}}) {
    std::ifstream file(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/sample-fair/" + name);
    std::string line;
    int lines = 0;
    for (; std::getline(file, line); ++lines) {
      std::vector<std::string> warnings;
      const ListingRecord listing = Parse(line, side, &warnings);
      EXPECT_THAT(warnings, IsEmpty());
      EXPECT_EQ(Parse(ListingToJson(listing, false), side), listing);
      EXPECT_EQ(Parse(ListingToJson(listing, true), side), listing);
    }
    EXPECT_EQ(lines, count);
  }
}

// Random records, every field filled now and then, from a seed that is printed on failure.
class RecordMaker {
 public:
  explicit RecordMaker(std::uint64_t seed) : random_(seed) {}

  ListingRecord Listing() {
    ListingRecord listing;
    listing.side = Flip() ? Side::kNeed : Side::kOffering;
    listing.id = Text();
    listing.id_given = !listing.id.empty() && Flip();
    if (Flip()) listing.language = Flip() ? "zh" : "ru";
    listing.party = Party();
    listing.title = "t" + Text();
    listing.description = Text();
    listing.keywords = Texts();
    listing.fields = Texts();
    listing.resource = Maybe<ResourceKind>();
    for (CooperationMode mode : Some<CooperationMode>()) listing.modes.Add(mode);
    if (Flip()) listing.trl = 1 + static_cast<int>(random_.Below(9));
    if (Flip()) listing.amount = Money();
    for (int i = static_cast<int>(random_.Below(3)); i > 0; --i) {
      if (Region region = Place(); !region.empty()) listing.regions.push_back(std::move(region));
    }
    listing.partner_kinds = Some<PartyKind>();
    listing.exclude_parties = Texts();
    if (Flip()) listing.valid_from = Day(0);
    if (Flip()) listing.valid_until = Day(40'000);
    listing.review = Maybe<ReviewState>();
    listing.review_note = Text();
    listing.disclosure = Maybe<Disclosure>();
    listing.text_level = Maybe<Level>();
    listing.party_level = Maybe<Level>();
    listing.contacts_level = Maybe<Level>();
    listing.trade = Maybe<TradeType>();
    listing.ip_form = Text();
    if (Flip()) {
      Indicator indicator{Text(), Flip() ? "<=" : "", std::nullopt, Text()};
      if (Flip()) indicator.value = (random_.Uniform() - 0.5) * 1e6;
      listing.indicators = {indicator, Indicator{"误差", ">", 0.1, "%"}};
    }
    for (Constraint constraint : Some<Constraint>()) listing.must.Add(constraint);
    if (Flip()) listing.capacity = static_cast<int>(random_.Below(100));
    listing.team = Text();
    listing.remark = Text();
    listing.extra_json = Extra();
    listing.provenance = Source();
    return listing;
  }

  PartyRecord Party() {
    PartyRecord party;
    party.id = Text();
    party.name = "p" + Text();
    party.aliases = Texts();
    party.parent = Text();
    party.kind = Maybe<PartyKind>();
    party.region = Place();
    if (Flip()) party.sites = {Site{SiteKind::kProduction, Text(), Place()}, Site{SiteKind::kResearch, "", Region()}};
    if (Flip()) party.qualifications = {Qualification{Text(), Day(0), std::nullopt}};
    if (Flip()) party.contacts = {Contact{Text(), Text(), Text(), Text(), Flip()}};
    if (Flip()) party.first_timer = Flip();
    if (Flip()) party.small = Flip();
    party.extra_json = Extra();
    party.provenance = Source();
    return party;
  }

 private:
  bool Flip() { return random_.Below(2) == 0; }
  std::string Text() {
    static constexpr std::array<std::string_view, 8> kPieces = {"甲", "a\"b\\", "é", "\n", "𠮷", "x,y\t", "䶮", " z"};
    std::string text;
    for (auto i = random_.Below(5); i > 0; --i) text += kPieces[random_.Below(kPieces.size())];
    // Ids and texts are trimmed at the door; ids hold no control characters.
    std::erase_if(text, [](char c) { return c == '\n' || c == '\t'; });
    while (!text.empty() && text.front() == ' ') text.erase(0, 1);
    return text;
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    for (auto i = random_.Below(3); i > 0; --i) texts.push_back("w" + Text());
    return texts;
  }
  template <typename Enum>
  std::optional<Enum> Maybe() {
    if (Flip()) return std::nullopt;
    return static_cast<Enum>(random_.Below(Words<Enum>().size()));
  }
  template <typename Enum>
  std::vector<Enum> Some() {
    std::vector<Enum> words;
    for (std::size_t i = 0; i < Words<Enum>().size(); ++i) {
      if (Flip()) words.push_back(static_cast<Enum>(i));
    }
    return words;
  }
  Amount Money() {
    Amount amount;
    std::int64_t low = static_cast<std::int64_t>(random_.Below(kMaxCents + 1)) >> random_.Below(50);
    std::int64_t high = std::min(kMaxCents, low + static_cast<std::int64_t>(random_.Below(1000)));
    if (Flip()) amount.low_cents = low;
    if (Flip()) amount.high_cents = high;
    amount.currency = Flip() ? "CNY" : "EUR";
    amount.negotiable = Flip();
    amount.note = Text();
    return amount;
  }
  Region Place() {
    static constexpr std::array<std::string_view, 6> kPlaces = {"",     "浙江省/宁波市", "宁波", "哈萨克斯坦/阿巴伊州",
                                                                "火星", "330281"};
    const std::string_view text = kPlaces[random_.Below(kPlaces.size())];
    Region region = text.empty() ? Region() : ParseRegion(text);
    if (random_.Below(8) == 0) region.text = Text();  // parts that the text does not say
    return region;
  }
  Date Day(int offset) { return Date(std::chrono::days(offset + static_cast<int>(random_.Below(30'000)))); }
  std::string Extra() { return Flip() ? "" : R"({"a":{"b":[1,2.5,null,"é"]},"title":"x"})"; }
  Provenance Source() {
    if (Flip()) return {};
    return {Text(), Text(), static_cast<std::int64_t>(random_.Below(1'000'000))};
  }

  Random random_;
};

TEST(ListingJson, WritingThenReadingIsTheIdentity) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RecordMaker maker(seed);
    ListingRecord listing = maker.Listing();
    std::vector<std::string> warnings;
    ASSERT_EQ(Parse(ListingToJson(listing, true), listing.side, &warnings), listing) << ListingToJson(listing, true);
    EXPECT_THAT(warnings, IsEmpty());
    const PartyRecord party = maker.Party();
    const absl::StatusOr<PartyRecord> party_again = PartyFromJson(PartyToJson(party, true), nullptr);
    ASSERT_TRUE(party_again.ok()) << party_again.status().message();
    ASSERT_EQ(*party_again, party);
    listing.provenance = {};
    listing.party.provenance = {};
    ASSERT_EQ(Parse(ListingToJson(listing, false), listing.side), listing) << ListingToJson(listing, false);
  }
}

}  // namespace
}  // namespace magpie
