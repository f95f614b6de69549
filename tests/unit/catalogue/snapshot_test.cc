#include "magpie/catalogue/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ListingRecord Need(std::string id, std::string title, std::string party = "") {
  ListingRecord record;
  record.id = std::move(id);
  record.id_given = !record.id.empty();
  record.title = std::move(title);
  record.party.name = std::move(party);
  return record;
}

std::shared_ptr<const Snapshot> Build(std::vector<ListingRecord> needs, std::vector<ListingRecord> offerings = {}) {
  auto snapshot = BuildSnapshot(std::move(needs), std::move(offerings));
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return *snapshot;
}

TEST(BuildSnapshot, KeepsTheOrderAndFindsIds) {
  const auto snapshot = Build({Need("N2", "乙"), Need("N1", "甲"), Need("abc-1", "丙")}, {Need("N2", "丁")});
  ASSERT_EQ(snapshot->need_count(), 3);
  ASSERT_EQ(snapshot->offering_count(), 1);
  EXPECT_EQ(snapshot->need(NeedIndex(0)).record.title, "乙");
  EXPECT_EQ(snapshot->FindNeed("N1"), NeedIndex(1));
  EXPECT_EQ(snapshot->FindOffering("N2"), OfferingIndex(0));
  EXPECT_EQ(snapshot->offering(OfferingIndex(0)).record.side, Side::kOffering);
  EXPECT_EQ(snapshot->need(NeedIndex(2)).resource_id, "abc-1");
  const std::string resource_id = snapshot->need(NeedIndex(0)).resource_id;
  EXPECT_TRUE(resource_id.starts_with("n-"));
  EXPECT_EQ(resource_id.size(), 18u);
  EXPECT_EQ(snapshot->FindNeed(resource_id), NeedIndex(0));
  EXPECT_FALSE(snapshot->FindNeed("N3").valid());
  EXPECT_FALSE(snapshot->FindNeed("").valid());
  EXPECT_EQ(snapshot->version(), 0);
  EXPECT_EQ(snapshot->party_count(), 0);
}

TEST(BuildSnapshot, RefusesAnIdUsedTwice) {
  const auto snapshot = BuildSnapshot({Need("A", "甲"), Need("A", "乙")}, {});
  ASSERT_FALSE(snapshot.ok());
  EXPECT_EQ(ReasonOf(snapshot.status()), Reason::kAlreadyExists);
  EXPECT_THAT(ErrorText(snapshot.status()), HasSubstr("'A'"));
}

TEST(BuildSnapshot, GivesIdsToListingsWithoutOne) {
  const auto first = Build({Need("", "甲"), Need("", "甲"), Need("", "乙")});
  const auto second = Build({Need("", "甲"), Need("", "甲"), Need("", "乙")});
  std::set<std::string> ids;
  for (std::int32_t i = 0; i < 3; ++i) {
    const Listing& listing = first->need(NeedIndex(i));
    EXPECT_TRUE(ids.insert(listing.record.id).second);
    EXPECT_EQ(listing.record.id, second->need(NeedIndex(i)).record.id);
    EXPECT_EQ(listing.resource_id, listing.record.id);
  }
}

TEST(BuildSnapshot, UnitesPartiesByNameAliasAndId) {
  ListingRecord a = Need("A", "甲", "宁波某某（集团）有限公司");
  a.party.aliases = {"某某集团"};
  ListingRecord b = Need("B", "乙", "宁波 某某(集团)有限公司");
  ListingRecord c = Need("C", "丙", "某某集团");
  ListingRecord d = Need("D", "丁", "某某集团");
  d.party.id = "P7";
  ListingRecord e = Need("E", "戊", "完全另外的名字");
  e.party.id = "P7";
  ListingRecord f = Need("F", "己", "别家公司");
  ListingRecord g = Need("G", "庚", "完全另外的名字");
  const auto snapshot = Build({a, b, c, d, e}, {f, g});
  ASSERT_EQ(snapshot->party_count(), 2);
  for (std::int32_t i = 0; i < 5; ++i) EXPECT_EQ(snapshot->need(NeedIndex(i)).party, PartyIndex(0)) << i;
  EXPECT_EQ(snapshot->offering(OfferingIndex(0)).party, PartyIndex(1));
  EXPECT_EQ(snapshot->offering(OfferingIndex(1)).party, PartyIndex(0));
  const Party& party = snapshot->party(PartyIndex(0));
  EXPECT_EQ(party.record.id, "P7");
  EXPECT_EQ(party.record.name, "宁波某某（集团）有限公司");
  EXPECT_THAT(party.record.aliases, ElementsAre("某某集团", "完全另外的名字"));
  for (const std::string_view name : {"P7", "某某集团", "宁波某某(集团)有限公司"}) {
    EXPECT_EQ(snapshot->FindParty(name), PartyIndex(0)) << name;
  }
  EXPECT_EQ(snapshot->FindParty(party.resource_id), PartyIndex(0));
  EXPECT_FALSE(snapshot->FindParty("没有的公司").valid());
  EXPECT_FALSE(snapshot->FindParty("").valid());
}

TEST(BuildSnapshot, TellsNamesakesApartByTheirIds) {
  ListingRecord a = Need("A", "甲", "第一医院"), b = Need("B", "乙", "第一医院"), c = Need("C", "丙", "第一医院");
  a.party.id = "H1";
  b.party.id = "H2";
  const auto snapshot = Build({a, b, c});
  ASSERT_EQ(snapshot->party_count(), 2);
  EXPECT_EQ(snapshot->FindParty("H1"), PartyIndex(0));
  EXPECT_EQ(snapshot->FindParty("H2"), PartyIndex(1));
  EXPECT_EQ(snapshot->FindParty("第一医院"), PartyIndex(0));
  EXPECT_EQ(snapshot->need(NeedIndex(2)).party, PartyIndex(0));
}

TEST(BuildSnapshot, PutsFactsTogetherAndKeepsContradictions) {
  ListingRecord a = Need("A", "甲", "秦岭科技大学"), b = Need("B", "乙", "秦岭科技大学"), c = b, d = b;
  a.party.region = ParseRegion("陕西省");
  b.party.kind = PartyKind::kUniversity;
  b.party.region = ParseRegion("陕西省/西安市");
  b.party.extra_json = R"({"rank":3,"web":"x.example"})";
  c.id = "C";
  c.party.kind = PartyKind::kInstitute;
  c.party.region = ParseRegion("陕西");
  c.party.contacts = {{"张三", "", "123", "", false}};
  c.party.extra_json = R"({"rank":4})";
  d.id = "D";
  d.party.kind = PartyKind::kInstitute;
  d.party.region = ParseRegion("宁波");
  const auto snapshot = Build({a, b, c, d});
  ASSERT_EQ(snapshot->party_count(), 1);
  const PartyRecord& party = snapshot->party(PartyIndex(0)).record;
  EXPECT_EQ(party.kind, PartyKind::kUniversity);
  EXPECT_EQ(party.region.code, "610100");
  EXPECT_EQ(party.contacts.size(), 1u);
  const auto extra = nlohmann::json::parse(party.extra_json);
  EXPECT_EQ(extra["rank"], 3);
  EXPECT_EQ(extra["web"], "x.example");
  EXPECT_EQ(extra["conflicts"], nlohmann::json::parse(R"([
      {"field": "kind", "value": "institute", "source": "C"}, {"field": "rank", "value": "4", "source": "C"},
      {"field": "region", "value": "宁波", "source": "D"}])"));
  // The listing itself still says what it said.
  EXPECT_EQ(snapshot->need(NeedIndex(2)).record.party.kind, PartyKind::kInstitute);
}

TEST(BuildSnapshot, LinksParentsWithoutCycles) {
  ListingRecord a = Need("A", "甲", "光学所"), b = Need("B", "乙", "科学院"), c = Need("C", "丙", "光机实验室");
  a.party.parent = "科学院";      // named before it is there
  b.party.parent = "光机实验室";  // would close the circle
  c.party.parent = "光学所";
  const auto snapshot = Build({a, b, c});
  ASSERT_EQ(snapshot->party_count(), 3);
  int links = 0;
  for (std::int32_t i = 0; i < 3; ++i) {
    int steps = 0;
    for (PartyIndex p(i); p.valid(); p = snapshot->party(p).parent) ASSERT_LT(++steps, 4);
    links += snapshot->party(PartyIndex(i)).parent.valid() ? 1 : 0;
  }
  EXPECT_EQ(links, 2);
  EXPECT_EQ(snapshot->party(PartyIndex(0)).parent, PartyIndex(1));

  ListingRecord self = Need("S", "甲", "自己");
  self.party.parent = "自己";
  EXPECT_FALSE(Build({self})->party(PartyIndex(0)).parent.valid());
  ListingRecord orphan = Need("O", "甲", "分公司");
  orphan.party.parent = "总公司";
  const auto alone = Build({orphan});
  EXPECT_FALSE(alone->party(PartyIndex(0)).parent.valid());
  EXPECT_EQ(alone->party(PartyIndex(0)).record.parent, "总公司");
}

TEST(Snapshot, TakesFinishedRows) {
  auto party = std::make_shared<Party>();
  party->record.name = "某公司";
  party->resource_id = "p-1";
  auto need = std::make_shared<Listing>();
  need->record = Need("N1", "题", "某公司");
  need->resource_id = "n-1";
  need->party = PartyIndex(0);
  const Snapshot snapshot({party}, {need}, {}, 7);
  EXPECT_EQ(snapshot.version(), 7);
  EXPECT_EQ(snapshot.FindNeed("n-1"), NeedIndex(0));
  EXPECT_EQ(snapshot.FindParty("某公司"), PartyIndex(0));
}

TEST(PartyKey, ForgetsWhatPeopleTypeDifferently) {
  EXPECT_EQ(PartyKey("ＡＢＣ （中国） 有限公司"), PartyKey("abc(中国)有限公司"));
  EXPECT_EQ(PartyKey("某某【集团】公司"), PartyKey("某某(集团)公司"));
  EXPECT_EQ(PartyKey(" \u3000某某\u200b公司\n"), "某某公司");
  EXPECT_NE(PartyKey("某某有限公司"), PartyKey("某某公司"));
  EXPECT_EQ(PartyKey("Müller—GmbH"), PartyKey("MÜLLER-GMBH"));
  EXPECT_EQ(PartyKey(""), "");
}

TEST(ResourceId, IsLegalForEveryId) {
  EXPECT_EQ(ResourceId("abc-1", "n"), "abc-1");
  EXPECT_EQ(ResourceId("a", "n"), "a");
  EXPECT_EQ(ResourceId(std::string(63, 'a'), "n"), std::string(63, 'a'));
  for (const std::string& id : {std::string(""), std::string("N1"), std::string("1a"), std::string("a-"),
                                std::string(64, 'a'), std::string("需求清单/成果/3"), std::string("a b")}) {
    const std::string resource_id = ResourceId(id, "n");
    EXPECT_EQ(resource_id.size(), 18u) << id;
    EXPECT_TRUE(resource_id.starts_with("n-")) << id;
    EXPECT_EQ(resource_id, ResourceId(id, "n"));
    EXPECT_EQ(resource_id, ResourceId(resource_id, "n"));
  }
}

TEST(ValidateListing, NamesTheFieldAndTheValue) {
  const auto check = [](auto change) {
    ListingRecord record = Need("A", "题", "某公司");
    change(record);
    const absl::Status status = ValidateListing(record);
    return status.ok() ? std::string("OK") : std::string(ReasonName(ReasonOf(status))) + " " + ErrorText(status);
  };
  EXPECT_EQ(check([](auto&) {}), "OK");
  EXPECT_THAT(check([](auto& r) { r.title = " \u3000"; }), HasSubstr("FIELD_MISSING title"));
  EXPECT_EQ(check([](auto& r) {
              r.title = "";
              for (int i = 0; i < 500; ++i) r.title += "字";
            }),
            "OK");
  EXPECT_THAT(check([](auto& r) {
                r.title = "";
                for (int i = 0; i < 501; ++i) r.title += "字";
              }),
              HasSubstr("501"));
  EXPECT_THAT(check([](auto& r) { r.id = "a\tb"; }), HasSubstr("FIELD_INVALID id: "));
  EXPECT_THAT(check([](auto& r) { r.trl = 12; }), HasSubstr("trl: 12"));
  EXPECT_THAT(check([](auto& r) { r.trl = 0; }), HasSubstr("trl: 0"));
  EXPECT_THAT(check([](auto& r) { r.capacity = -1; }), HasSubstr("capacity: -1"));
  EXPECT_EQ(check([](auto& r) { r.capacity = 0; }), "OK");
  EXPECT_THAT(check([](auto& r) { r.keywords.assign(101, "词"); }), HasSubstr("keywords: has 101"));
  EXPECT_THAT(check([](auto& r) { r.keywords = {"好", "\xff"}; }), HasSubstr("keywords[1]: "));
  EXPECT_THAT(check([](auto& r) {
                r.amount.emplace();
                r.amount->low_cents = 3 * kCentsPerWan;
                r.amount->high_cents = kCentsPerWan;
              }),
              HasSubstr("amount: low 3 lies above high 1"));
  EXPECT_THAT(check([](auto& r) {
                r.amount.emplace();
                r.amount->currency = "人民币";
              }),
              HasSubstr("amount.currency: '人民币'"));
  EXPECT_THAT(check([](auto& r) {
                r.valid_from = ParseDate("2025-03-02");
                r.valid_until = ParseDate("2025-03-01");
              }),
              HasSubstr("valid_until: 2025-03-01"));
  EXPECT_THAT(check([](auto& r) { r.party.aliases = {"甲", std::string(300, 'x')}; }), HasSubstr("party.aliases[1]: "));
  EXPECT_THAT(check([](auto& r) {
                r.party.qualifications = {{"高企", ParseDate("2025-01-02"), ParseDate("2025-01-01")}};
              }),
              HasSubstr("party.qualifications[0].valid_until: "));
  EXPECT_TRUE(ValidateListing(Need("", "没有单位也没有编号")).ok());
  PartyRecord nameless;
  nameless.id = "P1";
  EXPECT_EQ(ReasonOf(ValidateParty(nameless)), Reason::kFieldMissing);
  EXPECT_EQ(FieldOf(ValidateParty(nameless)), "party.name");
}

// Random changes on a list, its copies and a plain vector: all stay what they were.
TEST(RowList, AgreesWithAPlainVectorAndItsCopiesStay) {
  const std::uint64_t seed = 20260301;
  SCOPED_TRACE(seed);
  Random random(seed);
  RowList<int> list;
  std::vector<std::pair<std::int64_t, int>> twin;
  std::vector<std::pair<RowList<int>, std::vector<std::pair<std::int64_t, int>>>> copies;
  const auto equal = [](const RowList<int>& rows, const std::vector<std::pair<std::int64_t, int>>& expected) {
    ASSERT_EQ(rows.size(), expected.size());
    std::size_t i = 0;
    for (const auto& row : rows) {
      ASSERT_EQ(*row, expected[i].second);
      ASSERT_EQ(rows.order(i), expected[i].first);
      ASSERT_EQ(*rows[i], expected[i].second);
      ASSERT_EQ(rows.Find(expected[i].first), static_cast<std::int64_t>(i));
      ++i;
    }
    ASSERT_EQ(i, expected.size());
  };
  for (int step = 0; step < 40'000; ++step) {
    const std::uint64_t kind = random.Below(10);
    const bool growing = step % 20'000 < 12'000;
    if (twin.empty() || kind < (growing ? 6u : 1u)) {
      twin.emplace_back(list.Append(std::make_shared<const int>(step)), step);
    } else if (const std::size_t position = random.Below(twin.size()); kind < 8) {
      if (growing) {
        list.Replace(position, std::make_shared<const int>(-step));
        twin[position].second = -step;
      } else {
        EXPECT_EQ(list.Find(twin[position].first), static_cast<std::int64_t>(position));
        const std::int64_t order = twin[position].first;
        list.Erase(position);
        twin.erase(twin.begin() + static_cast<std::ptrdiff_t>(position));
        EXPECT_EQ(list.Find(order), -1);
      }
    }
    if (step % 4'001 == 0) copies.emplace_back(list, twin);
  }
  equal(list, twin);
  for (const auto& [rows, expected] : copies) equal(rows, expected);
}

TEST(KeyIndex, FindsWhatWasAdded) {
  KeyIndex index;
  std::map<std::string, std::set<std::int64_t>> twin;
  Random random(7);
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = "k" + std::to_string(random.Below(3000));
    const auto order = static_cast<std::int64_t>(random.Below(5));
    if (random.Below(3) > 0) {
      index.Add(key, order);
      twin[key].insert(order);
    } else {
      index.Remove(key, order);
      twin[key].erase(order);
    }
  }
  for (const auto& [key, orders] : twin) {
    EXPECT_EQ(index.Find(key), std::vector<std::int64_t>(orders.begin(), orders.end())) << key;
  }
  EXPECT_TRUE(index.Find("nobody").empty());
}

}  // namespace
}  // namespace magpie
