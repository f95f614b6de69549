#include "magpie/service/convert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "magpie/base/random.h"

namespace magpie {
namespace {

// The proto enum holds _UNSPECIFIED and then the vocabulary's names in capitals, in its order, and nothing else.
template <typename Enum>
void ExpectMirror(const google::protobuf::EnumDescriptor* descriptor, std::string prefix) {
  const std::span<const Word> words = Words<Enum>();
  ASSERT_EQ(descriptor->value_count(), static_cast<int>(words.size()) + 1) << descriptor->full_name();
  EXPECT_EQ(descriptor->value(0)->name(), prefix + "UNSPECIFIED");
  EXPECT_EQ(descriptor->value(0)->number(), 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string name = prefix + std::string(words[i].name);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_EQ(descriptor->value(static_cast<int>(i) + 1)->name(), name);
    EXPECT_EQ(descriptor->value(static_cast<int>(i) + 1)->number(), words[i].value + 1);
  }
}

TEST(ConvertTest, EnumsMirrorTheVocabulary) {
  ExpectMirror<Side>(v1::Side_descriptor(), "SIDE_");
  ExpectMirror<ResourceKind>(v1::ResourceKind_descriptor(), "RESOURCE_KIND_");
  ExpectMirror<CooperationMode>(v1::CooperationMode_descriptor(), "COOPERATION_MODE_");
  ExpectMirror<PartyKind>(v1::PartyKind_descriptor(), "PARTY_KIND_");
  ExpectMirror<SiteKind>(v1::SiteKind_descriptor(), "SITE_KIND_");
  ExpectMirror<ReviewState>(v1::ReviewState_descriptor(), "REVIEW_STATE_");
  ExpectMirror<Disclosure>(v1::Disclosure_descriptor(), "DISCLOSURE_");
  ExpectMirror<Level>(v1::Level_descriptor(), "LEVEL_");
  ExpectMirror<TradeType>(v1::TradeType_descriptor(), "TRADE_TYPE_");
  ExpectMirror<Constraint>(v1::Constraint_descriptor(), "CONSTRAINT_");
  ExpectMirror<Verdict>(v1::Verdict_descriptor(), "VERDICT_");
  ExpectMirror<DeclineReason>(v1::DeclineReason_descriptor(), "DECLINE_REASON_");
  ExpectMirror<Language>(v1::Language_descriptor(), "LANGUAGE_");
}

TEST(ConvertTest, ComponentsAndOpenReasonsMirrorTheirEnums) {
  ASSERT_EQ(v1::Components::descriptor()->field_count(), kComponentCount);
  for (int i = 0; i < kComponentCount; ++i) {
    const auto* field = v1::Components::descriptor()->FindFieldByNumber(i + 1);
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->name(), ComponentName(static_cast<Component>(i)));
  }
  for (int i = 0; i + 1 < v1::OpenReason_descriptor()->value_count(); ++i) {
    EXPECT_EQ(v1::OpenReason_descriptor()->value(i + 1)->name(),
              "OPEN_REASON_" + std::string(OpenReasonName(static_cast<OpenReason>(i))));
  }
}

template <typename Enum>
std::optional<Enum> AnyWord(Random& random) {
  const std::uint64_t i = random.Below(Words<Enum>().size() + 1);
  if (i == 0) return std::nullopt;
  return static_cast<Enum>(i - 1);
}

std::string AnyText(Random& random) {
  constexpr std::string_view kTexts[] = {"", "磁场传感器", "A b\tc", "第一行\n第二行 \"引号\"", "é", "氧化铝 99.5%"};
  return std::string(kTexts[random.Below(std::size(kTexts))]);
}

std::optional<Date> AnyDate(Random& random) {
  if (random.Below(2) == 0) return std::nullopt;
  return Date(std::chrono::days(static_cast<int>(random.Below(40'000))));
}

PartyRecord AnyParty(Random& random) {
  PartyRecord party;
  party.id = AnyText(random);
  party.name = AnyText(random);
  for (std::uint64_t i = random.Below(3); i > 0; --i) party.aliases.push_back(AnyText(random));
  party.parent = AnyText(random);
  party.kind = AnyWord<PartyKind>(random);
  if (random.Below(2) == 0) party.region = ParseRegion("浙江省/宁波市");
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    party.sites.push_back({AnyWord<SiteKind>(random).value_or(SiteKind::kProduction), AnyText(random),
                           ParseRegion(i == 1 ? "哈萨克斯坦/阿巴伊州" : "陕西省/西安市")});
  }
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    party.qualifications.push_back({AnyText(random), AnyDate(random), AnyDate(random)});
  }
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    party.contacts.push_back({AnyText(random), AnyText(random), "0574-1", "a@b.cn", random.Below(2) == 0});
  }
  if (random.Below(2) == 0) party.first_timer = random.Below(2) == 0;
  if (random.Below(2) == 0) party.small = random.Below(2) == 0;
  if (random.Below(2) == 0) party.extra_json = R"({"x":[1,"二"]})";
  if (random.Below(2) == 0) party.provenance = {"需求.xlsx", "成果", static_cast<std::int64_t>(random.Below(99))};
  return party;
}

ListingRecord AnyListing(Random& random) {
  ListingRecord listing;
  listing.side = random.Below(2) == 0 ? Side::kNeed : Side::kOffering;
  listing.id = "需求-" + std::to_string(random.Below(1'000));
  listing.id_given = true;
  listing.language = random.Below(2) == 0 ? "zh" : "";
  if (random.Below(3) > 0) listing.party = AnyParty(random);
  listing.title = AnyText(random);
  listing.description = AnyText(random);
  for (std::uint64_t i = random.Below(3); i > 0; --i) listing.keywords.push_back(AnyText(random));
  for (std::uint64_t i = random.Below(3); i > 0; --i) listing.fields.push_back("H01M 10/" + std::to_string(i));
  listing.resource = AnyWord<ResourceKind>(random);
  for (std::uint64_t i = random.Below(4); i > 0; --i) {
    listing.modes.Add(AnyWord<CooperationMode>(random).value_or(CooperationMode::kLoan));
  }
  if (random.Below(2) == 0) listing.trl = static_cast<int>(random.Below(9)) + 1;
  if (random.Below(2) == 0) {
    Amount amount;
    if (random.Below(2) == 0) amount.low_cents = 0;
    if (random.Below(2) == 0) amount.high_cents = kMaxCents;
    amount.currency = random.Below(2) == 0 ? "CNY" : "USD";
    amount.negotiable = random.Below(2) == 0;
    amount.note = AnyText(random);
    listing.amount = amount;
  }
  for (std::uint64_t i = random.Below(3); i > 0; --i) listing.regions.push_back(ParseRegion(i == 1 ? "宁波" : "某地"));
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    listing.partner_kinds.push_back(AnyWord<PartyKind>(random).value_or(PartyKind::kPark));
  }
  if (random.Below(2) == 0) listing.exclude_parties = {"某公司"};
  listing.valid_from = AnyDate(random);
  listing.valid_until = AnyDate(random);
  listing.review = AnyWord<ReviewState>(random);
  listing.review_note = AnyText(random);
  listing.disclosure = AnyWord<Disclosure>(random);
  listing.text_level = AnyWord<Level>(random);
  listing.party_level = AnyWord<Level>(random);
  listing.contacts_level = AnyWord<Level>(random);
  listing.trade = AnyWord<TradeType>(random);
  listing.ip_form = AnyText(random);
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    listing.indicators.push_back({"误差", "<=", i == 1 ? std::optional<double>(0) : std::nullopt, "%"});
  }
  for (std::uint64_t i = random.Below(3); i > 0; --i) {
    listing.must.Add(AnyWord<Constraint>(random).value_or(Constraint::kTrl));
  }
  if (random.Below(2) == 0) listing.capacity = static_cast<int>(random.Below(3));
  listing.team = AnyText(random);
  listing.remark = AnyText(random);
  if (random.Below(2) == 0) listing.extra_json = R"({"y":0})";
  if (random.Below(2) == 0) listing.provenance = {"a.csv", "", 7};
  return listing;
}

TEST(ConvertTest, ListingsSurviveTheWire) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    const ListingRecord listing = AnyListing(random);
    v1::Listing received;
    ASSERT_TRUE(received.ParseFromString(ToProto(listing, Contacts::kAll).SerializeAsString()));
    const absl::StatusOr<ListingRecord> back = FromProto(received, listing.side, "");
    ASSERT_TRUE(back.ok()) << "seed " << seed << ": " << ErrorText(back.status());
    EXPECT_EQ(*back, listing) << "seed " << seed;
  }
}

TEST(ConvertTest, TextsBecomeNfc) {
  v1::Listing listing;
  listing.set_title("cafe\xCC\x81");  // e and a combining accent
  const absl::StatusOr<ListingRecord> record = FromProto(listing, Side::kNeed, "");
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->title, "caf\xC3\xA9");
}

TEST(ConvertTest, ContactsWithoutConsentAreMaskedAndCannotBeWrittenBack) {
  PartyRecord party;
  party.name = "某公司";
  party.contacts = {{"张三", "总监", "138", "z@b.cn", false}, {"李四", "经理", "139", "l@b.cn", true}};
  const v1::Party masked = ToProto(party, Contacts::kMasked);
  EXPECT_TRUE(masked.contacts(0).masked());
  EXPECT_EQ(masked.contacts(0).role(), "总监");
  EXPECT_EQ(masked.contacts(0).display_name() + masked.contacts(0).phone() + masked.contacts(0).email(), "");
  EXPECT_EQ(masked.contacts(1).phone(), "139");
  const auto back = FromProto(masked, "party.");
  EXPECT_EQ(ReasonOf(back.status()), Reason::kFieldInvalid);
  EXPECT_EQ(FieldOf(back.status()), "party.contacts[0]");
}

TEST(ConvertTest, ErrorsNameTheField) {
  const auto field_of = [](const v1::Listing& listing) {
    const auto record = FromProto(listing, Side::kNeed, "listing.");
    EXPECT_EQ(ReasonOf(record.status()), Reason::kFieldInvalid);
    return FieldOf(record.status());
  };
  v1::Listing listing;
  listing.set_resource(static_cast<v1::ResourceKind>(99));
  EXPECT_EQ(field_of(listing), "listing.resource");
  listing.Clear();
  listing.add_modes(v1::COOPERATION_MODE_LOAN);
  listing.add_modes(v1::COOPERATION_MODE_UNSPECIFIED);
  EXPECT_EQ(field_of(listing), "listing.modes[1]");
  listing.Clear();
  listing.add_regions()->set_code("999999");
  EXPECT_EQ(field_of(listing), "listing.regions[0].code");
  listing.Clear();
  listing.set_valid_until("2025-02-30");
  EXPECT_EQ(field_of(listing), "listing.valid_until");
  listing.Clear();
  listing.mutable_party()->add_qualifications()->set_valid_from("soon");
  EXPECT_EQ(field_of(listing), "listing.party.qualifications[0].valid_from");
}

TEST(ConvertTest, BasicViewLeavesOutTheLongTexts) {
  Random random(7);
  ListingRecord record = AnyListing(random);
  record.description = "long";
  record.party = AnyParty(random);
  record.party.contacts = {{"张三", "", "138", "", true}};
  v1::Listing listing = ToProto(record, Contacts::kMasked);
  MakeBasic(&listing);
  EXPECT_EQ(listing.description(), "");
  EXPECT_EQ(listing.title(), record.title);
  EXPECT_EQ(listing.party().contacts_size(), 0);
  EXPECT_EQ(listing.party().display_name(), record.party.name);
}

TEST(ConvertTest, ExplanationsSurviveTheWire) {
  Explanation explanation;
  explanation.evidence = {{"same-word",
                           "两边都说到氧化铝",
                           {{Span::Field::kTitle, 0, 9, "氧化铝"}},
                           {{Span::Field::kDescription, 3, 12, "氧化铝"}},
                           0.25}};
  explanation.objections = {{"amount", "价格高于预算", {}, {}, -0.1}};
  explanation.margins = {{Constraint::kAmount, true, false, true, -0.48, "万元", "价格比预算高 0.48 万元"},
                         {Constraint::kTrl, false, true, false, 0, "级", "没有写成熟度"}};
  explanation.summary = "值得一谈";
  v1::ExplainMatchResponse response;
  ToProto(explanation, &response);
  const auto back = FromProto(response);
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->evidence.size(), 1u);
  EXPECT_EQ(back->evidence[0].offering_spans[0].field, Span::Field::kDescription);
  EXPECT_EQ(back->evidence[0].offering_spans[0].quote, "氧化铝");
  EXPECT_EQ(back->objections[0].share, -0.1);
  ASSERT_EQ(back->margins.size(), 2u);
  EXPECT_EQ(back->margins[0].constraint, Constraint::kAmount);
  EXPECT_EQ(back->margins[0].amount, -0.48);
  EXPECT_TRUE(back->margins[0].must);
  EXPECT_FALSE(back->margins[1].known);
  EXPECT_EQ(back->summary, "值得一谈");
}

TEST(ConvertTest, DiagnosesSurviveTheWire) {
  NeedDiagnosis diagnosis{"N1", "换热器结垢", {}};
  NeedFinding present;
  present.aspect = NeedAspect::kMaturity;
  present.state = FindingState::kPresent;
  present.field = "trl";
  present.value = "TRL 6";
  present.spans = {{Span::Field::kDescription, 3, 9, "中试"}};
  NeedFinding missing;
  missing.aspect = NeedAspect::kMode;
  missing.state = FindingState::kMissing;
  missing.question = "请问希望怎样合作？";
  missing.groups = {{"采购", {"O2", "O1"}}, {"", {"O3"}}};
  missing.effect = "回答后可区分候选";
  diagnosis.findings = {present, missing};
  v1::DiagnoseNeedResponse response;
  ToProto(diagnosis, &response);
  const auto back = FromProto(response);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->need_id, "N1");
  EXPECT_EQ(back->title, "换热器结垢");
  ASSERT_EQ(back->findings.size(), 2u);
  EXPECT_EQ(back->findings[0].aspect, NeedAspect::kMaturity);
  EXPECT_EQ(back->findings[0].state, FindingState::kPresent);
  EXPECT_EQ(back->findings[0].field, "trl");
  EXPECT_EQ(back->findings[0].value, "TRL 6");
  EXPECT_EQ(back->findings[0].spans.at(0).quote, "中试");
  EXPECT_EQ(back->findings[0].spans.at(0).field, Span::Field::kDescription);
  EXPECT_EQ(back->findings[1].question, missing.question);
  EXPECT_EQ(back->findings[1].groups, missing.groups);
  EXPECT_EQ(back->findings[1].effect, missing.effect);

  response.mutable_findings(0)->set_aspect(v1::NEED_ASPECT_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(FromProto(response).status()), Reason::kFieldInvalid);
}

TEST(ConvertTest, RunOptionsAreCheckedAndFilledIn) {
  PlanOptions plan;
  ConstraintSet must;
  v1::MatchRunOptions options;
  options.set_need_capacity(0);
  options.add_must(v1::CONSTRAINT_REGION);
  ASSERT_TRUE(FromProto(options, "", &plan, &must).ok());
  EXPECT_EQ(plan.need_capacity, 0);
  EXPECT_EQ(plan.offering_capacity, PlanOptions().offering_capacity);
  EXPECT_TRUE(must.Has(Constraint::kRegion));
  EXPECT_EQ(ToProto(plan, must).candidates(), PlanOptions().candidates);

  options.set_threshold(1.5);
  EXPECT_EQ(FieldOf(FromProto(options, "match_run.options.", &plan, &must)), "match_run.options.threshold");
  options.set_threshold(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(FromProto(options, "", &plan, &must).ok());
  options.clear_threshold();
  options.set_candidates(0);
  EXPECT_EQ(FieldOf(FromProto(options, "", &plan, &must)), "candidates");
}

TEST(ConvertTest, RulesComeBackAsTheyWereSent) {
  PlanOptions plan;
  plan.need_minimum = 1;
  plan.objective = Objective::kMaxMin;
  plan.what_ifs = 3;
  plan.rules = *PlanRulesFromJson(R"({
    "groups": [{"name": "西部", "side": "need", "regions": ["西部地区"], "kinds": ["firm"], "first_timer": false, "at_least": 2},
               {"name": "some", "listings": ["N1"], "parties": ["甲公司"], "qualifications": ["高新技术企业"],
                "small": true, "at_most": 9, "each_at_least": 1, "each_at_most": 4}],
    "must_meet": [{"need": "N1", "offering": "O1"}], "excluded": [{"need_party": "甲公司", "offering_party": "乙所"}]})");
  const v1::MatchRunOptions sent = ToProto(plan, {});
  PlanOptions read;
  ConstraintSet must;
  ASSERT_TRUE(FromProto(sent, "", &read, &must).ok());
  EXPECT_EQ(ToProto(read, must).SerializeAsString(), sent.SerializeAsString());
  ASSERT_EQ(read.rules.groups.size(), 2u);
  EXPECT_EQ(read.rules.groups[0].first_timer, false);
  EXPECT_EQ(read.rules.groups[0].small, std::nullopt);
  EXPECT_EQ(read.rules.groups[1].each_at_most, 4);
  EXPECT_EQ(read.rules.excluded[0].offering_party, "乙所");
  EXPECT_EQ(read.objective, Objective::kMaxMin);
}

TEST(ConvertTest, MistakesInRulesAreNamedByTheirPath) {
  const auto refused = [](const v1::MatchRunOptions& options) {
    PlanOptions plan;
    ConstraintSet must;
    return FromProto(options, "match_run.options.", &plan, &must);
  };
  v1::MatchRunOptions options;
  options.mutable_rules()->add_groups()->set_name("A");
  EXPECT_EQ(FieldOf(refused(options)), "match_run.options.rules.groups[0]");
  options.mutable_rules()->mutable_groups(0)->set_side(v1::SIDE_NEED);
  EXPECT_TRUE(refused(options).ok());
  options.mutable_rules()->mutable_groups(0)->set_at_least(-1);
  EXPECT_EQ(FieldOf(refused(options)), "match_run.options.rules.groups[0].at_least");
  options.clear_rules();
  options.mutable_rules()->add_must_meet()->set_need("N1");
  EXPECT_EQ(FieldOf(refused(options)), "match_run.options.rules.must_meet[0].offering");
  options.clear_rules();
  options.set_fairness(2);
  EXPECT_EQ(FieldOf(refused(options)), "match_run.options.fairness");
  options.set_fairness(0);
  options.set_what_if_count(1000);
  EXPECT_EQ(FieldOf(refused(options)), "match_run.options.what_if_count");
}

}  // namespace
}  // namespace magpie
