// Who may do what: the book of tokens, and a walk over the whole table of rights.
#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/service/access_book.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/audit_service.pb.h"
#include "magpie/v1/catalogue_service.pb.h"
#include "magpie/v1/disclosure_service.pb.h"
#include "magpie/v1/learning_service.pb.h"
#include "magpie/v1/match_service.pb.h"
#include "magpie/v1/operations.pb.h"
#include "service/access_api.h"
#include "service/authority.h"
#include "service/catalogue_api.h"

namespace magpie {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class AccessTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("magpie-access-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    OpenBook();
  }
  void TearDown() override {
    book_.reset();
    backend_.workspaces.reset();
    std::filesystem::remove_all(folder_);
  }
  void OpenBook(double rate = 0) {
    book_.reset();
    auto book = AccessBook::Open(folder_, rate, [this] { return now_; });
    ASSERT_TRUE(book.ok()) << ErrorText(book.status());
    book_ = *std::move(book);
  }
  static v1::Token Wanted(v1::Role role, const std::string& party = "") {
    v1::Token token;
    token.set_role(role);
    if (role != v1::ROLE_ADMIN) token.set_workspace("workspaces/default");
    token.set_party(party);
    return token;
  }
  AccessBook::Made Make(const v1::Token& wanted) {
    auto made = book_->Create(wanted, "");
    EXPECT_TRUE(made.ok()) << ErrorText(made.status());
    return *made;
  }

  std::int64_t now_ = 1'800'000'000;
  std::filesystem::path folder_;
  std::unique_ptr<AccessBook> book_;
  Backend backend_;
};

TEST_F(AccessTest, TokensLastOverARestartAndOnlyAsHashes) {
  EXPECT_TRUE(book_->empty());
  const AccessBook::Made made = Make(Wanted(v1::ROLE_ADMIN));
  EXPECT_THAT(made.secret, SizeIs(4 + 43));
  EXPECT_NE(Make(Wanted(v1::ROLE_ADMIN)).secret, made.secret);
  OpenBook();
  EXPECT_FALSE(book_->empty());
  const auto found = book_->FindSecret(made.secret);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name(), made.token.name());
  for (const std::string& wrong : {std::string(), std::string("mgp_"), made.secret.substr(1), made.secret + "x"}) {
    EXPECT_FALSE(book_->FindSecret(wrong).has_value()) << wrong;
  }
  book_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_THAT(*ReadFile(entry.path(), 1 << 24), Not(HasSubstr(made.secret))) << entry.path();
  }
  EXPECT_EQ(std::filesystem::status(folder_ / "access.sqlite").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AccessTest, RevokedAndExpiredTokensDoNotCount) {
  v1::Token wanted = Wanted(v1::ROLE_READER);
  *wanted.mutable_expire_time() = google::protobuf::util::TimeUtil::SecondsToTimestamp(now_ + 10);
  const AccessBook::Made made = Make(wanted);
  EXPECT_TRUE(book_->FindSecret(made.secret).has_value());
  now_ += 10;
  EXPECT_FALSE(book_->FindSecret(made.secret).has_value());
  EXPECT_EQ(FieldOf(book_->Create(wanted, "").status()), "token.expire_time");

  const AccessBook::Made other = Make(Wanted(v1::ROLE_READER));
  ASSERT_TRUE(book_->Revoke(other.token.name()).ok());
  const auto again = book_->Revoke(other.token.name());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->has_revoke_time());
  EXPECT_FALSE(book_->FindSecret(other.secret).has_value());
  OpenBook();
  EXPECT_FALSE(book_->FindSecret(other.secret).has_value());
  EXPECT_THAT(book_->List(), SizeIs(2));
  EXPECT_EQ(ReasonOf(book_->Revoke("tokens/none").status()), Reason::kTokenNotFound);
  EXPECT_FALSE(book_->empty());  // a server that had tokens is never open again
}

TEST_F(AccessTest, TheNewestComesFirstAlsoWithinASecond) {
  std::vector<std::string> made;
  for (int i = 0; i < 20; ++i) {
    made.insert(made.begin(), Make(Wanted(v1::ROLE_READER)).token.name());
    if (i == 10) OpenBook();
  }
  for (int restart = 0; restart < 2; ++restart) {
    std::vector<std::string> listed;
    for (const v1::Token& token : book_->List()) listed.push_back(token.name());
    EXPECT_EQ(listed, made);
    OpenBook();
  }
}

TEST_F(AccessTest, RecordsThatContradictThemselvesAreRefused) {
  const auto refused = [&](v1::Token token, std::string_view field) {
    EXPECT_EQ(FieldOf(book_->Create(token, "").status()), field) << token.ShortDebugString();
  };
  refused(v1::Token(), "token.role");
  v1::Token token = Wanted(v1::ROLE_ADMIN);
  token.set_workspace("workspaces/default");
  refused(token, "token.workspace");
  token = Wanted(v1::ROLE_BROKER);
  token.set_workspace("default");
  refused(token, "token.workspace");
  refused(Wanted(v1::ROLE_PARTY_MEMBER), "token.party");
  refused(Wanted(v1::ROLE_PARTY_MEMBER, "workspaces/other/parties/a"), "token.party");
  refused(Wanted(v1::ROLE_READER, "workspaces/default/parties/a"), "token.party");
  token = Wanted(v1::ROLE_READER);
  token.set_calls_per_second(-1);
  refused(token, "token.calls_per_second");
  token = Wanted(v1::ROLE_READER);
  token.set_display_name(std::string(201, 'x'));
  refused(token, "token.display_name");
  EXPECT_TRUE(book_->empty());
}

TEST_F(AccessTest, CertificatesStandForTokens) {
  v1::Token wanted = Wanted(v1::ROLE_ORGANISER);
  wanted.set_certificate_name("fair.example");
  const AccessBook::Made made = Make(wanted);
  EXPECT_EQ(made.secret, "");
  EXPECT_EQ(ReasonOf(book_->Create(wanted, "").status()), Reason::kAlreadyExists);
  const Authority authority(*book_, backend_, true);
  const auto caller = authority.Identify({"", {"other", "fair.example"}});
  ASSERT_TRUE(caller.ok() && caller->has_value());
  EXPECT_EQ((*caller)->name(), made.token.name());
  EXPECT_EQ(ReasonOf(authority.Identify({"", {"other"}}).status()), Reason::kTokenMissing);
  ASSERT_TRUE(book_->Revoke(made.token.name()).ok());
  EXPECT_EQ(ReasonOf(authority.Identify({"", {"fair.example"}}).status()), Reason::kTokenMissing);
  EXPECT_TRUE(book_->Create(wanted, "").ok());
}

TEST_F(AccessTest, TheFirstTokenClosesAnOpenServer) {
  const Authority loopback(*book_, backend_, true), reachable(*book_, backend_, false);
  v1::GetCallerRequest request;
  EXPECT_TRUE(loopback.open());
  EXPECT_TRUE(loopback.Allow(*loopback.Identify({}), "AccessService/GetCaller", request).ok());
  EXPECT_TRUE(loopback.Identify({"Bearer nonsense", {}}).ok());  // nobody asks on an open server
  EXPECT_EQ(ReasonOf(reachable.Identify({}).status()), Reason::kTokenMissing);
  EXPECT_EQ(ReasonOf(reachable.Allow(std::nullopt, "AccessService/GetCaller", request)), Reason::kTokenMissing);

  const CallerToken before = *loopback.Identify({});
  const AccessBook::Made made = Make(Wanted(v1::ROLE_ADMIN));
  EXPECT_FALSE(loopback.open());
  EXPECT_EQ(ReasonOf(loopback.Identify({}).status()), Reason::kTokenMissing);
  EXPECT_EQ(ReasonOf(loopback.Allow(before, "AccessService/GetCaller", request)), Reason::kTokenMissing);
  EXPECT_EQ(ReasonOf(loopback.Identify({"Bearer nonsense", {}}).status()), Reason::kTokenInvalid);
  EXPECT_EQ(ReasonOf(loopback.Identify({made.secret, {}}).status()), Reason::kTokenInvalid);
  const auto caller = loopback.Identify({"bearer " + made.secret, {}});
  ASSERT_TRUE(caller.ok() && caller->has_value());
  EXPECT_EQ((*caller)->role(), v1::ROLE_ADMIN);
}

TEST_F(AccessTest, AnAllowanceIsUsedUpAndSaysWhenItIsBack) {
  OpenBook(2);
  v1::Token own = Wanted(v1::ROLE_READER);
  own.set_calls_per_second(0.1);
  const AccessBook::Made standard = Make(Wanted(v1::ROLE_READER)), slow = Make(own);
  const Authority authority(*book_, backend_, false);
  int calls = 0;
  absl::Status status;
  for (; calls < 100; ++calls) {
    status = authority.Identify({"Bearer " + standard.secret, {}}).status();
    if (!status.ok()) break;
  }
  EXPECT_EQ(calls, 20);  // ten seconds' worth
  EXPECT_EQ(ReasonOf(status), Reason::kTooManyCalls);
  const auto delay = RetryDelayOf(FromRpcStatus(ToRpcStatus(status)));
  ASSERT_TRUE(delay.has_value());
  EXPECT_GT(delay->count(), 0);
  EXPECT_LE(delay->count(), 500);
  EXPECT_TRUE(authority.Identify({"Bearer " + slow.secret, {}}).ok());  // its own allowance, of one call
  EXPECT_EQ(ReasonOf(authority.Identify({"Bearer " + slow.secret, {}}).status()), Reason::kTooManyCalls);
}

// --- Rights: a workspace with one's own and a stranger's party, need and offering, and another workspace.

class RightsTest : public AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    auto workspaces = Workspaces::Open(folder_, {"other"});
    ASSERT_TRUE(workspaces.ok()) << ErrorText(workspaces.status());
    backend_.workspaces = *std::move(workspaces);
    CatalogueApi api(backend_);
    for (const std::string workspace : {"default", "other"}) {
      for (const std::string who : {"own", "strange"}) {
        for (const Side side : {Side::kNeed, Side::kOffering}) {
          v1::CreateListingRequest create;
          create.set_parent("workspaces/" + workspace);
          create.set_listing_id(who);
          create.mutable_listing()->set_title("磁场传感器");
          create.mutable_listing()->mutable_party()->set_external_id(who);
          create.mutable_listing()->mutable_party()->set_display_name(who + " 公司");
          v1::Listing created;
          const absl::Status status = api.CreateListing({}, side, create, &created);
          ASSERT_TRUE(status.ok()) << ErrorText(status);
          party_[workspace + "/" + who] = created.party().name();
        }
      }
    }
    authority_ = std::make_unique<Authority>(*book_, backend_, false);
  }
  void TearDown() override {
    authority_.reset();
    AccessTest::TearDown();
  }
  v1::Token TokenOf(v1::Role role) {
    const bool member = role == v1::ROLE_PARTY_MEMBER;
    return Make(Wanted(role, member ? party_["default/own"] : "")).token;
  }
  // A request of the method that names things of a workspace and a party, by the meaning that its fields' names have.
  std::unique_ptr<Message> Request(const google::protobuf::MethodDescriptor& method, const std::string& workspace,
                                   const std::string& who) {
    std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
    Fill(request.get(), method.name(), workspace, who);
    return request;
  }
  void Fill(Message* message, const std::string& method, const std::string& workspace, const std::string& who) {
    const std::string base = "workspaces/" + workspace;
    const auto* reflection = message->GetReflection();
    const auto* type = message->GetDescriptor();
    const auto set = [&](const char* field, const std::string& value) {
      const FieldDescriptor* f = type->FindFieldByName(field);
      if (f != nullptr && f->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !f->is_repeated()) {
        reflection->SetString(message, f, value);
      }
    };
    set("parent", base);
    set("need", base + "/needs/" + who);
    set("offering", base + "/offerings/" + who);
    set("base", base + "/matchRuns/r1");
    set("listing", base + "/needs/" + who);
    if (type->name() == "ListOperationsRequest") {
      set("name", base);
    } else if (method.ends_with("Party")) {
      set("name", party_[workspace + "/" + who]);
    } else if (method.ends_with("Need") || method.ends_with("Offering")) {
      set("name", base + (method.ends_with("Need") ? "/needs/" : "/offerings/") + who);
    } else {
      set("name", base + "/things/x");
    }
    for (const char* nested : {"party", "listing", "feedback"}) {
      const FieldDescriptor* f = type->FindFieldByName(nested);
      if (f == nullptr || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || f->is_repeated()) continue;
      if (type->name() == "Listing" && std::string(nested) == "party") {
        static_cast<v1::Listing*>(message)->mutable_party()->set_external_id(who);
      } else {
        Fill(reflection->MutableMessage(message, f), method, workspace, who);
      }
    }
    for (const char* nested : {"pairs", "requests"}) {
      const FieldDescriptor* f = type->FindFieldByName(nested);
      if (f == nullptr) continue;
      Fill(reflection->AddMessage(message, f), method, workspace, who);
      Fill(reflection->AddMessage(message, f), method, workspace, who);
    }
  }

  std::map<std::string, std::string> party_;  // "default/own" -> resource name
  std::unique_ptr<Authority> authority_;
};

// Each by a message of its file, so that the file is linked.
std::vector<const google::protobuf::ServiceDescriptor*> AllServices() {
  return {v1::GetPartyRequest::descriptor()->file()->service(0),
          v1::ScorePairsRequest::descriptor()->file()->service(0),
          v1::GetRankerRequest::descriptor()->file()->service(0),
          v1::GetOperationRequest::descriptor()->file()->service(0),
          v1::GetCallerRequest::descriptor()->file()->service(0),
          v1::GetDisclosureRequest::descriptor()->file()->service(0),
          v1::VerifyAuditLogRequest::descriptor()->file()->service(0)};
}

TEST_F(RightsTest, EveryMethodByEveryRoleInEveryScope) {
  std::set<std::string> walked;
  int allowed = 0, refused = 0;
  const CallerToken admin = TokenOf(v1::ROLE_ADMIN);
  for (const auto* service : AllServices()) {
    ASSERT_NE(service, nullptr);
    for (int m = 0; m < service->method_count(); ++m) {
      const auto& method = *service->method(m);
      const std::string name = service->name() + "/" + method.name();
      walked.insert(name);
      const MethodRights* rights = FindRights(name);
      ASSERT_NE(rights, nullptr) << name << " stands nowhere in the table of rights";
      for (const v1::Role role : {v1::ROLE_ORGANISER, v1::ROLE_BROKER, v1::ROLE_PARTY_MEMBER, v1::ROLE_READER}) {
        const CallerToken caller = TokenOf(role);
        for (const std::string workspace : {"default", "other"}) {
          for (const std::string who : {"own", "strange"}) {
            const auto request = Request(method, workspace, who);
            const absl::Status status = authority_->Allow(caller, name, *request);
            const Right right = rights->Of(role);
            const bool unscoped = service->name() == "AccessService";
            const bool expected = right != Right::kNo && (unscoped || workspace == "default") &&
                                  (right != Right::kOwnParty || who == "own");
            EXPECT_EQ(status.ok(), expected)
                << name << " by " << v1::Role_Name(role) << " in " << workspace << " of " << who << ": " << status;
            EXPECT_EQ(ReasonOf(status), expected ? ReasonOf(absl::OkStatus()) : Reason::kNotAllowed) << status;
            ++(status.ok() ? allowed : refused);
            EXPECT_TRUE(authority_->Allow(admin, name, *request).ok()) << name;
          }
        }
      }
    }
  }
  for (const MethodRights& rights : AllRights())
    EXPECT_TRUE(walked.contains(std::string(rights.method))) << rights.method;
  EXPECT_GT(allowed, 200);
  EXPECT_GT(refused, 400);
  v1::GetCallerRequest any;
  EXPECT_EQ(ReasonOf(authority_->Allow(TokenOf(v1::ROLE_ORGANISER), "NewService/Method", any)), Reason::kNotAllowed);
}

// What the table must never say, whoever edits it.
TEST_F(RightsTest, SomeCellsAreNo) {
  for (const MethodRights& rights : AllRights()) {
    const std::string method(rights.method);
    const bool writes = method.find("/Get") == std::string::npos && method.find("/List") == std::string::npos &&
                        method.find("/Recommend") == std::string::npos && method.find("/Search") == std::string::npos &&
                        method.find("/Explain") == std::string::npos && method.find("/Diagnose") == std::string::npos &&
                        method.find("/Score") == std::string::npos && method.find("/Compare") == std::string::npos &&
                        method.find("/Wait") == std::string::npos && method.find("/BatchGet") == std::string::npos &&
                        method.find("/Check") == std::string::npos && method.find("/Watch") == std::string::npos &&
                        method.find("/Verify") == std::string::npos;
    if (writes) {
      EXPECT_EQ(rights.reader, Right::kNo) << method;
      EXPECT_NE(rights.party_member, Right::kOwnWorkspace) << method;
    }
    EXPECT_NE(rights.organiser, Right::kOwnParty) << method;
    const bool of_parties = rights.broker == Right::kOwnParty || rights.party_member == Right::kOwnParty ||
                            rights.reader == Right::kOwnParty;
    EXPECT_EQ(of_parties, rights.rule != PartyRule::kNone) << method;
  }
}

TEST_F(RightsTest, AMemberKeepsItsOwnListingsOnly) {
  const CallerToken member = TokenOf(v1::ROLE_PARTY_MEMBER);
  v1::CreateListingRequest create;
  create.set_parent("workspaces/default");
  const auto may_create = [&] { return authority_->Allow(member, "CatalogueService/CreateNeed", create).ok(); };
  EXPECT_FALSE(may_create());  // of no party
  v1::Party& party = *create.mutable_listing()->mutable_party();
  party.set_display_name("own 公司");
  EXPECT_TRUE(may_create());
  party.set_name(party_["default/own"]);
  EXPECT_TRUE(may_create());
  party.set_display_name("strange 公司");  // two tongues
  EXPECT_FALSE(may_create());
  party.clear_name();
  party.set_display_name("nobody knows it");  // a new party would be made
  EXPECT_FALSE(may_create());

  v1::UpdateListingRequest update;
  update.mutable_listing()->set_name("workspaces/default/needs/own");
  const auto may_update = [&] { return authority_->Allow(member, "CatalogueService/UpdateNeed", update); };
  EXPECT_TRUE(may_update().ok());
  update.mutable_listing()->mutable_party()->set_external_id("strange");  // given away
  EXPECT_FALSE(may_update().ok());
  update.mutable_listing()->clear_party();
  update.mutable_update_mask()->add_paths("party");
  EXPECT_FALSE(may_update().ok());
  update.clear_update_mask();
  update.mutable_listing()->set_name("workspaces/default/needs/strange");
  update.mutable_listing()->mutable_party()->set_external_id("own");  // taken over
  EXPECT_EQ(ReasonOf(may_update()), Reason::kNotAllowed);
  update.mutable_listing()->set_name("workspaces/default/needs/none");
  EXPECT_EQ(ReasonOf(may_update()), Reason::kNeedNotFound);

  v1::ScorePairsRequest score;
  score.set_parent("workspaces/default");
  const auto add = [&](const std::string& need, const std::string& offering) {
    v1::Pair& pair = *score.add_pairs();
    pair.set_need("workspaces/default/needs/" + need);
    pair.set_offering("workspaces/default/offerings/" + offering);
  };
  const auto may_score = [&] { return authority_->Allow(member, "MatchService/ScorePairs", score).ok(); };
  EXPECT_FALSE(may_score());
  add("own", "strange");
  add("strange", "own");
  EXPECT_TRUE(may_score());
  add("strange", "strange");
  EXPECT_FALSE(may_score());

  v1::DeleteListingRequest remove;
  EXPECT_FALSE(authority_->Allow(member, "CatalogueService/DeleteNeed", remove).ok());  // names nothing
  remove.set_name("workspaces/other/needs/own");
  const absl::Status foreign = authority_->Allow(member, "CatalogueService/DeleteNeed", remove);
  remove.set_name("workspaces/none/needs/own");
  const absl::Status missing = authority_->Allow(member, "CatalogueService/DeleteNeed", remove);
  EXPECT_EQ(foreign.code(), missing.code());  // whether a workspace is there is nobody else's business
}

TEST_F(RightsTest, OrganisersMakeTokensOfTheirWorkspaceOnly) {
  AccessApi api(*book_);
  const CallerToken organiser = TokenOf(v1::ROLE_ORGANISER);
  const auto create = [&](const v1::Token& wanted) {
    v1::CreateTokenRequest request;
    *request.mutable_token() = wanted;
    v1::CreateTokenResponse response;
    const absl::Status status = api.CreateToken(organiser, request, &response);
    EXPECT_EQ(status.ok(), !response.secret().empty());
    return status;
  };
  EXPECT_TRUE(create(Wanted(v1::ROLE_READER)).ok());
  EXPECT_EQ(ReasonOf(create(Wanted(v1::ROLE_ADMIN))), Reason::kNotAllowed);
  v1::Token elsewhere = Wanted(v1::ROLE_READER);
  elsewhere.set_workspace("workspaces/other");
  EXPECT_EQ(ReasonOf(create(elsewhere)), Reason::kNotAllowed);

  const AccessBook::Made admin = Make(Wanted(v1::ROLE_ADMIN)), other = Make(elsewhere);
  for (const std::string& name : {admin.token.name(), other.token.name()}) {
    v1::GetTokenRequest get;
    get.set_name(name);
    v1::RevokeTokenRequest revoke;
    revoke.set_name(name);
    v1::Token token;
    EXPECT_EQ(ReasonOf(api.GetToken(organiser, get, &token)), Reason::kTokenNotFound);
    EXPECT_EQ(ReasonOf(api.RevokeToken(organiser, revoke, &token)), Reason::kTokenNotFound);
    EXPECT_EQ(token.name(), "");
  }
  EXPECT_TRUE(book_->FindSecret(admin.secret).has_value());
  v1::ListTokensResponse list;
  ASSERT_TRUE(api.ListTokens(organiser, {}, &list).ok());
  for (const v1::Token& token : list.tokens()) EXPECT_EQ(token.workspace(), "workspaces/default");
  v1::ListTokensRequest page;
  page.set_page_size(1);
  ASSERT_TRUE(api.ListTokens(std::nullopt, page, &list).ok());
  EXPECT_NE(list.next_page_token(), "");
}

}  // namespace
}  // namespace magpie
