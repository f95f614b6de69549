// Names, pages, masks and errors: what requests and replies are made of.
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <array>

#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.pb.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/update_mask.h"

namespace magpie {
namespace {

TEST(NamesTest, ReadsWhatItWrites) {
  const std::string name = FormatName("default", Collection::kMatchRuns, "r-1");
  EXPECT_EQ(name, "workspaces/default/matchRuns/r-1");
  const auto parsed = ParseName(name, Collection::kMatchRuns, "name");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->workspace, "default");
  EXPECT_EQ(parsed->id, "r-1");
}

TEST(NamesTest, RefusesEverythingElse) {
  for (const char* name :
       {"", "needs/n1", "workspaces/default", "workspaces/default/needs/", "workspaces//needs/n1",
        "workspaces/default/offerings/n1", "workspaces/default/needs/N1", "workspaces/default/needs/n1/x",
        "workspaces/default/needs/n1-", "workspaces/../needs/n1", "workspaces/default/needs/需求"}) {
    const auto parsed = ParseName(name, Collection::kNeeds, "name");
    EXPECT_EQ(ReasonOf(parsed.status()), Reason::kBadArgument) << name;
    EXPECT_EQ(FieldOf(parsed.status()), "name") << name;
  }
  EXPECT_FALSE(ParseWorkspace("default", "parent").ok());
  EXPECT_FALSE(ParseWorkspace("workspaces/a/b", "parent").ok());
  EXPECT_TRUE(IsResourceId(std::string(63, 'a')));
  EXPECT_FALSE(IsResourceId(std::string(64, 'a')));
  EXPECT_TRUE(IsResourceId(MakeId("n-")));
  EXPECT_NE(MakeId("n-"), MakeId("n-"));
}

TEST(PagingTest, SizesAreDefaultedCutAndChecked) {
  EXPECT_EQ(*PageSize(0, 50), 50);
  EXPECT_EQ(*PageSize(7, 50), 7);
  EXPECT_EQ(*PageSize(1'000'000, 50), kMaxPageSize);
  EXPECT_EQ(FieldOf(PageSize(-3, 50).status()), "page_size");
  EXPECT_NE(ErrorText(PageSize(-3, 50).status()).find("-3"), std::string::npos);
}

TEST(PagingTest, PagesTileTheList) {
  for (std::int64_t total : {0, 1, 9, 10, 11, 25}) {
    PageStart start{5, 0};
    std::int64_t seen = 0;
    while (true) {
      const Page page = CutPage(start, 10, total, 77);
      EXPECT_EQ(page.begin, seen);
      seen = page.end;
      if (page.next_token.empty()) break;
      const auto next = ParsePageToken(page.next_token, 77);
      ASSERT_TRUE(next.ok());
      EXPECT_EQ(next->version, 5);
      start = *next;
    }
    EXPECT_EQ(seen, total);
  }
}

TEST(PagingTest, TokensHoldForTheirRequestOnly) {
  const std::string token = MakePageToken({5, 10}, 77);
  EXPECT_TRUE(ParsePageToken(token, 77).ok());
  for (const std::string& other : {token + "0", token.substr(1), std::string("x"), std::string(".."), std::string()}) {
    EXPECT_EQ(ReasonOf(ParsePageToken(other, 77).status()), Reason::kPageTokenInvalid) << other;
  }
  EXPECT_FALSE(ParsePageToken(token, 78).ok());

  v1::ListListingsRequest a;
  a.set_parent("workspaces/default");
  v1::ListListingsRequest b = a;
  b.set_page_size(3);
  b.set_page_token("t");
  EXPECT_EQ(HashForPages(a), HashForPages(b));
  b.set_view(v1::VIEW_FULL);
  EXPECT_NE(HashForPages(a), HashForPages(b));
}

constexpr std::array<std::string_view, 2> kFixed = {"name", "etag"};

v1::Listing Masked(const std::vector<std::string>& paths, const v1::Listing& change, absl::Status* status) {
  v1::Listing target;
  target.set_name("kept");
  target.set_title("old");
  target.set_remark("remark");
  target.add_keywords("a");
  target.mutable_amount()->set_low_cents(1);
  target.mutable_amount()->set_high_cents(2);
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  *status = ApplyUpdateMask(mask, change, kFixed, &target);
  return target;
}

TEST(UpdateMaskTest, CopiesExactlyWhatItNames) {
  v1::Listing change;
  change.set_name("other");
  change.set_title("new");
  change.add_keywords("b");
  change.add_keywords("c");
  change.mutable_amount()->set_high_cents(9);
  absl::Status status;

  v1::Listing listing = Masked({"title"}, change, &status);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(listing.title(), "new");
  EXPECT_EQ(listing.keywords_size(), 1);

  listing = Masked({"keywords", "remark"}, change, &status);  // a list is replaced, a missing field cleared
  EXPECT_EQ(listing.keywords_size(), 2);
  EXPECT_EQ(listing.remark(), "");
  EXPECT_EQ(listing.title(), "old");

  listing = Masked({"amount.high_cents"}, change, &status);
  EXPECT_EQ(listing.amount().low_cents(), 1);
  EXPECT_EQ(listing.amount().high_cents(), 9);
  listing = Masked({"amount"}, change, &status);
  EXPECT_FALSE(listing.amount().has_low_cents());

  listing = Masked({}, change, &status);  // what is set
  EXPECT_EQ(listing.title(), "new");
  EXPECT_EQ(listing.remark(), "remark");
  EXPECT_EQ(listing.name(), "kept");
  listing = Masked({"*"}, change, &status);  // everything
  EXPECT_EQ(listing.remark(), "");
  EXPECT_EQ(listing.name(), "kept");
  EXPECT_TRUE(status.ok());
}

TEST(UpdateMaskTest, RefusesUnknownAndFixedPaths) {
  absl::Status status;
  for (const char* path : {"titel", "title.x", "keywords.x", "amount.x", "name", "etag", "", "a.*"}) {
    Masked({path}, {}, &status);
    EXPECT_EQ(ReasonOf(status), Reason::kBadArgument) << path;
    EXPECT_EQ(FieldOf(status), "update_mask") << path;
  }
}

TEST(RpcStatusTest, ErrorsSurviveTheWire) {
  for (const ReasonInfo& info : Reasons()) {
    const absl::Status before = MakeError(info.reason, "party.name", "名字 is wrong");
    const absl::Status after = FromGrpcStatus(ToGrpcStatus(before));
    EXPECT_EQ(after.code(), info.code) << info.name;
    EXPECT_EQ(ReasonOf(after), info.reason) << info.name;
    EXPECT_EQ(FieldOf(after), "party.name");
    EXPECT_EQ(ErrorText(after), ErrorText(before));
  }
  EXPECT_TRUE(FromGrpcStatus(ToGrpcStatus(absl::OkStatus())).ok());
}

TEST(RpcStatusTest, CarriesErrorInfoAndBadRequest) {
  const google::rpc::Status status = ToRpcStatus(MakeError(Reason::kNeedNotFound, "name", "there is none"));
  EXPECT_EQ(status.code(), 5);  // NOT_FOUND
  ASSERT_EQ(status.details_size(), 2);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(status.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "NEED_NOT_FOUND");
  EXPECT_EQ(info.domain(), "magpie");
  EXPECT_EQ(info.metadata().at("field"), "name");
  google::rpc::BadRequest request;
  ASSERT_TRUE(status.details(1).UnpackTo(&request));
  EXPECT_EQ(request.field_violations(0).field(), "name");
}

TEST(RpcStatusTest, ForeignErrorsGetTheNearestReason) {
  EXPECT_EQ(ReasonOf(FromGrpcStatus({grpc::StatusCode::UNAVAILABLE, "refused"})), Reason::kUnavailable);
  EXPECT_EQ(ReasonOf(FromGrpcStatus({grpc::StatusCode::CANCELLED, ""})), Reason::kCancelled);
  const absl::Status unknown = FromGrpcStatus({grpc::StatusCode::UNIMPLEMENTED, ""});
  EXPECT_NE(ErrorText(unknown).find("does not know this call"), std::string::npos);
  // What is not UTF-8 must not break the reply.
  EXPECT_NE(ToRpcStatus(MakeError(Reason::kBadArgument, "x", "\xFF")).message(), "\xFF");
}

}  // namespace
}  // namespace magpie
