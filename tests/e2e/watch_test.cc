// WatchListings against the real server: what is written is told, in order, as the caller may see it.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

#include "magpie/base/status.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";

class WatchTest : public testing::Test {
 protected:
  WatchTest() : folder_("watch"), server_(folder_.path()) {}
  void SetUp() override {
    ASSERT_TRUE(server_.WaitUntilServing());
    stub_ = v1::CatalogueService::NewStub(grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
  }

  v1::Listing Create(const std::string& id, const std::string& title) {
    v1::CreateListingRequest request;
    request.set_parent(kParent);
    request.set_listing_id(id);
    request.mutable_listing()->set_title(title);
    grpc::ClientContext context;
    v1::Listing listing;
    const grpc::Status status = stub_->CreateNeed(&context, request, &listing);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return listing;
  }
  v1::Listing Retitle(const std::string& id, const std::string& title) {
    v1::UpdateListingRequest request;
    request.mutable_listing()->set_name(std::string(kParent) + "/needs/" + id);
    request.mutable_listing()->set_title(title);
    grpc::ClientContext context;
    v1::Listing listing;
    EXPECT_TRUE(stub_->UpdateNeed(&context, request, &listing).ok());
    return listing;
  }
  void Delete(const std::string& id) {
    v1::DeleteListingRequest request;
    request.set_name(std::string(kParent) + "/needs/" + id);
    grpc::ClientContext context;
    google::protobuf::Empty empty;
    EXPECT_TRUE(stub_->DeleteNeed(&context, request, &empty).ok());
  }

  FreshFolder folder_;
  ServerProcess server_;
  std::unique_ptr<v1::CatalogueService::Stub> stub_;
};

// The next message with changes.
v1::WatchListingsResponse Next(grpc::ClientReader<v1::WatchListingsResponse>& reader) {
  v1::WatchListingsResponse message;
  while (reader.Read(&message)) {
    if (message.events_size() > 0) return message;
  }
  ADD_FAILURE() << "the stream has ended";
  return message;
}

TEST_F(WatchTest, TellsOfEveryChangeAsItIsWritten) {
  Create("n0", "before");
  v1::WatchListingsRequest request;
  request.set_parent(kParent);
  grpc::ClientContext context;
  const auto reader = stub_->WatchListings(&context, request);
  v1::WatchListingsResponse first;
  ASSERT_TRUE(reader->Read(&first));  // where it begins
  EXPECT_EQ(first.events_size(), 0);
  const std::int64_t base = first.versions().catalogue_version();

  Create("n1", "磁场传感器");
  v1::WatchListingsResponse message = Next(*reader);
  EXPECT_EQ(message.events(0).change(), v1::LISTING_CHANGE_ADDED);
  EXPECT_EQ(message.events(0).listing().title(), "磁场传感器");
  EXPECT_GT(message.versions().catalogue_version(), base);
  Retitle("n0", "after");
  message = Next(*reader);
  EXPECT_EQ(message.events(0).change(), v1::LISTING_CHANGE_UPDATED);
  EXPECT_EQ(message.events(0).listing().title(), "after");
  Delete("n1");
  message = Next(*reader);
  EXPECT_EQ(message.events(0).change(), v1::LISTING_CHANGE_REMOVED);
  EXPECT_EQ(message.events(0).listing().name(), std::string(kParent) + "/needs/n1");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchTest, AFilterIsASavedSearch) {
  v1::WatchListingsRequest request;
  request.set_parent(kParent);
  request.set_filter("title:传感器");
  grpc::ClientContext context;
  const auto reader = stub_->WatchListings(&context, request);
  v1::WatchListingsResponse first;
  ASSERT_TRUE(reader->Read(&first));
  Create("n1", "抛光");  // nothing to tell
  Create("n2", "磁场传感器");
  v1::WatchListingsResponse message = Next(*reader);
  ASSERT_EQ(message.events_size(), 1);
  EXPECT_EQ(message.events(0).listing().external_id(), "n2");
  Retitle("n1", "抛光用传感器");  // now it fits
  message = Next(*reader);
  EXPECT_EQ(message.events(0).change(), v1::LISTING_CHANGE_ADDED);
  Retitle("n2", "抛光");  // and this no longer does
  message = Next(*reader);
  EXPECT_EQ(message.events(0).change(), v1::LISTING_CHANGE_REMOVED);

  request.set_filter("title >");
  grpc::ClientContext wrong;
  const auto refused = stub_->WatchListings(&wrong, request);
  EXPECT_FALSE(refused->Read(&first));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(refused->Finish())), Reason::kFilterInvalid);
}

TEST_F(WatchTest, GoesOnFromAKnownVersionAndEndsWithTheServer) {
  Create("n0", "before");
  v1::ListListingsRequest list;
  list.set_parent(kParent);
  grpc::ClientContext listing;
  v1::ListListingsResponse page;
  ASSERT_TRUE(stub_->ListNeeds(&listing, list, &page).ok());
  Create("n1", "missed");
  v1::WatchListingsRequest request;
  request.set_parent(kParent);
  request.set_since_version(page.versions().catalogue_version());
  grpc::ClientContext context;
  const auto reader = stub_->WatchListings(&context, request);
  EXPECT_EQ(Next(*reader).events(0).listing().title(), "missed");

  request.set_since_version(1'000'000);
  grpc::ClientContext old;
  const auto refused = stub_->WatchListings(&old, request);
  v1::WatchListingsResponse message;
  EXPECT_FALSE(refused->Read(&message));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(refused->Finish())), Reason::kWatchTooOld);

  server_.Signal(SIGTERM);
  while (reader->Read(&message)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server_.Wait(), 0);
}

TEST_F(WatchTest, ACompanyHearsOfANewPartner) {
  const std::unique_ptr<Client> client = server_.Connect();
  std::vector<ListingRecord> offerings = SampleFair(Side::kOffering);
  const auto fitting = std::ranges::find(offerings, "O0109", &ListingRecord::id);
  ASSERT_NE(fitting, offerings.end());
  const ListingRecord partner = *fitting;
  offerings.erase(fitting);
  ASSERT_TRUE(client->ImportListings(Side::kNeed, SampleFair(Side::kNeed), {}, {}).ok());
  ASSERT_TRUE(client->ImportListings(Side::kOffering, offerings, {}, {}).ok());
  const auto matches =
      v1::MatchService::NewStub(grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
  v1::WatchMatchesRequest request;
  request.set_listing(std::string(kParent) + "/needs/" + ResourceId("N0002", "n"));
  grpc::ClientContext context;
  const auto reader = matches->WatchMatches(&context, request);
  v1::WatchMatchesResponse message;
  ASSERT_TRUE(reader->Read(&message));
  for (const v1::Match& match : message.matches()) EXPECT_GE(match.grade(), 2);
  ASSERT_TRUE(client->ImportListings(Side::kOffering, {&partner, 1}, {}, {}).ok());
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_EQ(message.matches_size(), 1);
  EXPECT_EQ(message.matches(0).offering_external_id(), "O0109");
  EXPECT_EQ(message.matches(0).grade(), 3);
  EXPECT_EQ(message.matches(0).listing().title(), partner.title);

  request.set_min_grade(4);
  grpc::ClientContext wrong;
  const auto refused = matches->WatchMatches(&wrong, request);
  EXPECT_FALSE(refused->Read(&message));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(refused->Finish())), Reason::kFieldInvalid);
}

TEST_F(WatchTest, AnOperationTellsOfItsProgressAndItsEnd) {
  Create("n1", "磁场传感器");
  const auto channel = grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials());
  v1::CreateMatchRunRequest create;
  create.set_parent(kParent);
  grpc::ClientContext creating;
  v1::Operation operation;
  ASSERT_TRUE(v1::MatchService::NewStub(channel)->CreateMatchRun(&creating, create, &operation).ok());
  v1::GetOperationRequest request;
  request.set_name(operation.name());
  const auto operations = v1::OperationsService::NewStub(channel);
  grpc::ClientContext context;
  const auto reader = operations->WatchOperation(&context, request);
  int messages = 0;
  while (reader->Read(&operation)) ++messages;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_GE(messages, 1);
  EXPECT_TRUE(operation.done());
  EXPECT_TRUE(operation.has_response());

  request.set_name(std::string(kParent) + "/operations/op-none");
  grpc::ClientContext missing;
  const auto refused = operations->WatchOperation(&missing, request);
  EXPECT_FALSE(refused->Read(&operation));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(refused->Finish())), Reason::kOperationNotFound);
}

}  // namespace
}  // namespace magpie
