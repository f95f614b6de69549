// The HTTP side of the real server: the Connect protocol in JSON and binary, streams, health, metrics, tokens, origins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "magpie/client/access_client.h"
#include "magpie/v1/catalogue_service.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kList[] = "/magpie.v1.CatalogueService/ListNeeds";
constexpr char kCreate[] = "/magpie.v1.CatalogueService/CreateNeed";
constexpr char kParent[] = R"({"parent":"workspaces/default"})";

class GatewayTest : public testing::Test {
 protected:
  GatewayTest() : folder_("gateway") {}
  void Start(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--http", "127.0.0.1:0", "--http-allow-origin", "https://fair.example"});
    server_ = std::make_unique<ServerProcess>(folder_.path(), arguments);
    ASSERT_TRUE(server_->WaitUntilServing());
    client_ = std::make_unique<httplib::Client>("http://" + server_->http_address());
  }
  httplib::Result Post(const std::string& path, const std::string& body, const httplib::Headers& headers = {},
                       const char* type = "application/json") {
    return client_->Post(path.c_str(), headers, body, type);
  }
  json Error(const httplib::Result& result, int status) {
    EXPECT_TRUE(result);
    EXPECT_EQ(result->status, status) << result->body;
    return json::parse(result->body);
  }

  FreshFolder folder_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<httplib::Client> client_;
};

TEST_F(GatewayTest, SpeaksConnectInJsonAndBinary) {
  Start();
  auto created =
      Post(kCreate, R"({"parent":"workspaces/default","listingId":"n1","listing":{"title":"磁场传感器","trl":5}})");
  ASSERT_EQ(created->status, 200) << created->body;
  EXPECT_EQ(json::parse(created->body)["title"], "磁场传感器");
  EXPECT_EQ(created->get_header_value("Content-Type"), "application/json");

  v1::ListListingsRequest request;
  request.set_parent("workspaces/default");
  const auto listed = Post(kList, request.SerializeAsString(), {}, "application/proto");
  ASSERT_EQ(listed->status, 200);
  EXPECT_EQ(listed->get_header_value("Content-Type"), "application/proto");
  v1::ListListingsResponse response;
  ASSERT_TRUE(response.ParseFromString(listed->body));
  EXPECT_EQ(response.listings(0).title(), "磁场传感器");
  EXPECT_EQ(Post(kList, kParent, {}, "application/json; charset=utf-8")->status, 200);

  const json error = Error(Post(kList, R"({"parent":"workspaces/default","filter":"trl >"})"), 400);
  EXPECT_EQ(error["code"], "invalid_argument");
  EXPECT_EQ(error["details"][0]["type"], "google.rpc.ErrorInfo");
  EXPECT_EQ(error["details"][0]["debug"]["reason"], "FILTER_INVALID");
  EXPECT_EQ(error["details"][1]["debug"]["fieldViolations"][0]["field"], "filter");
  EXPECT_EQ(
      Error(Post("/magpie.v1.CatalogueService/GetNeed", R"({"name":"workspaces/default/needs/none"})"), 404)["code"],
      "not_found");
  EXPECT_EQ(
      Error(Post(kCreate, R"({"parent":"workspaces/default","listingId":"n1","listing":{"title":"x"}})"), 409)["code"],
      "already_exists");
}

TEST_F(GatewayTest, RefusesWhatItIsNotMeantFor) {
  Start();
  EXPECT_EQ(Error(Post("/magpie.v1.CatalogueService/Nothing", "{}"), 501)["code"], "unimplemented");
  EXPECT_EQ(Error(Post("/grpc.health.v1.Health/Check", "{}"), 501)["code"], "unimplemented");
  EXPECT_EQ(Error(Post("/", "{}"), 501)["code"], "unimplemented");
  EXPECT_EQ(Error(Post(kList, "{"), 400)["code"], "invalid_argument");
  EXPECT_EQ(Error(Post(kList, R"({"parrent":1})"), 400)["code"], "invalid_argument");
  EXPECT_EQ(Error(Post(kList, "\xff\xff\xff", {}, "application/proto"), 400)["code"], "invalid_argument");
  EXPECT_EQ(Post(kList, kParent, {}, "text/plain")->status, 415);
  EXPECT_EQ(Post("/magpie.v1.CatalogueService/WatchListings", kParent)->status, 415);
  EXPECT_EQ(client_->Get(kList)->status, 404);
  EXPECT_EQ(Error(Post(kList, kParent, {{"Connect-Timeout-Ms", "soon"}}), 400)["code"], "invalid_argument");
  EXPECT_EQ(Post(kList, kParent, {{"Connect-Timeout-Ms", "5000"}})->status, 200);
  EXPECT_EQ(Post(kList, kParent, {{"Host", "evil.example"}})->status, 403);
  EXPECT_EQ(Post(kList, std::string(17 << 20, ' '))->status, 413);
  EXPECT_EQ(client_->Get("/healthz")->status, 200);  // and it still serves
}

TEST_F(GatewayTest, PagesOfAllowedOriginsMayCall) {
  Start();
  const auto preflight = client_->Options(kList, {{"Origin", "https://fair.example"}});
  EXPECT_EQ(preflight->status, 204);
  EXPECT_EQ(preflight->get_header_value("Access-Control-Allow-Origin"), "https://fair.example");
  EXPECT_THAT(preflight->get_header_value("Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  EXPECT_EQ(Post(kList, kParent, {{"Origin", "https://fair.example"}})->get_header_value("Access-Control-Allow-Origin"),
            "https://fair.example");
  EXPECT_FALSE(
      client_->Options(kList, {{"Origin", "https://evil.example"}})->has_header("Access-Control-Allow-Origin"));
  EXPECT_FALSE(Post(kList, kParent, {{"Origin", "https://evil.example"}})->has_header("Access-Control-Allow-Origin"));
}

TEST_F(GatewayTest, AsksForTheSameTokens) {
  MadeToken admin, reader;
  {
    const auto book = OpenAccess(folder_.path());
    admin = *(*book)->Create({.role = "admin"}, {});
    reader = *(*book)->Create({.role = "reader", .workspace = "default"}, {});
  }
  Start({"--log", "json", "--log-calls"});
  EXPECT_EQ(Error(Post(kList, kParent), 401)["code"], "unauthenticated");
  const auto with = [](const MadeToken& token) {
    return httplib::Headers{{"Authorization", "Bearer " + token.secret},
                            {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}};
  };
  EXPECT_EQ(Post(kList, kParent, with(reader))->status, 200);
  EXPECT_EQ(
      Error(Post(kCreate, R"({"parent":"workspaces/default","listing":{"title":"x"}})", with(reader)), 403)["code"],
      "permission_denied");
  EXPECT_EQ(Post(kCreate, R"({"parent":"workspaces/default","listing":{"title":"x"}})", with(admin))->status, 200);
  EXPECT_EQ(client_->Get("/healthz")->status, 200);  // asks for none
  // One line a call, with the trace it belongs to and without the secret.
  const std::string log = server_->Errors();
  EXPECT_THAT(log, HasSubstr(R"("method":"CatalogueService/CreateNeed","code":"PERMISSION_DENIED")"));
  EXPECT_THAT(log, HasSubstr(R"("trace_id":"0af7651916cd43dd8448eb211c80319c")"));
  EXPECT_THAT(log, HasSubstr(R"("token":"tokens/)" + reader.token.id));
  EXPECT_THAT(log, Not(HasSubstr(reader.secret)));
}

TEST_F(GatewayTest, CountsWhatItDoes) {
  Start();
  Post(kCreate, R"({"parent":"workspaces/default","listing":{"title":"x"}})");
  Post(kList, "{}");
  const auto metrics = client_->Get("/metrics");
  ASSERT_EQ(metrics->status, 200);
  EXPECT_THAT(metrics->get_header_value("Content-Type"), HasSubstr("text/plain; version=0.0.4"));
  for (const char* line :
       {R"(magpie_calls_total{code="OK",method="CatalogueService/CreateNeed"} 1)",
        R"(magpie_calls_total{code="INVALID_ARGUMENT",method="CatalogueService/ListNeeds"} 1)",
        R"(magpie_call_seconds_count{method="CatalogueService/CreateNeed"} 1)", R"(magpie_listings{side="need"} 1)",
        "magpie_calls_in_flight 0", "magpie_ready 1", "process_open_fds "}) {
    EXPECT_THAT(metrics->body, HasSubstr(line));
  }
}

std::string Enveloped(const std::string& body) {
  return std::string("\0\0\0\0", 4) + static_cast<char>(body.size()) + body;
}

TEST_F(GatewayTest, StreamsInEnvelopes) {
  Start();
  std::string got;
  std::thread writer([&] {
    httplib::Client other("http://" + server_->http_address());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    other.Post(kCreate, R"({"parent":"workspaces/default","listing":{"title":"fresh"}})", "application/json");
  });
  httplib::Request request;
  request.method = "POST";
  request.path = "/magpie.v1.CatalogueService/WatchListings";
  request.headers = {{"Content-Type", "application/connect+json"}};
  request.body = Enveloped(kParent);
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    got.append(data, size);
    return got.find("fresh") == std::string::npos;  // then the caller goes away
  };
  httplib::Response response;
  httplib::Error error{};
  client_->set_read_timeout(20);
  client_->send(request, response, error);
  writer.join();
  EXPECT_THAT(got, HasSubstr("LISTING_CHANGE_ADDED"));

  // An error is the last envelope.
  const auto refused = Post(request.path, Enveloped(R"({"parent":"workspaces/none"})"), {}, "application/connect+json");
  ASSERT_GT(refused->body.size(), 5u);
  EXPECT_EQ(refused->status, 200);
  EXPECT_EQ(refused->body[0], 2);
  EXPECT_EQ(json::parse(refused->body.substr(5))["error"]["code"], "not_found");
  EXPECT_EQ(json::parse(Post(request.path, "x", {}, "application/connect+json")->body.substr(5))["error"]["code"],
            "invalid_argument");
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(), 0);
}

TEST_F(GatewayTest, TheServerSaysWhyItDoesNotListen) {
  ServerProcess wrong(folder_.path(), {"--http", "nowhere"});
  EXPECT_EQ(wrong.Wait(), 2);
  EXPECT_THAT(wrong.Errors(), HasSubstr("--http"));
  ServerProcess open(folder_.path(), {"--http", "0.0.0.0:0"});
  EXPECT_EQ(open.Wait(), 2);
  EXPECT_THAT(open.Errors(), HasSubstr("without TLS"));
  Start();
  ServerProcess taken(FreshFolder("gateway-2").path(), {"--http", server_->http_address()});
  EXPECT_EQ(taken.Wait(), 2);
  EXPECT_THAT(taken.Errors(), HasSubstr("the port is taken"));
}

}  // namespace
}  // namespace magpie
