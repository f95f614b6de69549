// What outsiders get to know of a listing that is kept back: nothing but that it exists, in any answer, until both sides agree.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "magpie/base/status.h"
#include "magpie/engine/engine.h"
#include "magpie/service/rpc_status.h"
#include "service/catalogue_api.h"
#include "service/disclosure_api.h"
#include "service/match_api.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kParent[] = "workspaces/default";

constexpr char kWish[] = "需要检测轴承磁场的传感器，用于电机状态在线监测，灵敏度高，温漂低";
constexpr char kTitle[] = "轴承磁场传感器绝密方案甲";
constexpr char kText[] = "隧穿磁阻芯片检测轴承磁场，用于电机状态在线监测，灵敏度高，温漂低，成本十二元";
constexpr char kOtherTitle[] = "轴承磁场传感器保密做法乙";
constexpr char kOtherText[] = "霍尔阵列检测轴承磁场，用于电机状态在线监测，温漂低，灵敏度高，单价三元";

std::shared_ptr<Engine> SharedEngine() {
  static const std::shared_ptr<Engine> engine = Engine::Open(std::string(MAGPIE_SOURCE_DIR) + "/models").value();
  return engine;
}

// A fair of some open listings on magnet sensors and polishing, and one sealed offering of the institute "秘所".
class Fair {
 public:
  Fair(const std::string& name, const std::string& sealed_title, const std::string& sealed_text)
      : folder_(std::filesystem::path(testing::TempDir()) / ("magpie-sealed-" + name)) {
    std::filesystem::remove_all(folder_);
    backend_.workspaces = Workspaces::Open(folder_, {}).value();
    backend_.engine = SharedEngine();
    const char* topics[] = {"轴承磁场传感器在线监测", "光学元件镜面抛光工艺", "污水膜处理装置",
                            "锂电池电解液添加剂",     "激光清洗除锈设备",     "桥梁健康监测传感器",
                            "食品冷链温度记录仪",     "纺织染整废水回用技术"};
    for (int i = 0; i < 8; ++i) {
      const std::string text = i == 0 ? kWish : "求购，用于生产线，要求稳定可靠";
      Add(Side::kNeed, "n" + std::to_string(i), topics[i], text, "firm-" + std::to_string(i), {});
      Add(Side::kOffering, "o" + std::to_string(i), topics[7 - i], "成熟技术，已在工厂使用三年",
          "lab-" + std::to_string(i), {});
    }
    Add(Side::kOffering, "secret", sealed_title, sealed_text, "秘所", Disclosure::kSealed);
  }
  ~Fair() {
    backend_.workspaces.reset();
    std::filesystem::remove_all(folder_);
  }

  void Add(Side side, const std::string& id, const std::string& title, const std::string& text,
           const std::string& party, std::optional<Disclosure> disclosure) {
    v1::CreateListingRequest create;
    create.set_parent(kParent);
    create.set_listing_id(id);
    create.mutable_listing()->set_title(title);
    create.mutable_listing()->set_description(text);
    create.mutable_listing()->set_remark(text + "（备注）");
    create.mutable_listing()->mutable_party()->set_display_name(party);
    v1::Contact& contact = *create.mutable_listing()->mutable_party()->add_contacts();
    contact.set_display_name(party + "王工");
    contact.set_phone("13812345678");
    if (disclosure)
      create.mutable_listing()->set_disclosure(static_cast<v1::Disclosure>(static_cast<int>(*disclosure) + 1));
    v1::Listing created;
    const absl::Status status = CatalogueApi(backend_).CreateListing({}, side, create, &created);
    ASSERT_TRUE(status.ok()) << ErrorText(status);
    party_[party] = created.party().name();
  }

  Caller As(v1::Role role, const std::string& party = "") {
    Caller caller;
    caller.token.emplace();
    caller.token->set_name("tokens/" + (party.empty() ? std::string("x") : party));
    caller.token->set_display_name("somebody of " + party);
    caller.token->set_role(role);
    caller.token->set_workspace(kParent);
    if (!party.empty()) caller.token->set_party(party_.at(party));
    caller.method = "Test/Call";
    return caller;
  }
  Caller Member(const std::string& party) { return As(v1::ROLE_PARTY_MEMBER, party); }

  // Every answer that a caller of this role gets, one after the other.
  std::string AllAnswers(const Caller& caller) {
    std::string all;
    const auto add = [&](const absl::Status& status, const google::protobuf::Message& answer) {
      all += status.ok() ? answer.DebugString() : ErrorText(status);
      all += "\n----\n";
    };
    CatalogueApi catalogue(backend_);
    MatchApi match(backend_, operations_);
    const RunContext context;
    for (const Side side : {Side::kNeed, Side::kOffering}) {
      const std::string collection = std::string(kParent) + (side == Side::kNeed ? "/needs/" : "/offerings/");
      for (const char* filter : {"", "title:磁", "disclosure = sealed", "withheld_parts:*"}) {
        for (const char* order : {"", "title desc"}) {
          v1::ListListingsRequest list;
          list.set_parent(kParent);
          list.set_view(v1::VIEW_FULL);
          list.set_page_size(4);
          list.set_filter(filter);
          list.set_order_by(order);
          do {
            v1::ListListingsResponse page;
            add(catalogue.ListListings(caller, side, list, &page, context), page);
            list.set_page_token(page.next_page_token());
          } while (!list.page_token().empty());
        }
      }
      v1::GetListingRequest get;
      get.set_name(collection + "secret");
      v1::Listing listing;
      add(catalogue.GetListing(caller, side, get, &listing), listing);
      v1::BatchGetListingsRequest batch;
      batch.set_parent(kParent);
      batch.add_names(get.name());
      v1::BatchGetListingsResponse listings;
      add(catalogue.BatchGetListings(caller, side, batch, &listings), listings);
      v1::CheckListingRequest check;
      check.set_parent(kParent);
      check.mutable_listing()->set_title("轴承磁场传感器在线监测");
      v1::CheckListingResponse checked;
      add(catalogue.CheckListing(caller, side, check, &checked, context), checked);
      v1::SearchListingsRequest search;
      search.set_parent(kParent);
      search.set_query("磁场传感器");
      search.set_side(side == Side::kNeed ? v1::SIDE_NEED : v1::SIDE_OFFERING);
      search.set_view(v1::VIEW_FULL);
      search.set_page_size(3);
      do {
        v1::SearchListingsResponse page;
        add(match.SearchListings(caller, search, &page, context), page);
        search.set_page_token(page.next_page_token());
      } while (!search.page_token().empty());
    }
    v1::ListPartiesRequest parties;
    parties.set_parent(kParent);
    v1::ListPartiesResponse party_page;
    add(catalogue.ListParties(caller, parties, &party_page, context), party_page);
    v1::GetPartyRequest party;
    party.set_name(party_.at("秘所"));
    v1::Party one;
    add(catalogue.GetParty(caller, party, &one), one);
    for (int i = 0; i < 3; ++i) {
      const std::string need = fmt::format("{}/needs/n{}", kParent, i);
      v1::RecommendOfferingsRequest recommend;
      recommend.set_need(need);
      recommend.set_page_size(4);
      recommend.set_view(v1::VIEW_FULL);
      do {
        v1::RecommendResponse page;
        add(match.RecommendOfferings(caller, recommend, &page, context), page);
        recommend.set_page_token(page.next_page_token());
      } while (!recommend.page_token().empty());
      v1::ExplainMatchRequest explain;
      explain.set_need(need);
      explain.set_offering(std::string(kParent) + "/offerings/secret");
      v1::ExplainMatchResponse why;
      add(match.ExplainMatch(caller, explain, &why, context), why);
      v1::DiagnoseNeedRequest diagnose;
      diagnose.set_need(need);
      v1::DiagnoseNeedResponse diagnosis;
      add(match.DiagnoseNeed(caller, diagnose, &diagnosis, context), diagnosis);
    }
    v1::RecommendNeedsRequest recommend;
    recommend.set_offering(std::string(kParent) + "/offerings/secret");
    v1::RecommendResponse needs;
    add(match.RecommendNeeds(caller, recommend, &needs, context), needs);
    v1::ScorePairsRequest score;
    score.set_parent(kParent);
    for (int i = 0; i < 8; ++i) {
      v1::Pair& pair = *score.add_pairs();
      pair.set_need(fmt::format("{}/needs/n{}", kParent, i));
      pair.set_offering(std::string(kParent) + "/offerings/secret");
    }
    v1::ScorePairsResponse scores;
    add(match.ScorePairs(caller, score, &scores, context), scores);
    return all;
  }

  v1::Listing Get(const Caller& caller, const std::string& id = "secret", v1::View view = v1::VIEW_FULL) {
    v1::GetListingRequest get;
    get.set_name(std::string(kParent) + "/offerings/" + id);
    get.set_view(view);
    v1::Listing listing;
    const absl::Status status = CatalogueApi(backend_).GetListing(caller, Side::kOffering, get, &listing);
    EXPECT_TRUE(status.ok()) << ErrorText(status);
    return listing;
  }
  absl::StatusOr<v1::PairDisclosure> Agree(const Caller& caller, std::vector<v1::ListingPart> show,
                                           std::vector<v1::ListingPart> accept, v1::Side side = v1::SIDE_UNSPECIFIED) {
    v1::AgreeToDiscloseRequest request;
    request.set_need(std::string(kParent) + "/needs/n0");
    request.set_offering(std::string(kParent) + "/offerings/secret");
    request.set_side(side);
    for (const auto part : show) request.add_show(part);
    for (const auto part : accept) request.add_accept(part);
    v1::PairDisclosure disclosure;
    const absl::Status status = DisclosureApi(backend_).AgreeToDisclose(caller, request, &disclosure);
    if (!status.ok()) return status;
    return disclosure;
  }
  std::vector<v1::Sight> Sights() {
    v1::ListSightsRequest request;
    request.set_listing(std::string(kParent) + "/offerings/secret");
    v1::ListSightsResponse response;
    EXPECT_TRUE(DisclosureApi(backend_).ListSights(request, &response).ok());
    return {response.sights().begin(), response.sights().end()};
  }
  Workspace& workspace() { return **backend_.workspaces->Find("default"); }
  Backend& backend() { return backend_; }
  Operations& operations() { return operations_; }
  void Reopen() {
    backend_.workspaces.reset();
    backend_.workspaces = Workspaces::Open(folder_, {}).value();
  }

 private:
  const std::filesystem::path folder_;
  Backend backend_;
  Operations operations_;
  std::map<std::string, std::string> party_;
};

TEST(Sealed, AnOutsidersAnswersAreTheSameBytesWhateverTheTextSays) {
  Fair one("one", kTitle, kText), other("other", kOtherTitle, kOtherText);
  for (const auto& [role, party] : std::vector<std::pair<v1::Role, std::string>>{
           {v1::ROLE_READER, ""}, {v1::ROLE_BROKER, ""}, {v1::ROLE_PARTY_MEMBER, "firm-0"}}) {
    const std::string a = one.AllAnswers(one.As(role, party)), b = other.AllAnswers(other.As(role, party));
    EXPECT_EQ(a, b) << v1::Role_Name(role);
    EXPECT_GT(a.size(), 20'000u);
    for (const char* secret : {"绝密", "隧穿", "秘所", "王工", "13812345678"}) {
      const bool open_contact = std::string(secret) == "王工" || std::string(secret) == "13812345678";
      if (!open_contact) {
        EXPECT_THAT(a, Not(HasSubstr(secret))) << v1::Role_Name(role);
      }
    }
    EXPECT_THAT(a, HasSubstr("offerings/secret"));  // that it exists is no secret
  }
  // The same walk shows an insider the difference, so it looks where it should.
  EXPECT_NE(one.AllAnswers(one.As(v1::ROLE_ORGANISER)), other.AllAnswers(other.As(v1::ROLE_ORGANISER)));
  EXPECT_NE(one.AllAnswers(one.Member("秘所")), other.AllAnswers(other.Member("秘所")));
}

TEST(Sealed, MatchingReadsTheTextAndShowsTheGradeAlone) {
  Fair fair("grade", kTitle, kText);
  v1::RecommendOfferingsRequest recommend;
  recommend.set_need(std::string(kParent) + "/needs/n0");
  v1::RecommendResponse response;
  ASSERT_TRUE(MatchApi(fair.backend(), fair.operations())
                  .RecommendOfferings(fair.Member("firm-0"), recommend, &response, RunContext())
                  .ok());
  const auto sealed = std::ranges::find_if(
      response.matches(), [](const v1::Match& match) { return match.offering().ends_with("/secret"); });
  ASSERT_NE(sealed, response.matches().end());
  const v1::Match own = response.matches(0);
  EXPECT_EQ(own.offering(), sealed->offering()) << own.DebugString();
  EXPECT_GE(sealed->grade(), 1);
  EXPECT_FALSE(sealed->has_score());
  EXPECT_FALSE(sealed->has_components());
  EXPECT_EQ(sealed->listing().title(), "");
  EXPECT_THAT(sealed->listing().withheld_parts(),
              ElementsAre(v1::LISTING_PART_TEXT, v1::LISTING_PART_PARTY, v1::LISTING_PART_CONTACTS));
  int grade = 3;
  for (const v1::Match& match : response.matches()) {
    EXPECT_LE(match.grade(), grade);
    grade = match.grade();
  }
}

TEST(Sealed, OpensPartByPartAsBothSidesAgree) {
  Fair fair("agree", kTitle, kText);
  const Caller firm = fair.Member("firm-0"), lab = fair.Member("秘所"), stranger = fair.Member("firm-1");
  ASSERT_TRUE(fair.Agree(lab, {v1::LISTING_PART_TEXT}, {}).ok());
  EXPECT_EQ(fair.Get(firm).title(), "");  // one side alone opens nothing
  const auto both = fair.Agree(firm, {}, {v1::LISTING_PART_TEXT, v1::LISTING_PART_PARTY});
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(both->parts_size(), 2);
  EXPECT_TRUE(both->parts(0).open());
  EXPECT_FALSE(both->parts(1).open());
  EXPECT_EQ(fair.Get(firm).title(), kTitle);
  EXPECT_FALSE(fair.Get(firm).has_party());
  EXPECT_EQ(fair.Get(stranger).title(), "");
  ASSERT_TRUE(fair.Agree(lab, {v1::LISTING_PART_PARTY, v1::LISTING_PART_CONTACTS}, {}).ok());
  EXPECT_EQ(fair.Get(firm).party().display_name(), "秘所");
  EXPECT_EQ(fair.Get(firm).party().contacts_size(), 0);
  ASSERT_TRUE(fair.Agree(firm, {}, {v1::LISTING_PART_CONTACTS}).ok());
  EXPECT_EQ(fair.Get(firm).party().contacts(0).phone(), "13812345678");
  EXPECT_EQ(fair.Get(firm).withheld_parts_size(), 0);

  fair.Reopen();
  EXPECT_EQ(fair.Get(firm).title(), kTitle);
  EXPECT_EQ(fair.Get(stranger).title(), "");

  v1::WithdrawDisclosureRequest withdraw;
  withdraw.set_need(std::string(kParent) + "/needs/n0");
  withdraw.set_offering(std::string(kParent) + "/offerings/secret");
  withdraw.add_parts(v1::LISTING_PART_TEXT);
  v1::PairDisclosure left;
  ASSERT_TRUE(DisclosureApi(fair.backend()).WithdrawDisclosure(lab, withdraw, &left).ok());
  EXPECT_EQ(fair.Get(firm).title(), "");
  EXPECT_EQ(fair.Get(firm).party().display_name(), "秘所");
}

TEST(Sealed, NobodySpeaksForTheOtherSide) {
  Fair fair("sides", kTitle, kText);
  EXPECT_EQ(ReasonOf(fair.Agree(fair.Member("firm-0"), {v1::LISTING_PART_TEXT}, {}, v1::SIDE_OFFERING).status()),
            Reason::kNotAllowed);
  EXPECT_EQ(ReasonOf(fair.Agree(fair.As(v1::ROLE_ORGANISER), {v1::LISTING_PART_TEXT}, {}).status()),
            Reason::kFieldMissing);
  EXPECT_TRUE(fair.Agree(fair.As(v1::ROLE_ORGANISER), {v1::LISTING_PART_TEXT}, {}, v1::SIDE_OFFERING).ok());
  EXPECT_EQ(ReasonOf(fair.Agree(fair.Member("firm-0"), {}, {}).status()), Reason::kFieldMissing);
  EXPECT_EQ(ReasonOf(fair.Agree(fair.Member("firm-0"), {v1::LISTING_PART_UNSPECIFIED}, {}).status()),
            Reason::kFieldInvalid);
  // Agreements are there for their two sides and the organiser.
  DisclosureApi api(fair.backend());
  v1::ListDisclosuresRequest list;
  list.set_parent(kParent);
  for (const auto& [caller, count] : std::vector<std::pair<Caller, int>>{{fair.Member("firm-0"), 1},
                                                                         {fair.Member("秘所"), 1},
                                                                         {fair.Member("firm-1"), 0},
                                                                         {fair.As(v1::ROLE_ORGANISER), 1}}) {
    v1::ListDisclosuresResponse response;
    ASSERT_TRUE(api.ListDisclosures(caller, list, &response).ok());
    EXPECT_EQ(response.disclosures_size(), count);
  }
  v1::ListDisclosuresResponse all;
  ASSERT_TRUE(api.ListDisclosures(fair.As(v1::ROLE_ORGANISER), list, &all).ok());
  v1::GetDisclosureRequest get;
  get.set_name(all.disclosures(0).name());
  v1::PairDisclosure disclosure;
  EXPECT_TRUE(api.GetDisclosure(fair.Member("firm-0"), get, &disclosure).ok());
  EXPECT_EQ(ReasonOf(api.GetDisclosure(fair.Member("firm-1"), get, &disclosure)), Reason::kDisclosureNotFound);
}

TEST(Sealed, AnAgreementEndsWithTheOwner) {
  Fair fair("owner", kTitle, kText);
  ASSERT_TRUE(fair.Agree(fair.Member("秘所"), {v1::LISTING_PART_TEXT}, {}).ok());
  ASSERT_TRUE(fair.Agree(fair.Member("firm-0"), {}, {v1::LISTING_PART_TEXT}).ok());
  EXPECT_EQ(fair.Get(fair.Member("firm-0")).title(), kTitle);
  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(std::string(kParent) + "/offerings/secret");
  update.mutable_listing()->mutable_party()->set_display_name("接手的公司");
  update.mutable_update_mask()->add_paths("party");
  v1::Listing updated;
  ASSERT_TRUE(CatalogueApi(fair.backend()).UpdateListing({}, Side::kOffering, update, &updated).ok());
  EXPECT_EQ(fair.Get(fair.Member("firm-0")).title(), "");
}

TEST(Sealed, WhoSawWhatIsOnRecordBeforeTheAnswer) {
  Fair fair("sights", kTitle, kText);
  EXPECT_TRUE(fair.Sights().empty());
  fair.Get(fair.Member("秘所"));  // one's own
  fair.Get(fair.Member("firm-0"));
  fair.Get({});  // an open server knows nobody
  EXPECT_TRUE(fair.Sights().empty());
  fair.Get(fair.As(v1::ROLE_ORGANISER));
  ASSERT_TRUE(fair.Agree(fair.Member("秘所"), {v1::LISTING_PART_TEXT}, {}).ok());
  ASSERT_TRUE(fair.Agree(fair.Member("firm-0"), {}, {v1::LISTING_PART_TEXT}).ok());
  fair.Get(fair.Member("firm-0"));
  const auto sights = fair.Sights();
  ASSERT_EQ(sights.size(), 2u);
  EXPECT_EQ(sights[0].token(), "tokens/firm-0");
  EXPECT_EQ(sights[0].display_name(), "somebody of firm-0");
  EXPECT_EQ(sights[0].method(), "Test/Call");
  EXPECT_THAT(sights[0].parts(), ElementsAre(v1::LISTING_PART_TEXT));
  EXPECT_THAT(sights[1].parts(), ElementsAre(v1::LISTING_PART_TEXT, v1::LISTING_PART_PARTY, v1::LISTING_PART_CONTACTS));
  v1::ListSightsRequest request;
  request.set_listing(std::string(kParent) + "/offerings/secret");
  request.set_page_size(1);
  v1::ListSightsResponse first, second;
  DisclosureApi api(fair.backend());
  ASSERT_TRUE(api.ListSights(request, &first).ok());
  ASSERT_NE(first.next_page_token(), "");
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(api.ListSights(request, &second).ok());
  EXPECT_EQ(second.sights(0).token(), sights[1].token());
  EXPECT_EQ(second.next_page_token(), "");
  // And in the audit log.
  v1::ListAuditEntriesRequest entries;
  entries.set_parent(kParent);
  v1::ListAuditEntriesResponse log;
  ASSERT_TRUE(api.ListAuditEntries(entries, &log).ok());
  EXPECT_EQ(log.entries(0).kind(), v1::AUDIT_KIND_SIGHT);
  EXPECT_THAT(log.entries(0).rows(0), HasSubstr("offering/secret:text@"));
  v1::VerifyAuditLogRequest verify;
  verify.set_parent(kParent);
  v1::VerifyAuditLogResponse verified;
  ASSERT_TRUE(api.VerifyAuditLog(verify, &verified).ok());
  EXPECT_EQ(verified.fault(), "");
  EXPECT_GT(verified.entry_count(), 17);
}

TEST(Sealed, GuessingIsLimited) {
  Fair fair("probes", kTitle, kText);
  CatalogueApi catalogue(fair.backend());
  MatchApi match(fair.backend(), fair.operations());
  const Caller firm = fair.Member("firm-0");
  v1::RecommendOfferingsRequest recommend;
  recommend.set_need(std::string(kParent) + "/needs/n0");
  const auto guess = [&](int i) {
    v1::UpdateListingRequest update;
    update.mutable_listing()->set_name(recommend.need());
    update.mutable_listing()->set_title(fmt::format("轴承磁场传感器第{}次猜测", i));
    v1::Listing updated;
    EXPECT_TRUE(catalogue.UpdateListing({}, Side::kNeed, update, &updated).ok());
    v1::RecommendResponse response;
    EXPECT_TRUE(match.RecommendOfferings(firm, recommend, &response, RunContext()).ok());
    return response;
  };
  for (std::size_t i = 0; i < Probes::kMost; ++i) EXPECT_FALSE(guess(static_cast<int>(i)).sealed_left_out());
  const v1::RecommendResponse after = guess(1'000);
  EXPECT_TRUE(after.sealed_left_out());
  for (const v1::Match& m : after.matches()) EXPECT_FALSE(m.offering().ends_with("/secret"));
  v1::ExplainMatchRequest explain;
  explain.set_need(recommend.need());
  explain.set_offering(std::string(kParent) + "/offerings/secret");
  v1::ExplainMatchResponse why;
  const absl::Status refused = match.ExplainMatch(firm, explain, &why, RunContext());
  EXPECT_EQ(ReasonOf(refused), Reason::kTooManyCalls);
  EXPECT_TRUE(RetryDelayOf(refused).has_value());
  // Others have guesses of their own.
  EXPECT_TRUE(match.ExplainMatch(fair.As(v1::ROLE_READER), explain, &why, RunContext()).ok());
}

TEST(Sealed, AnswersTakeTheSameTimeWhateverTheTextSays) {
  std::string long_text;
  for (int i = 0; i < 450; ++i) long_text += kText;  // nearly as long as a description may be
  Fair brief("brief", kTitle, kText), wordy("wordy", kTitle, long_text);
  const auto time = [](Fair& fair) {
    v1::GetListingRequest get;
    get.set_name(std::string(kParent) + "/offerings/secret");
    const Caller caller = fair.As(v1::ROLE_READER);
    CatalogueApi api(fair.backend());
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) {
      v1::Listing listing;
      EXPECT_TRUE(api.GetListing(caller, Side::kOffering, get, &listing).ok());
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<double> a, b;
  for (int i = 0; i < 100; ++i) {  // 1,000 calls each, by turns
    a.push_back(time(brief));
    b.push_back(time(wordy));
  }
  std::ranges::sort(a);
  std::ranges::sort(b);
  EXPECT_LT(std::max(a[50], b[50]) / std::min(a[50], b[50]), 1.5) << a[50] << " s and " << b[50] << " s";
}

TEST(Levels, EachPartGoesByItsOwn) {
  Fair fair("levels", kTitle, kText);
  const auto set = [&](v1::Level text, v1::Level party, v1::Level contacts, v1::Disclosure disclosure) {
    v1::UpdateListingRequest update;
    v1::Listing& listing = *update.mutable_listing();
    listing.set_name(std::string(kParent) + "/offerings/o1");
    listing.set_text_level(text);
    listing.set_party_level(party);
    listing.set_contacts_level(contacts);
    listing.set_disclosure(disclosure);
    for (const char* path : {"text_level", "party_level", "contacts_level", "disclosure"}) {
      update.mutable_update_mask()->add_paths(path);
    }
    v1::Listing updated;
    ASSERT_TRUE(CatalogueApi(fair.backend()).UpdateListing({}, Side::kOffering, update, &updated).ok());
  };
  const auto withheld = [&](v1::Role role) {
    std::string out;
    const v1::Listing shown = fair.Get(fair.As(role), "o1");
    for (const int part : shown.withheld_parts()) out += std::to_string(part);
    return out;
  };
  set(v1::LEVEL_UNSPECIFIED, v1::LEVEL_UNSPECIFIED, v1::LEVEL_UNSPECIFIED, v1::DISCLOSURE_ANONYMOUS);
  EXPECT_EQ(withheld(v1::ROLE_READER), "23");
  EXPECT_EQ(withheld(v1::ROLE_BROKER), "23");
  EXPECT_EQ(withheld(v1::ROLE_ORGANISER), "");
  EXPECT_EQ(fair.Get(fair.As(v1::ROLE_READER), "o1").party().display_name(), "");
  set(v1::LEVEL_BROKER, v1::LEVEL_BROKER, v1::LEVEL_AGREED, v1::DISCLOSURE_PUBLIC);
  EXPECT_EQ(withheld(v1::ROLE_READER), "123");
  EXPECT_EQ(withheld(v1::ROLE_BROKER), "3");
  set(v1::LEVEL_UNSPECIFIED, v1::LEVEL_OPEN, v1::LEVEL_OPEN, v1::DISCLOSURE_SEALED);
  EXPECT_EQ(withheld(v1::ROLE_READER), "1");
  EXPECT_EQ(fair.Get(fair.As(v1::ROLE_READER), "o1").party().display_name(), "lab-1");
  set(v1::LEVEL_OPEN, v1::LEVEL_AGREED, v1::LEVEL_OPEN, v1::DISCLOSURE_SEALED);
  EXPECT_EQ(withheld(v1::ROLE_READER), "23");  // contacts are never more open than the party
}

TEST(Levels, WhoCannotReadAListingCannotChangeIt) {
  Fair fair("change", kTitle, kText);
  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(std::string(kParent) + "/offerings/secret");
  update.mutable_listing()->set_trl(9);
  v1::Listing updated;
  CatalogueApi api(fair.backend());
  EXPECT_EQ(ReasonOf(api.UpdateListing(fair.As(v1::ROLE_BROKER), Side::kOffering, update, &updated)),
            Reason::kNotAllowed);
  EXPECT_TRUE(api.UpdateListing(fair.Member("秘所"), Side::kOffering, update, &updated).ok());
  // Nor by the ways around: an answer would repeat the text.
  update.set_request_id("1");
  ASSERT_TRUE(api.UpdateListing(fair.Member("秘所"), Side::kOffering, update, &updated).ok());
  updated.Clear();
  EXPECT_EQ(ReasonOf(api.UpdateListing(fair.As(v1::ROLE_BROKER), Side::kOffering, update, &updated)),
            Reason::kNotAllowed);
  update.mutable_listing()->set_review(v1::REVIEW_STATE_DRAFT);
  update.set_request_id("2");
  ASSERT_TRUE(api.UpdateListing({}, Side::kOffering, update, &updated).ok());
  updated.Clear();
  v1::SubmitListingRequest submit;
  submit.set_name(update.listing().name());
  EXPECT_EQ(ReasonOf(api.SubmitListing(fair.As(v1::ROLE_BROKER), Side::kOffering, submit, &updated)),
            Reason::kNotAllowed);
  v1::DeleteListingRequest remove;
  remove.set_name(update.listing().name());
  EXPECT_EQ(ReasonOf(api.DeleteListing(fair.As(v1::ROLE_BROKER), Side::kOffering, remove)), Reason::kNotAllowed);
  EXPECT_EQ(updated.DebugString(), "");
}

TEST(Levels, ADraftIsNotExplainedToOthers) {
  Fair fair("draft", kTitle, kText);
  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(std::string(kParent) + "/offerings/o7");
  update.mutable_listing()->set_review(v1::REVIEW_STATE_DRAFT);
  v1::Listing updated;
  ASSERT_TRUE(CatalogueApi(fair.backend()).UpdateListing({}, Side::kOffering, update, &updated).ok());
  MatchApi match(fair.backend(), fair.operations());
  v1::ExplainMatchRequest explain;
  explain.set_need(std::string(kParent) + "/needs/n0");
  explain.set_offering(update.listing().name());
  v1::ExplainMatchResponse why;
  EXPECT_EQ(ReasonOf(match.ExplainMatch(fair.As(v1::ROLE_READER), explain, &why, RunContext())),
            Reason::kOfferingNotFound);
  EXPECT_TRUE(match.ExplainMatch(fair.Member("lab-7"), explain, &why, RunContext()).ok());
  v1::ScorePairsRequest score;
  score.set_parent(kParent);
  *score.add_pairs()->mutable_need() = explain.need();
  *score.mutable_pairs(0)->mutable_offering() = explain.offering();
  v1::ScorePairsResponse scores;
  EXPECT_EQ(ReasonOf(match.ScorePairs(fair.As(v1::ROLE_READER), score, &scores, RunContext())),
            Reason::kOfferingNotFound);
}

TEST(Review, AListingGoesItsWayFromDraftToPassed) {
  Fair fair("review", kTitle, kText);
  CatalogueApi api(fair.backend());
  const Caller firm = fair.Member("firm-0");
  v1::CreateListingRequest create;
  create.set_parent(kParent);
  create.set_listing_id("fresh");
  create.mutable_listing()->set_title("磁场传感器");
  create.mutable_listing()->mutable_party()->set_display_name("firm-0");
  create.mutable_listing()->set_review(v1::REVIEW_STATE_PASSED);
  v1::Listing listing;
  EXPECT_EQ(ReasonOf(api.CreateListing(firm, Side::kNeed, create, &listing)), Reason::kNotAllowed);
  create.mutable_listing()->set_review(v1::REVIEW_STATE_DRAFT);
  create.set_validate_only(true);
  ASSERT_TRUE(api.CreateListing(firm, Side::kNeed, create, &listing).ok());
  EXPECT_EQ(listing.name(), std::string(kParent) + "/needs/fresh");
  v1::GetListingRequest get;
  get.set_name(listing.name());
  EXPECT_EQ(ReasonOf(api.GetListing({}, Side::kNeed, get, &listing)), Reason::kNeedNotFound);  // a dry run
  create.set_validate_only(false);
  ASSERT_TRUE(api.CreateListing(firm, Side::kNeed, create, &listing).ok());
  create.set_validate_only(true);
  EXPECT_EQ(ReasonOf(api.CreateListing(firm, Side::kNeed, create, &listing)), Reason::kAlreadyExists);

  EXPECT_TRUE(api.GetListing(firm, Side::kNeed, get, &listing).ok());
  EXPECT_TRUE(api.GetListing(fair.As(v1::ROLE_BROKER), Side::kNeed, get, &listing).ok());
  EXPECT_EQ(ReasonOf(api.GetListing(fair.As(v1::ROLE_READER), Side::kNeed, get, &listing)), Reason::kNeedNotFound);
  const auto count = [&](const Caller& caller) {
    v1::ListListingsRequest list;
    list.set_parent(kParent);
    v1::ListListingsResponse response;
    EXPECT_TRUE(api.ListListings(caller, Side::kNeed, list, &response, RunContext()).ok());
    EXPECT_EQ(response.total_size(), response.listings_size());
    return response.total_size();
  };
  EXPECT_EQ(count(fair.As(v1::ROLE_READER)), 8);
  EXPECT_EQ(count(firm), 9);

  v1::ReviewListingRequest review;
  review.set_name(get.name());
  review.set_review(v1::REVIEW_STATE_PASSED);
  EXPECT_EQ(ReasonOf(api.ReviewListing({}, Side::kNeed, review, &listing)), Reason::kWrongState);  // not handed in
  v1::SubmitListingRequest submit;
  submit.set_name(get.name());
  ASSERT_TRUE(api.SubmitListing({}, Side::kNeed, submit, &listing).ok());
  EXPECT_EQ(listing.review(), v1::REVIEW_STATE_WAITING);
  EXPECT_EQ(ReasonOf(api.SubmitListing({}, Side::kNeed, submit, &listing)), Reason::kWrongState);
  review.set_review(v1::REVIEW_STATE_REVISE);
  EXPECT_EQ(ReasonOf(api.ReviewListing({}, Side::kNeed, review, &listing)), Reason::kFieldMissing);  // says not why
  review.set_review_note("请补充指标");
  review.set_etag("v1");
  EXPECT_EQ(ReasonOf(api.ReviewListing({}, Side::kNeed, review, &listing)), Reason::kEtagMismatch);
  review.clear_etag();
  ASSERT_TRUE(api.ReviewListing({}, Side::kNeed, review, &listing).ok());
  EXPECT_EQ(listing.review_note(), "请补充指标");
  ASSERT_TRUE(api.SubmitListing({}, Side::kNeed, submit, &listing).ok());
  review.set_review(v1::REVIEW_STATE_PASSED);
  ASSERT_TRUE(api.ReviewListing({}, Side::kNeed, review, &listing).ok());
  EXPECT_EQ(count(fair.As(v1::ROLE_READER)), 9);

  // What has passed and now says something else waits again.
  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(get.name());
  update.mutable_listing()->set_title("磁场传感器，改");
  ASSERT_TRUE(api.UpdateListing(firm, Side::kNeed, update, &listing).ok());
  EXPECT_EQ(listing.review(), v1::REVIEW_STATE_WAITING);
  update.mutable_listing()->set_review(v1::REVIEW_STATE_PASSED);
  EXPECT_EQ(ReasonOf(api.UpdateListing(firm, Side::kNeed, update, &listing)), Reason::kNotAllowed);
}

TEST(Review, WhatHasNotPassedTakesNoPart) {
  Fair fair("part", kTitle, kText);
  CatalogueApi api(fair.backend());
  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name(std::string(kParent) + "/offerings/o7");
  update.mutable_listing()->set_review(v1::REVIEW_STATE_WAITING);
  v1::Listing listing;
  const auto found = [&] {
    v1::RecommendOfferingsRequest recommend;
    recommend.set_need(std::string(kParent) + "/needs/n0");
    v1::RecommendResponse response;
    EXPECT_TRUE(
        MatchApi(fair.backend(), fair.operations()).RecommendOfferings({}, recommend, &response, RunContext()).ok());
    return std::ranges::any_of(response.matches(),
                               [](const v1::Match& match) { return match.offering().ends_with("/o7"); });
  };
  EXPECT_TRUE(found());
  ASSERT_TRUE(api.UpdateListing({}, Side::kOffering, update, &listing).ok());
  EXPECT_FALSE(found());
}

TEST(Check, ShowsWhatSaysNearlyTheSame) {
  Fair fair("check", kTitle, kText);
  CatalogueApi api(fair.backend());
  v1::CheckListingRequest check;
  check.set_parent(kParent);
  check.mutable_listing()->set_title("轴承磁场传感器在线监测");
  check.mutable_listing()->set_description(std::string(kWish) + "！");
  check.mutable_listing()->mutable_party()->set_display_name("firm-0");
  v1::CheckListingResponse response;
  ASSERT_TRUE(api.CheckListing({}, Side::kNeed, check, &response, RunContext()).ok());
  ASSERT_GE(response.similar_listings_size(), 1);
  EXPECT_TRUE(response.similar_listings(0).listing().name().ends_with("/n0"));
  EXPECT_TRUE(response.similar_listings(0).same_party());
  EXPECT_GT(response.similar_listings(0).similarity(), 0.8);
  check.mutable_listing()->set_name(response.similar_listings(0).listing().name());
  response.Clear();
  ASSERT_TRUE(api.CheckListing({}, Side::kNeed, check, &response, RunContext()).ok());
  for (const auto& item : response.similar_listings()) EXPECT_FALSE(item.listing().name().ends_with("/n0"));
  check.mutable_listing()->clear_title();
  EXPECT_EQ(ReasonOf(api.CheckListing({}, Side::kNeed, check, &response, RunContext())), Reason::kFieldMissing);
}

}  // namespace
}  // namespace magpie
