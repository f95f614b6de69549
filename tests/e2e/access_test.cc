// Who may call the real server: tokens and certificates over the wire, the command line, and what the log keeps quiet.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/client/access_client.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/access_service.grpc.pb.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ClientOptions OptionsFor(const ServerProcess& server, const std::string& token) {
  ClientOptions options;
  options.address = server.address();
  options.token = token;
  return options;
}

absl::Status TryQuery(const ClientOptions& options) {
  auto client = Client::Connect(options);
  if (!client.ok()) return client.status();
  return (*client)->Search(Side::kOffering, "磁场传感器", 3, {}).status();
}

std::vector<ListingRecord> OneNeed() {
  ListingRecord record;
  record.id = "N1";
  record.side = Side::kNeed;
  record.title = "磁场传感器";
  record.party.name = "甲公司";
  return {record};
}

TEST(AccessTest, TokensOpenWhatTheirRoleMayDoUntilTheyAreRevoked) {
  const FreshFolder folder("access");
  MadeToken admin;
  {
    const auto book = OpenAccess(folder.path());
    ASSERT_TRUE(book.ok()) << ErrorText(book.status());
    const auto made = (*book)->Create({.label = "first", .role = "admin"}, {});
    ASSERT_TRUE(made.ok()) << ErrorText(made.status());
    admin = *made;
  }
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());  // health asks for no token
  EXPECT_EQ(ReasonOf(OpenAccess(folder.path()).status()), Reason::kStoreBusy);

  EXPECT_EQ(ReasonOf(TryQuery(OptionsFor(server, ""))), Reason::kTokenMissing);
  EXPECT_EQ(ReasonOf(TryQuery(OptionsFor(server, "mgp_nonsense"))), Reason::kTokenInvalid);
  EXPECT_TRUE(TryQuery(OptionsFor(server, admin.secret)).ok());

  const auto access = AccessClient::Connect(OptionsFor(server, admin.secret));
  ASSERT_TRUE(access.ok());
  const auto organiser = (*access)->Create({.role = "organiser", .workspace = "default"}, {});
  const auto reader = (*access)->Create({.role = "reader", .workspace = "default"}, {});
  ASSERT_TRUE(organiser.ok() && reader.ok());
  const auto import = [&](const std::string& token) {
    return (*Client::Connect(OptionsFor(server, token)))->ImportListings(Side::kNeed, OneNeed(), {}, {}).status();
  };
  EXPECT_EQ(ReasonOf(import(reader->secret)), Reason::kNotAllowed);
  EXPECT_TRUE(import(organiser->secret).ok());
  EXPECT_TRUE(TryQuery(OptionsFor(server, reader->secret)).ok());
  // A long wait is asked for its token, too.
  const auto channel = grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  v1::WaitOperationRequest wait;
  wait.set_name("workspaces/default/operations/op-1");
  v1::Operation operation;
  grpc::ClientContext waiting;
  EXPECT_EQ(v1::OperationsService::NewStub(channel)->WaitOperation(&waiting, wait, &operation).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);

  ASSERT_TRUE((*access)->Revoke(reader->token.id, {}).ok());
  EXPECT_EQ(ReasonOf(TryQuery(OptionsFor(server, reader->secret))), Reason::kTokenInvalid);
  EXPECT_EQ((*access)->List({})->size(), 3u);

  server.Signal(SIGKILL);
  server.Wait();
  ServerProcess again(folder.path());
  ASSERT_TRUE(again.WaitUntilServing());
  EXPECT_EQ(ReasonOf(TryQuery(OptionsFor(again, reader->secret))), Reason::kTokenInvalid);
  EXPECT_TRUE(TryQuery(OptionsFor(again, organiser->secret)).ok());
  for (const std::string& secret : {admin.secret, organiser->secret, reader->secret}) {
    EXPECT_THAT(server.Errors() + again.Errors(), Not(HasSubstr(secret.substr(0, 12))));
  }
}

TEST(AccessTest, AnOpenServerSaysSoAndClosesWithItsFirstToken) {
  const FreshFolder folder("open");
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  EXPECT_THAT(server.Errors(), HasSubstr("NO TOKENS"));
  EXPECT_TRUE(TryQuery(OptionsFor(server, "")).ok());
  const auto access = AccessClient::Connect(OptionsFor(server, ""));
  const auto admin = (*access)->Create({.role = "admin"}, {});
  ASSERT_TRUE(admin.ok()) << ErrorText(admin.status());
  EXPECT_EQ(ReasonOf(TryQuery(OptionsFor(server, ""))), Reason::kTokenMissing);
  EXPECT_TRUE(TryQuery(OptionsFor(server, admin->secret)).ok());
}

TEST(AccessTest, NothingIsOpenBeyondLoopback) {
  const FreshFolder folder("reachable");
  ServerProcess server(
      std::vector<std::string>{"--data", folder.path().string(), "--listen", "0.0.0.0:0", "--allow-plaintext"});
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Errors(), HasSubstr("magpie token create"));
}

TEST(AccessTest, AllowancesHold) {
  const FreshFolder folder("rate");
  MadeToken admin;
  {
    const auto book = OpenAccess(folder.path());
    admin = *(*book)->Create({.role = "admin", .calls_per_second = 0.2}, {});
  }
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  EXPECT_TRUE(TryQuery(OptionsFor(server, admin.secret)).ok());
  EXPECT_TRUE(TryQuery(OptionsFor(server, admin.secret)).ok());
  const absl::Status third = TryQuery(OptionsFor(server, admin.secret));
  EXPECT_EQ(ReasonOf(third), Reason::kTooManyCalls);
  ASSERT_TRUE(RetryDelayOf(third).has_value());
  EXPECT_LE(RetryDelayOf(third)->count(), 5'000);
}

TEST(AccessTest, AClientCertificateStandsForAToken) {
  const FreshFolder folder("mtls");
  const std::string tls = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/tls/";
  {
    const auto book = OpenAccess(folder.path());
    ASSERT_TRUE((*book)->Create({.role = "admin", .certificate_name = "localhost"}, {}).ok());
  }
  // The one self-signed certificate of the tests serves as the server's, as the client's and as the authority.
  ServerProcess server(folder.path(), {"--tls-cert", tls + "cert.pem", "--tls-key", tls + "key.pem", "--tls-client-ca",
                                       tls + "cert.pem"});
  server.UseTls(tls + "cert.pem");
  ASSERT_TRUE(server.WaitUntilServing());
  ClientOptions plain = OptionsFor(server, "");
  plain.tls_ca = tls + "cert.pem";
  EXPECT_EQ(ReasonOf(TryQuery(plain)), Reason::kTokenMissing);

  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = ssl.pem_cert_chain = *ReadFile(tls + "cert.pem", 1 << 20);
  ssl.pem_private_key = *ReadFile(tls + "key.pem", 1 << 20);
  const auto channel = grpc::CreateChannel(server.address(), grpc::SslCredentials(ssl));
  grpc::ClientContext context;
  v1::Caller caller;
  const grpc::Status status = v1::AccessService::NewStub(channel)->GetCaller(&context, {}, &caller);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(caller.token().role(), v1::ROLE_ADMIN);
  EXPECT_EQ(caller.token().certificate_name(), "localhost");
}

// The certificate that a new connection is shown, by its bytes; "" where none can be made.
std::string CertificateOf(const std::string& address) {
  const std::string command = fmt::format(
      "openssl s_client -connect {} -alpn h2 < /dev/null 2> /dev/null | openssl x509 -outform PEM 2> /dev/null",
      address);
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  pclose(pipe);
  return text;
}

TEST(AccessTest, ANewCertificateIsTakenOnSighupAndABadOneIsNot) {
  const FreshFolder folder("reload");
  const std::string cert = folder.path() / "cert.pem", key = folder.path() / "key.pem";
  const auto make = [&](const std::string& name) {
    ASSERT_EQ(
        std::system(fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                                "-subj /CN={} -addext subjectAltName=IP:127.0.0.1 -keyout {} -out {} 2> /dev/null",
                                name, key, cert)
                        .c_str()),
        0);
  };
  make("first");
  ServerProcess server(folder.path() / "data", {"--tls-cert", cert, "--tls-key", key});
  server.UseTls(cert);
  ASSERT_TRUE(server.WaitUntilServing());
  const std::string first = CertificateOf(server.address());
  EXPECT_EQ(first, *ReadFile(cert, 1 << 20));

  make("second");
  const std::string second = *ReadFile(cert, 1 << 20);
  ASSERT_NE(first, second);
  server.Signal(SIGHUP);
  std::string shown;
  for (int i = 0; i < 50 && shown != second; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    shown = CertificateOf(server.address());
  }
  EXPECT_EQ(shown, second);
  EXPECT_THAT(server.Errors(), HasSubstr("read anew"));

  ASSERT_TRUE(WriteFile(key, "no key").ok());
  server.Signal(SIGHUP);
  for (int i = 0; i < 50 && server.Errors().find("stay in use") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(server.Errors(), HasSubstr("--tls-key"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // gRPC has looked again
  EXPECT_EQ(CertificateOf(server.address()), second);

  make("third");
  ASSERT_TRUE(WriteFile(cert, second).ok());  // a key of another certificate
  ServerProcess wrong(folder.path() / "data2", {"--tls-cert", cert, "--tls-key", key});
  EXPECT_EQ(wrong.Wait(), 2);
  EXPECT_THAT(wrong.Errors(), HasSubstr("is not the key of the certificate"));
}

TEST(AccessTest, TheCommandLineMakesListsAndRevokes) {
  const FreshFolder folder("cli");
  const std::string data = folder.path() / "data";
  const auto run = [&](const std::string& arguments) {
    return std::system(
        fmt::format("{} {} > {}/out 2> {}/err", MAGPIE, arguments, folder.path().string(), folder.path().string())
            .c_str());
  };
  const auto text = [&](const char* name) { return *ReadFile(folder.path() / name, 1 << 20); };
  ASSERT_EQ(run(fmt::format("token create --data {} --role admin --label 'ops desk' --out {}/admin.token", data,
                            folder.path().string())),
            0);
  ServerProcess server{std::filesystem::path(data)};
  ASSERT_TRUE(server.WaitUntilServing());
  const std::string with =
      fmt::format("--server {} --token-file {}/admin.token", server.address(), folder.path().string());
  EXPECT_NE(run(fmt::format("query --server {} --text 磁场", server.address())), 0);
  EXPECT_THAT(text("err"), HasSubstr("--token-file"));
  EXPECT_EQ(run("query " + with + " --text 磁场"), 0);
  EXPECT_EQ(run("token create " + with + " --role party-member --party P12"), 0);
  EXPECT_THAT(text("out"), testing::StartsWith("mgp_"));
  EXPECT_NE(run("token create " + with + " --role king"), 0);
  EXPECT_EQ(run("token list " + with), 0);
  const std::string list = text("out");
  EXPECT_THAT(list, HasSubstr("ops desk"));
  EXPECT_THAT(list, Not(HasSubstr("mgp_")));
  const std::size_t begin = list.find("t-");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(run("token revoke " + with + " " + list.substr(begin, list.find('\t', begin) - begin)), 0);
  EXPECT_NE(run("token revoke " + with + " t-0"), 0);
  EXPECT_THAT(text("err"), HasSubstr("there is no tokens/t-0"));
}

}  // namespace
}  // namespace magpie
