#include "magpie/catalogue/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "magpie/base/random.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class CatalogueTest : public testing::Test {
 protected:
  CatalogueTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("magpie_catalogue_test_" + std::to_string(getpid()) + "_" + std::string(info->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Reopen();
  }
  ~CatalogueTest() override {
    catalogue_.reset();
    fs::remove_all(folder_);
  }

  void Reopen() {
    catalogue_.reset();
    auto store = OpenSqliteStore(folder_ / "workspace.db", {});
    ASSERT_TRUE(store.ok()) << store.status();
    auto catalogue = Catalogue::Open(*std::move(store));
    ASSERT_TRUE(catalogue.ok()) << catalogue.status();
    catalogue_ = *std::move(catalogue);
  }
  std::shared_ptr<const Listing> Put(const ListingRecord& record, OnExisting on_existing = OnExisting::kReplace,
                                     std::optional<std::int64_t> version = std::nullopt) {
    auto listing = catalogue_->PutListing(record, on_existing, version, {});
    EXPECT_TRUE(listing.ok()) << listing.status();
    return listing.ok() ? *listing : nullptr;
  }
  absl::Status PutStatus(const PartyRecord& record, OnExisting on_existing = OnExisting::kReplace) {
    return catalogue_->PutParty(record, on_existing, std::nullopt, {}).status();
  }
  const Party& PartyOf(std::string_view name) {
    held_ = catalogue_->snapshot();
    const PartyIndex index = held_->FindParty(name);
    EXPECT_TRUE(index.valid()) << name;
    return held_->party(index);
  }

  fs::path folder_;
  std::unique_ptr<Catalogue> catalogue_;
  std::shared_ptr<const Snapshot> held_;
};

ListingRecord Record(Side side, std::string id, std::string title, std::string party = "") {
  ListingRecord record;
  record.side = side;
  record.id = std::move(id);
  record.id_given = !record.id.empty();
  record.title = std::move(title);
  record.party.name = std::move(party);
  return record;
}

PartyRecord PartyNamed(std::string name, std::string id = "", std::string parent = "") {
  PartyRecord party;
  party.name = std::move(name);
  party.id = std::move(id);
  party.parent = std::move(parent);
  return party;
}

// Everything that two snapshots of the same state must agree on.
void ExpectEqual(const Snapshot& a, const Snapshot& b) {
  ASSERT_EQ(a.version(), b.version());
  ASSERT_EQ(a.party_count(), b.party_count());
  for (std::int32_t i = 0; i < a.party_count(); ++i) {
    const Party &x = a.party(PartyIndex(i)), &y = b.party(PartyIndex(i));
    ASSERT_EQ(x.record, y.record) << x.record.name << " " << x.record.extra_json << " " << y.record.extra_json;
    ASSERT_EQ(x.resource_id, y.resource_id);
    ASSERT_EQ(x.parent, y.parent) << x.record.name;
    ASSERT_EQ(x.version, y.version) << x.record.name;
    ASSERT_EQ(a.FindParty(x.record.name), b.FindParty(x.record.name)) << x.record.name;
    for (const std::string& alias : x.record.aliases) ASSERT_EQ(a.FindParty(alias), b.FindParty(alias));
  }
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    ASSERT_EQ(a.listings(side).size(), b.listings(side).size());
    for (std::size_t i = 0; i < a.listings(side).size(); ++i) {
      const Listing &x = *a.listings(side)[i], &y = *b.listings(side)[i];
      ASSERT_EQ(x.record, y.record) << x.record.id;
      ASSERT_EQ(x.resource_id, y.resource_id);
      ASSERT_EQ(x.party, y.party) << x.record.id << " of " << x.record.party.name;
      ASSERT_EQ(x.version, y.version);
      const auto find = [&](const Snapshot& s, std::string_view id) {
        return side == Side::kNeed ? s.FindNeed(id).value : s.FindOffering(id).value;
      };
      for (const std::string& id : {x.record.id, x.resource_id}) {
        ASSERT_EQ(find(a, id), static_cast<std::int32_t>(i));
        ASSERT_EQ(find(b, id), static_cast<std::int32_t>(i));
      }
    }
  }
}

TEST_F(CatalogueTest, KeepsWhatWasPut) {
  const auto before = catalogue_->snapshot();
  EXPECT_EQ(before->version(), 0);
  const auto need = Put(Record(Side::kNeed, "N1", "抛光", "宁波光学"));
  EXPECT_EQ(need->version, 1);
  EXPECT_EQ(need->party, PartyIndex(0));
  Put(Record(Side::kOffering, "N1", "磨头", "西安所"));
  EXPECT_EQ(before->need_count(), 0) << "an old snapshot must stay as it was";
  EXPECT_EQ(catalogue_->snapshot()->version(), 2);
  Reopen();
  const auto snapshot = catalogue_->snapshot();
  EXPECT_EQ(snapshot->version(), 2);
  EXPECT_EQ(snapshot->need(snapshot->FindNeed("N1")).record.title, "抛光");
  EXPECT_EQ(snapshot->offering(snapshot->FindOffering("N1")).record.party.name, "西安所");
  EXPECT_EQ(snapshot->party_count(), 2);
  EXPECT_EQ(PartyOf("西安所").version, 2);
}

TEST_F(CatalogueTest, HonoursOnExistingAndVersions) {
  const ListingRecord first = Record(Side::kNeed, "N1", "甲");
  ListingRecord second = first;
  second.title = "乙";
  Put(first, OnExisting::kRefuse);
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(second, OnExisting::kRefuse, {}, {}).status()), Reason::kAlreadyExists);
  EXPECT_EQ(Put(second, OnExisting::kKeep)->record.title, "甲");
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(second, OnExisting::kReplace, 7, {}).status()), Reason::kEtagMismatch);
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(second, OnExisting::kReplace, 0, {}).status()), Reason::kEtagMismatch);
  EXPECT_EQ(Put(second, OnExisting::kReplace, 1)->version, 2);
  // By resource id, the external id stays.
  ListingRecord third = second;
  third.id = catalogue_->snapshot()->need(NeedIndex(0)).resource_id;
  third.title = "丙";
  EXPECT_EQ(Put(third)->record.id, "N1");
  EXPECT_EQ(catalogue_->snapshot()->need_count(), 1);
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(Record(Side::kNeed, "N2", ""), OnExisting::kReplace, {}, {}).status()),
            Reason::kFieldMissing);
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(Record(Side::kNeed, "N2", "x"), OnExisting::kReplace, 4, {}).status()),
            Reason::kEtagMismatch);
}

TEST_F(CatalogueTest, GivesIdsToListingsWithoutOne) {
  const auto a = Put(Record(Side::kOffering, "", "甲"));
  const auto b = Put(Record(Side::kOffering, "", "甲"));
  EXPECT_TRUE(a->record.id.starts_with("o-"));
  EXPECT_NE(a->record.id, b->record.id);
  EXPECT_FALSE(a->record.id_given);
  Reopen();
  EXPECT_EQ(catalogue_->snapshot()->offering(OfferingIndex(1)).record, b->record);
}

TEST_F(CatalogueTest, Deletes) {
  for (int i = 0; i < 5; ++i) Put(Record(Side::kNeed, "N" + std::to_string(i), "题", "单位" + std::to_string(i)));
  EXPECT_EQ(ReasonOf(catalogue_->DeleteListing(Side::kNeed, "N9", {}, {})), Reason::kNeedNotFound);
  EXPECT_EQ(ReasonOf(catalogue_->DeleteListing(Side::kOffering, "N1", {}, {})), Reason::kOfferingNotFound);
  EXPECT_EQ(ReasonOf(catalogue_->DeleteListing(Side::kNeed, "N1", 77, {})), Reason::kEtagMismatch);
  ASSERT_TRUE(catalogue_->DeleteListing(Side::kNeed, "N1", 2, {}).ok());
  const auto snapshot = catalogue_->snapshot();
  EXPECT_EQ(snapshot->need_count(), 4);
  EXPECT_EQ(snapshot->FindNeed("N2"), NeedIndex(1));
  EXPECT_FALSE(snapshot->FindNeed("N1").valid());

  EXPECT_EQ(ReasonOf(catalogue_->DeleteParty("单位2", {}, {})), Reason::kWrongState);
  EXPECT_EQ(ReasonOf(catalogue_->DeleteParty("没有", {}, {})), Reason::kPartyNotFound);
  EXPECT_EQ(ReasonOf(catalogue_->DeleteParty("单位1", 77, {})), Reason::kEtagMismatch);
  ASSERT_TRUE(catalogue_->DeleteParty("单位1", {}, {}).ok());
  const auto after = catalogue_->snapshot();
  EXPECT_EQ(after->party_count(), 4);
  EXPECT_EQ(after->party(after->need(NeedIndex(3)).party).record.name, "单位4");
  EXPECT_EQ(snapshot->party(snapshot->need(NeedIndex(3)).party).record.name, "单位4");
  Reopen();
  ExpectEqual(*after, *catalogue_->snapshot());
}

TEST_F(CatalogueTest, RefusesToDeleteAParent) {
  ASSERT_TRUE(PutStatus(PartyNamed("总部")).ok());
  ASSERT_TRUE(PutStatus(PartyNamed("分部", "", "总部")).ok());
  const absl::Status refused = catalogue_->DeleteParty("总部", {}, {});
  EXPECT_EQ(ReasonOf(refused), Reason::kWrongState);
  EXPECT_THAT(ErrorText(refused), HasSubstr("分部"));
  ASSERT_TRUE(catalogue_->DeleteParty("分部", {}, {}).ok());
  EXPECT_TRUE(catalogue_->DeleteParty("总部", {}, {}).ok());
}

TEST_F(CatalogueTest, RenamesPartiesWithoutLosingTheirListings) {
  ListingRecord need = Record(Side::kNeed, "N1", "题", "旧名公司");
  need.party.aliases = {"别名甲", "别名乙"};
  Put(need);
  Put(Record(Side::kNeed, "N2", "题", "别名甲"));
  PartyRecord renamed = PartyNamed("新名公司", PartyOf("旧名公司").resource_id);
  const auto party = catalogue_->PutParty(renamed, OnExisting::kReplace, std::nullopt, {});
  ASSERT_TRUE(party.ok()) << party.status();
  EXPECT_EQ((*party)->record.id, "");
  EXPECT_EQ((*party)->record.name, "新名公司");
  EXPECT_THAT((*party)->record.aliases, UnorderedElementsAre("旧名公司", "别名甲")) << "names in use stay";
  const auto before = catalogue_->snapshot();
  EXPECT_FALSE(before->FindParty("别名乙").valid());
  EXPECT_EQ(before->need(NeedIndex(1)).party, PartyIndex(0));
  Reopen();
  ExpectEqual(*before, *catalogue_->snapshot());
}

TEST_F(CatalogueTest, RefusesNamesOfOthersAndCircles) {
  ASSERT_TRUE(PutStatus(PartyNamed("甲公司", "A")).ok());
  ASSERT_TRUE(PutStatus(PartyNamed("乙公司", "B", "甲公司")).ok());
  PartyRecord thief = PartyNamed("丙公司", "C");
  thief.aliases = {"新的", "乙公司"};
  absl::Status status = PutStatus(thief);
  EXPECT_EQ(ReasonOf(status), Reason::kAlreadyExists);
  EXPECT_EQ(FieldOf(status), "party.aliases[1]");
  EXPECT_EQ(ReasonOf(PutStatus(PartyNamed("乙公司", "A"))), Reason::kAlreadyExists);
  EXPECT_TRUE(PutStatus(PartyNamed("乙公司", "B2")).ok()) << "a namesake with an id of its own";
  EXPECT_EQ(ReasonOf(PutStatus(PartyNamed("甲公司", "A"), OnExisting::kRefuse)), Reason::kAlreadyExists);
  for (const std::string parent : {"乙公司", "甲公司", "A"}) {
    status = PutStatus(PartyNamed("甲公司", "A", parent));
    EXPECT_EQ(ReasonOf(status), Reason::kFieldInvalid) << parent;
    EXPECT_EQ(FieldOf(status), "party.parent");
  }
}

TEST_F(CatalogueTest, ACorrectedPartyForgetsItsContradictions) {
  ListingRecord a = Record(Side::kNeed, "N1", "题", "某所"), b = Record(Side::kNeed, "N2", "题", "某所");
  a.party.kind = PartyKind::kFirm;
  b.party.kind = PartyKind::kInstitute;
  Put(a);
  Put(b);
  EXPECT_THAT(PartyOf("某所").record.extra_json, HasSubstr("conflicts"));
  PartyRecord right = PartyNamed("某所");
  right.kind = PartyKind::kInstitute;
  ASSERT_TRUE(PutStatus(right).ok());
  EXPECT_EQ(PartyOf("某所").record.kind, PartyKind::kInstitute);
  EXPECT_EQ(PartyOf("某所").record.extra_json, "");
}

TEST_F(CatalogueTest, ImportsAllOrNothing) {
  std::vector<ListingRecord> records;
  for (int i = 0; i < 10; ++i) records.push_back(Record(Side::kNeed, "N" + std::to_string(i), "题", "单位"));
  auto bad = records;
  bad[7].trl = 12;
  const auto refused = catalogue_->ImportListings(bad, OnExisting::kReplace, false, {});
  EXPECT_EQ(FieldOf(refused.status()), "listings[7].trl");
  EXPECT_EQ(ReasonOf(refused.status()), Reason::kFieldInvalid);
  EXPECT_EQ(catalogue_->snapshot()->version(), 0);

  auto counts = catalogue_->ImportListings(records, OnExisting::kReplace, true, {});
  EXPECT_EQ(counts->created, 10);
  EXPECT_EQ(catalogue_->snapshot()->need_count(), 0) << "validate_only writes nothing";
  counts = catalogue_->ImportListings(records, OnExisting::kReplace, false, {});
  EXPECT_EQ(counts->created, 10);
  EXPECT_EQ(catalogue_->snapshot()->version(), 1) << "one batch";
  EXPECT_EQ(catalogue_->snapshot()->party_count(), 1);

  auto changed = records;
  changed[3].title = "改了";
  for (ListingRecord& record : changed) record.provenance = {"别的文件.csv", "", 5};
  counts = catalogue_->ImportListings(changed, OnExisting::kKeep, false, {});
  EXPECT_EQ(counts->unchanged, 10);
  EXPECT_EQ(catalogue_->snapshot()->version(), 1);
  EXPECT_EQ(ReasonOf(catalogue_->ImportListings(changed, OnExisting::kRefuse, false, {}).status()),
            Reason::kAlreadyExists);
  counts = catalogue_->ImportListings(changed, OnExisting::kReplace, false, {});
  EXPECT_EQ(counts->updated, 1);
  EXPECT_EQ(counts->unchanged, 9);
  EXPECT_EQ(catalogue_->snapshot()->need(NeedIndex(3)).record.title, "改了");

  // Twice in one call: the later one meets the earlier one.
  auto twice = catalogue_->ImportListings({Record(Side::kOffering, "O", "一"), Record(Side::kOffering, "O", "二")},
                                          OnExisting::kReplace, false, {});
  EXPECT_EQ(twice->created, 1);
  EXPECT_EQ(twice->updated, 1);
  EXPECT_EQ(catalogue_->snapshot()->offering(OfferingIndex(0)).record.title, "二");
}

TEST_F(CatalogueTest, ImportsPartiesInOneBatch) {
  std::vector<PartyRecord> records = {PartyNamed("甲公司"), PartyNamed("乙研究所", "yi"),
                                      PartyNamed("乙分所", "", "yi")};
  auto bad = records;
  bad[1].name.clear();
  EXPECT_EQ(FieldOf(catalogue_->ImportParties(bad, OnExisting::kReplace, false, {}).status()), "parties[1].name");
  EXPECT_EQ(catalogue_->snapshot()->version(), 0);
  EXPECT_EQ(catalogue_->ImportParties(records, OnExisting::kReplace, true, {})->created, 3);
  EXPECT_EQ(catalogue_->snapshot()->party_count(), 0) << "validate_only writes nothing";

  EXPECT_EQ(catalogue_->ImportParties(records, OnExisting::kReplace, false, {})->created, 3);
  EXPECT_EQ(catalogue_->snapshot()->version(), 1) << "one batch";
  EXPECT_EQ(catalogue_->ImportParties(records, OnExisting::kReplace, false, {})->unchanged, 3);
  records[0].kind = PartyKind::kFirm;
  EXPECT_EQ(catalogue_->ImportParties(records, OnExisting::kKeep, false, {})->unchanged, 3);
  EXPECT_EQ(ReasonOf(catalogue_->ImportParties(records, OnExisting::kRefuse, false, {}).status()),
            Reason::kAlreadyExists);
  EXPECT_EQ(catalogue_->ImportParties(records, OnExisting::kReplace, false, {})->updated, 1);
  const auto snapshot = catalogue_->snapshot();
  EXPECT_EQ(snapshot->party(snapshot->FindParty("甲公司")).record.kind, PartyKind::kFirm);
  EXPECT_EQ(snapshot->party(snapshot->FindParty("乙分所")).parent, snapshot->FindParty("yi"));
}

TEST_F(CatalogueTest, RequestsTakeEffectOnce) {
  const RequestRecord put{"r-put", "h1", ""}, import{"r-import", "h2", ""}, erase{"r-delete", "h3", ""};
  std::string id;
  for (int round = 0; round < 2; ++round) {
    const auto listing = catalogue_->PutListing(Record(Side::kNeed, "", "题"), OnExisting::kRefuse, {}, put);
    ASSERT_TRUE(listing.ok()) << listing.status();
    EXPECT_TRUE(id.empty() || id == (*listing)->record.id);
    id = (*listing)->record.id;
    const auto counts =
        catalogue_->ImportListings({Record(Side::kOffering, "O1", "题")}, OnExisting::kRefuse, false, import);
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->created, 1);
    const auto party = catalogue_->PutParty(PartyNamed("某"), OnExisting::kRefuse, {}, {"r-party", "h4", ""});
    EXPECT_TRUE(party.ok()) << party.status();
    if (round == 0) Put(Record(Side::kNeed, "gone", "题"));
    EXPECT_TRUE(catalogue_->DeleteListing(Side::kNeed, "gone", {}, erase).ok());
    EXPECT_EQ(catalogue_->snapshot()->need_count(), 1);
    EXPECT_EQ(catalogue_->snapshot()->version(), 5);
    Reopen();
  }
  EXPECT_EQ(
      ReasonOf(catalogue_->PutListing(Record(Side::kNeed, "", "别"), OnExisting::kRefuse, {}, {"r-put", "other", ""})
                   .status()),
      Reason::kRequestIdReused);
  EXPECT_EQ(**catalogue_->store().FindRequest("r-put", "h1"), id);
  ASSERT_TRUE(
      catalogue_->PutListing(Record(Side::kNeed, "X", "题"), OnExisting::kRefuse, {}, {"r-own", "h", "mine"}).ok());
  EXPECT_EQ(**catalogue_->store().FindRequest("r-own", "h"), "mine");
  ASSERT_TRUE(catalogue_->DeleteListing(Side::kNeed, id, {}, {}).ok());
  EXPECT_EQ(ReasonOf(catalogue_->PutListing(Record(Side::kNeed, "", "题"), OnExisting::kRefuse, {}, put).status()),
            Reason::kNeedNotFound);
}

TEST_F(CatalogueTest, AWriteThatFailsLeavesTheCatalogueAsItWas) {
  catalogue_.reset();
  StoreOptions options;
  options.max_bytes = 300'000;
  auto catalogue = *Catalogue::Open(*OpenSqliteStore(folder_ / "workspace.db", options));
  absl::Status status;
  int written = 0;
  for (; status.ok() && written < 100; ++written) {
    ListingRecord record = Record(Side::kNeed, std::to_string(written), "题");
    record.description = std::string(15'000, 'x');
    status = catalogue->PutListing(record, OnExisting::kRefuse, {}, {}).status();
  }
  EXPECT_EQ(ReasonOf(status), Reason::kLimitExceeded) << status;
  const auto snapshot = catalogue->snapshot();
  EXPECT_EQ(snapshot->need_count(), written - 1);
  catalogue.reset();
  Reopen();
  ExpectEqual(*snapshot, *catalogue_->snapshot());
}

// Random changes of all kinds: the catalogue is what a fresh one reads from its store, and as plain maps would have it.
TEST_F(CatalogueTest, IsWhatAFreshOneReads) {
  const std::uint64_t seed = 20260304;
  SCOPED_TRACE(seed);
  Random random(seed);
  const auto pick = [&](std::uint64_t bound) { return static_cast<int>(random.Below(bound)); };
  const auto name = [&] { return "单位" + std::to_string(pick(30)); };
  const auto party = [&] {
    PartyRecord record;
    if (pick(5) > 0) record.name = name();
    if (pick(4) == 0) record.id = "P" + std::to_string(pick(6));
    if (pick(6) == 0) record.id = name();  // an id that is somebody's name
    for (int i = pick(3); i > 0; --i) record.aliases.push_back("别名" + std::to_string(pick(8)));
    if (pick(3) == 0) record.parent = pick(2) == 0 ? name() : "P" + std::to_string(pick(6));
    if (pick(3) == 0) record.kind = static_cast<PartyKind>(pick(5));
    if (pick(3) == 0) record.region = ParseRegion(pick(2) == 0 ? "浙江" : "浙江宁波");
    if (pick(8) == 0) record.contacts = {{"张" + std::to_string(pick(3)), "", "", "", true}};
    if (pick(8) == 0) record.extra_json = R"({"level":)" + std::to_string(pick(3)) + "}";
    return record;
  };
  const auto listing = [&] {
    ListingRecord record = Record(pick(2) == 0 ? Side::kNeed : Side::kOffering, "L" + std::to_string(pick(60)),
                                  "题" + std::to_string(pick(1000)));
    record.party = party();
    record.provenance = {"a.csv", "", pick(100)};
    return record;
  };
  std::map<std::pair<Side, std::string>, std::string> titles;
  std::map<std::string, int> done;
  const auto count = [&](std::string_view what, bool ok) { ++done[std::string(what) + (ok ? "" : " refused")]; };
  for (int step = 0; step < 600; ++step) {
    switch (pick(8)) {
      case 0:
      case 1: {
        const ListingRecord record = listing();
        const auto put = catalogue_->PutListing(record, OnExisting::kReplace, {}, {});
        ASSERT_TRUE(put.ok()) << put.status();
        titles[{record.side, record.id}] = record.title;
        count("put", true);
        break;
      }
      case 2: {
        std::vector<ListingRecord> records;
        for (int i = pick(20); i > 0; --i) records.push_back(listing());
        ASSERT_TRUE(catalogue_->ImportListings(records, OnExisting::kReplace, false, {}).ok());
        for (const ListingRecord& record : records) titles[{record.side, record.id}] = record.title;
        break;
      }
      case 3:
      case 4: {
        const ListingRecord target = listing();
        const absl::Status status = catalogue_->DeleteListing(target.side, target.id, {}, {});
        ASSERT_EQ(status.ok(), titles.erase({target.side, target.id}) > 0);
        count("delete", status.ok());
        break;
      }
      case 5: {
        PartyRecord record = party();
        const auto snapshot = catalogue_->snapshot();
        if (pick(2) == 0 && snapshot->party_count() > 0) {  // rename by resource id
          record.id =
              snapshot->party(PartyIndex(pick(static_cast<std::uint64_t>(snapshot->party_count())))).resource_id;
        }
        count("party", PutStatus(record).ok());
        break;
      }
      case 6: {
        const auto snapshot = catalogue_->snapshot();
        if (snapshot->party_count() == 0) break;
        const Party& target = snapshot->party(PartyIndex(pick(static_cast<std::uint64_t>(snapshot->party_count()))));
        count("drop", catalogue_->DeleteParty(target.resource_id, {}, {}).ok());
        break;
      }
      default: {
        if (pick(3) > 0) break;
        const auto before = catalogue_->snapshot();
        Reopen();
        ExpectEqual(*before, *catalogue_->snapshot());
        if (HasFatalFailure()) FAIL() << "at step " << step;
      }
    }
    const auto snapshot = catalogue_->snapshot();
    ASSERT_EQ(titles.size(), static_cast<std::size_t>(snapshot->need_count() + snapshot->offering_count()));
    for (std::int32_t i = 0; i < snapshot->party_count(); ++i) {
      int steps = 0;
      for (PartyIndex p(i); p.valid(); p = snapshot->party(p).parent) ASSERT_LE(++steps, snapshot->party_count());
    }
  }
  const auto before = catalogue_->snapshot();
  for (const auto& [key, title] : titles) {
    const auto& rows = before->listings(key.first);
    const std::int32_t i =
        key.first == Side::kNeed ? before->FindNeed(key.second).value : before->FindOffering(key.second).value;
    ASSERT_EQ(rows[static_cast<std::size_t>(i)]->record.title, title);
  }
  Reopen();
  ExpectEqual(*before, *catalogue_->snapshot());
  for (const std::string what : {"put", "delete", "delete refused", "party", "party refused", "drop", "drop refused"}) {
    EXPECT_GT(done[what], 2) << what;
  }
}

// Each batch gives every listing of a side the same remark; a reader that saw two would see half a batch.
TEST_F(CatalogueTest, ReadersSeeWholeBatches) {
  std::atomic<bool> stop = false;
  std::atomic<int> looks = 0;
  std::vector<std::jthread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      std::int64_t last = 0;
      while (!stop) {
        const auto snapshot = catalogue_->snapshot();
        ASSERT_GE(snapshot->version(), last);
        last = snapshot->version();
        const auto& needs = snapshot->listings(Side::kNeed);
        for (std::size_t i = 0; i < needs.size(); ++i) {
          ASSERT_EQ(needs[i]->record.remark, needs[0]->record.remark);
          ASSERT_EQ(snapshot->FindNeed(needs[i]->record.id).value, static_cast<std::int32_t>(i));
          const Party& party = snapshot->party(needs[i]->party);
          ASSERT_EQ(party.record.name, needs[i]->record.party.name);
        }
        ++looks;
      }
    });
  }
  for (int batch = 1; batch <= 30; ++batch) {
    std::vector<ListingRecord> records;
    for (int i = 0; i < 40 * batch; ++i) {
      records.push_back(Record(Side::kNeed, "N" + std::to_string(i), "题", "单位" + std::to_string(i % 50)));
      records.back().remark = std::to_string(batch);
    }
    ASSERT_TRUE(catalogue_->ImportListings(records, OnExisting::kReplace, false, {}).ok());
  }
  stop = true;
  readers.clear();
  EXPECT_GT(looks, 3);
}

TEST_F(CatalogueTest, SaysWhichStoredRowIsUnreadable) {
  ASSERT_TRUE(catalogue_->store().Write({{"need", "N7", "{\"title\":", std::nullopt}}).ok());
  catalogue_.reset();
  const auto opened = Catalogue::Open(*OpenSqliteStore(folder_ / "workspace.db", {}));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(ReasonOf(opened.status()), Reason::kStoreCorrupt);
  EXPECT_EQ(FieldOf(opened.status()), "need/N7");
}

}  // namespace
}  // namespace magpie
