// Starting, stopping, being killed: nothing that was acknowledged is lost, and nothing unclear is said.
#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/service/rpc_status.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "magpie/v1/operations.grpc.pb.h"
#include "server_process.h"

namespace magpie {
namespace {

constexpr char kParent[] = "workspaces/default";

std::unique_ptr<v1::CatalogueService::Stub> CatalogueOf(const ServerProcess& server) {
  return v1::CatalogueService::NewStub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
}

v1::ImportListingsRequest Batch(const std::string& request_id, int first, int count) {
  v1::ImportListingsRequest request;
  request.set_parent(kParent);
  request.set_request_id(request_id);
  for (int i = first; i < first + count; ++i) {
    v1::Listing& listing = *request.add_listings();
    listing.set_external_id(fmt::format("需求 {}", i));
    listing.set_title(fmt::format("第{}项技术需求", i));
    listing.mutable_party()->set_display_name(fmt::format("公司{}", i % 7));
  }
  return request;
}

std::set<std::string> AllNeeds(v1::CatalogueService::Stub& catalogue) {
  std::set<std::string> ids;
  v1::ListListingsRequest list;
  list.set_parent(kParent);
  list.set_page_size(1'000);
  do {
    grpc::ClientContext context;
    v1::ListListingsResponse page;
    const grpc::Status status = catalogue.ListNeeds(&context, list, &page);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (!status.ok()) break;
    for (const v1::Listing& listing : page.listings()) ids.insert(listing.external_id());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  return ids;
}

TEST(RecoveryTest, EveryAcknowledgedImportSurvivesKill9) {
  const FreshFolder folder("kill");
  std::set<std::string> acknowledged;
  for (int round = 0; round < 3; ++round) {
    ServerProcess server(folder.path());
    ASSERT_TRUE(server.WaitUntilServing());
    const auto catalogue = CatalogueOf(server);
    const std::set<std::string> found = AllNeeds(*catalogue);
    EXPECT_TRUE(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));

    // Two writers import until the server dies under them.
    std::atomic<int> answers = 0;
    std::mutex mutex;
    const auto write = [&](int writer) {
      for (int i = 0; i < 200; ++i) {
        const v1::ImportListingsRequest request =
            Batch(fmt::format("{}-{}-{}", round, writer, i), (round * 2 + writer) * 10'000 + i * 20, 20);
        grpc::ClientContext context;
        v1::ImportResponse response;
        if (!catalogue->ImportNeeds(&context, request, &response).ok()) return;
        const std::lock_guard lock(mutex);
        EXPECT_EQ(response.created_count(), 20);
        for (const v1::Listing& listing : request.listings()) acknowledged.insert(listing.external_id());
        ++answers;
      }
    };
    std::thread first(write, 0), second(write, 1);
    while (answers < 8) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    server.Signal(SIGKILL);
    first.join();
    second.join();
    EXPECT_EQ(server.Wait(), -SIGKILL);
  }
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  const std::set<std::string> found = AllNeeds(*CatalogueOf(server));
  EXPECT_GE(acknowledged.size(), 3u * 8 * 20);
  EXPECT_TRUE(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()));
  EXPECT_EQ(found.size() % 20, 0u) << "a batch is there as a whole or not at all";
}

TEST(RecoveryTest, RequestIdsHoldAcrossARestart) {
  const FreshFolder folder("request");
  std::string first;
  for (int start = 0; start < 2; ++start) {
    ServerProcess server(folder.path());
    ASSERT_TRUE(server.WaitUntilServing());
    const auto catalogue = CatalogueOf(server);
    grpc::ClientContext context, other_context, dry_context;
    v1::ImportResponse response;
    ASSERT_TRUE(catalogue->ImportNeeds(&context, Batch("one", 0, 5), &response).ok());
    EXPECT_EQ(response.created_count(), 5);
    if (start == 0) {
      first = response.SerializeAsString();
    } else {
      EXPECT_EQ(response.SerializeAsString(), first);
    }
    const absl::Status other = FromGrpcStatus(catalogue->ImportNeeds(&other_context, Batch("one", 9, 1), &response));
    EXPECT_EQ(ReasonOf(other), Reason::kRequestIdReused);
    EXPECT_EQ(FieldOf(other), "request_id");

    v1::ImportListingsRequest dry = Batch("", 100, 7);
    dry.set_validate_only(true);
    ASSERT_TRUE(catalogue->ImportNeeds(&dry_context, dry, &response).ok());
    EXPECT_EQ(response.created_count(), 7);
    EXPECT_EQ(AllNeeds(*catalogue).size(), 5u);
    server.Signal(SIGKILL);
    server.Wait();
  }
}

TEST(RecoveryTest, SigtermLetsRunningCallsFinishAndSaysWhatItStopped) {
  const FreshFolder folder("drain");
  std::string operation_name;
  {
    ServerProcess server(folder.path());
    ASSERT_TRUE(server.WaitUntilServing());
    const auto catalogue = CatalogueOf(server);
    EXPECT_TRUE(AllNeeds(*catalogue).empty());  // and the connection is there
    std::atomic<bool> done = false;
    std::thread writer([&] {
      grpc::ClientContext context;
      v1::ImportResponse response;
      EXPECT_TRUE(catalogue->ImportNeeds(&context, Batch("", 0, 5'000), &response).ok());
      EXPECT_EQ(response.created_count(), 5'000);
      done = true;
    });
    // A call is on its way; the signal may meet it anywhere, but never before it has reached the server.
    const auto client = server.Connect();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    PlanOptions options;
    options.all_pairs = true;
    const auto run = client->StartMatchRun(options, {});
    if (run.ok()) operation_name = run->operation;
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0) << server.Errors();
    writer.join();
    EXPECT_TRUE(done);
    EXPECT_NE(server.Errors().find("stopped"), std::string::npos);
  }
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  EXPECT_EQ(AllNeeds(*CatalogueOf(server)).size(), 5'000u);
  if (operation_name.empty()) return;
  const auto operations =
      v1::OperationsService::NewStub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::GetOperationRequest get;
  get.set_name(operation_name);
  v1::Operation operation;
  ASSERT_TRUE(operations->GetOperation(&context, get, &operation).ok());
  EXPECT_TRUE(operation.done());
  if (operation.has_error()) {
    EXPECT_EQ(ReasonOf(FromRpcStatus(operation.error())), Reason::kUnavailable);
  }
}

TEST(RecoveryTest, ASecondServerOnTheFolderSaysSo) {
  const FreshFolder folder("second");
  ServerProcess first(folder.path());
  ASSERT_TRUE(first.WaitUntilServing());
  ServerProcess second(folder.path());
  EXPECT_EQ(second.Wait(), 2);
  EXPECT_NE(second.Errors().find("default.db"), std::string::npos) << second.Errors();
  ServerProcess same_port({"--data", (folder.path() / "other").string(), "--listen", first.address()});
  EXPECT_EQ(same_port.Wait(), 2);
  EXPECT_NE(same_port.Errors().find("cannot listen on " + first.address()), std::string::npos) << same_port.Errors();
}

TEST(RecoveryTest, ServesFilesOfOlderVersionsAndLeavesNewerOnesAlone) {
  const std::string data = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/";
  for (const char* version : {"workspace-v1.db", "workspace-v2.db"}) {
    SCOPED_TRACE(version);
    const FreshFolder folder("upgrade");
    const std::filesystem::path file = folder.path() / "default.db";
    std::filesystem::copy_file(data + version, file);
    {
      ServerProcess server(folder.path());
      ASSERT_TRUE(server.WaitUntilServing());
      const auto catalogue = CatalogueOf(server);
      EXPECT_EQ(AllNeeds(*catalogue), (std::set<std::string>{"N1", "需求/2"}));
      grpc::ClientContext context;
      v1::ImportResponse response;
      ASSERT_TRUE(catalogue->ImportNeeds(&context, Batch("new", 0, 3), &response).ok());
      EXPECT_EQ(AllNeeds(*catalogue).size(), 5u);
      server.Signal(SIGTERM);
      EXPECT_EQ(server.Wait(), 0);
    }
    std::string newer = *ReadFile(file, 1 << 20);
    newer[63] = 99;  // the schema's version
    ASSERT_TRUE(WriteFile(file, newer).ok());
    ServerProcess server(folder.path());
    EXPECT_EQ(server.Wait(), 2);
    EXPECT_NE(server.Errors().find("schema version 99"), std::string::npos) << server.Errors();
    EXPECT_EQ(*ReadFile(file, 1 << 20), newer);
    EXPECT_FALSE(std::filesystem::exists(file.string() + "-wal"));
  }
}

TEST(RecoveryTest, ADamagedFileIsRefusedAndLeftAlone) {
  const FreshFolder folder("damage");
  const std::filesystem::path file = folder.path() / "default.db";
  std::string bytes = *ReadFile(std::string(MAGPIE_SOURCE_DIR) + "/tests/data/workspace-v2.db", 1 << 20);
  bytes.replace(bytes.size() / 2, 4'096, std::string(4'096, '\xee'));
  ASSERT_TRUE(WriteFile(file, bytes).ok());
  ServerProcess server(folder.path());
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_NE(server.Errors().find("restore it from a backup"), std::string::npos) << server.Errors();
  EXPECT_EQ(*ReadFile(file, 1 << 20), bytes);
}

TEST(RecoveryTest, ABackupMadeUnderWritesIsWholeAndServes) {
  const FreshFolder folder("backup");
  const std::filesystem::path data = folder.path() / "data", copy = folder.path() / "copy",
                              back = folder.path() / "back";
  const auto run = [&](const std::string& arguments) {
    return std::system(
        fmt::format("{} {} > {}/out 2> {}/err", MAGPIE, arguments, folder.path().string(), folder.path().string())
            .c_str());
  };
  ServerProcess server(data);
  ASSERT_TRUE(server.WaitUntilServing());
  const auto catalogue = CatalogueOf(server);
  std::atomic<bool> stop = false;
  std::atomic<int> acknowledged = 0;  // batches of 20
  std::thread writer([&] {
    for (int batch = 0; !stop; ++batch) {
      grpc::ClientContext context;
      v1::ImportResponse response;
      if (!catalogue->ImportNeeds(&context, Batch(fmt::format("b{}", batch), 20 * batch, 20), &response).ok()) break;
      ++acknowledged;
    }
  });
  while (acknowledged < 5) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const int before = acknowledged;
  EXPECT_EQ(run(fmt::format("backup --data {} --out {}", data.string(), copy.string())), 0);
  const int after = acknowledged + 1;  // one may be in the store and not acknowledged yet
  stop = true;
  writer.join();
  EXPECT_NE(run(fmt::format("backup --data {} --out {}", data.string(), copy.string())), 0) << "nothing is overwritten";
  EXPECT_NE(run(fmt::format("restore --from {} --data {}", copy.string(), data.string())), 0);
  EXPECT_EQ(run(fmt::format("restore --from {} --data {}", copy.string(), back.string())), 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "back.partial"));

  ServerProcess restored(back);
  ASSERT_TRUE(restored.WaitUntilServing());
  const auto restored_catalogue = CatalogueOf(restored);
  const std::set<std::string> needs = AllNeeds(*restored_catalogue);
  EXPECT_EQ(needs.size() % 20, 0u) << "a batch is whole or not there";
  EXPECT_GE(static_cast<int>(needs.size()), 20 * before);
  EXPECT_LE(static_cast<int>(needs.size()), 20 * after);

  // One workspace alone; a damaged copy is refused and leaves nothing.
  EXPECT_EQ(
      run(fmt::format("backup --data {} --out {}/one --workspace default", data.string(), folder.path().string())), 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "one" / "access.sqlite"));
  EXPECT_NE(
      run(fmt::format("backup --data {} --out {}/none --workspace nobody", data.string(), folder.path().string())), 0);
  {
    std::fstream file(folder.path() / "one" / "default.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4'096 * 2);
    file << std::string(4'096, '\xff');
  }
  EXPECT_NE(run(fmt::format("restore --from {0}/one --data {0}/damaged", folder.path().string())), 0);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "damaged"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "damaged.partial"));
}

TEST(RecoveryTest, TlsKeepsPlainClientsOut) {
  const FreshFolder folder("tls");
  const std::string tls = std::string(MAGPIE_SOURCE_DIR) + "/tests/data/tls/";
  ServerProcess server(folder.path(), {"--tls-cert", tls + "cert.pem", "--tls-key", tls + "key.pem"});
  server.UseTls(tls + "cert.pem");
  ASSERT_TRUE(server.WaitUntilServing());
  ListingRecord record;
  record.id = "a";
  record.title = "题目";
  const auto imported = server.Connect()->ImportListings(Side::kNeed, std::span(&record, 1), {}, {});
  ASSERT_TRUE(imported.ok()) << ErrorText(imported.status());
  EXPECT_EQ(imported->created, 1);

  ClientOptions plain;
  plain.address = server.address();
  const auto health = (*Client::Connect(plain))->Health();
  EXPECT_EQ(ReasonOf(health.status()), Reason::kUnavailable);
  EXPECT_NE(ErrorText(health.status()).find("TLS"), std::string::npos);
}

// The list of services as reflection clients ask for it. Debian packages no .proto of reflection, so the two messages
// are written by hand: list_services is field 7 of the request, the names stand readable in the reply.
TEST(RecoveryTest, ReflectionNamesTheServices) {
  const FreshFolder folder("reflection");
  ServerProcess server(folder.path());
  ASSERT_TRUE(server.WaitUntilServing());
  grpc::GenericStub stub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::Slice ask(std::string("\x3A\x01*"));
  call->Write(grpc::ByteBuffer(&ask, 1), nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer reply;
  call->Read(&reply, nullptr);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(reply.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  for (const char* service : {"magpie.v1.CatalogueService", "magpie.v1.MatchService", "magpie.v1.LearningService",
                              "magpie.v1.OperationsService"}) {
    EXPECT_NE(text.find(service), std::string::npos) << service;
  }
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

TEST(RecoveryTest, WrongArgumentsEndWithStatus2AndAReason) {
  const FreshFolder folder("arguments");
  const std::string data = folder.path().string();
  const struct {
    std::vector<std::string> arguments;
    std::string said;
  } cases[] = {
      {{}, "--data"},
      {{"--data", data, "--listen", "7070"}, "HOST:PORT"},
      {{"--data", data, "--listen", "127.0.0.1:99999"}, "HOST:PORT"},
      {{"--data", data, "--listen", "0.0.0.0:0"}, "--allow-plaintext"},
      {{"--data", data, "--listen", "127.0.0.1:0", "--tls-cert", "x.pem"}, "belong together"},
      {{"--data", data, "--listen", "127.0.0.1:0", "--tls-cert", "x.pem", "--tls-key", "y.pem"}, "x.pem"},
      {{"--data", data, "--listen", "127.0.0.1:0", "--workspace", "Bad Name"}, "Bad Name"},
      {{"--data", data, "--listen", "127.0.0.1:0", "--models", data + "/none"}, "none"},
      {{"--data", "/dev/null/x", "--listen", "127.0.0.1:0"}, "/dev/null/x"},
      {{"--data", data, "--colour"}, "--colour"},
  };
  for (const auto& item : cases) {
    ServerProcess server(item.arguments);
    EXPECT_EQ(server.Wait(), 2) << item.said;
    EXPECT_NE(server.Errors().find(item.said), std::string::npos) << item.said << " is not in: " << server.Errors();
  }
}

}  // namespace
}  // namespace magpie
