// The server: listens, loads, serves, drains.
#include "magpie/service/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/progress.h"
#include "magpie/base/status.h"
#include "magpie/vector/remote_encoder.h"
#include "service/http_gateway.h"
#include "service/rpc_call.h"
#include "service/tls_files.h"

namespace magpie {
namespace {

// So that a slow import does not hold up reads on a small machine, and that searches meet to share a pass over the index.
constexpr int kLeastThreads = 32;
constexpr std::chrono::milliseconds kLookAtDisks{500};
constexpr int kMaxGrpcThreads = 64;  // of gRPC's own; they only take in and hand over

// "127.0.0.1:7070", "[::1]:7070", "localhost:7070": the host, or an error.
absl::StatusOr<std::string> HostOf(const std::string& address, std::string_view option) {
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!digits || std::stoi(port) > 65'535 || host.empty()) {
    return MakeError(Reason::kBadArgument, option,
                     fmt::format("'{}' is not HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070", address));
  }
  return host;
}

bool IsLoopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (host == "localhost") return true;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return false;
}

// The TLS files, nullptr where none are given.
absl::StatusOr<std::unique_ptr<TlsFiles>> OpenTls(const ServerOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return MakeError(Reason::kBadArgument, options.tls_cert.empty() ? "--tls-cert" : "--tls-key",
                     "--tls-cert and --tls-key belong together: give both or neither");
  }
  if (options.tls_cert.empty() && !options.tls_client_ca.empty()) {
    return MakeError(Reason::kBadArgument, "--tls-client-ca", "needs TLS: give --tls-cert and --tls-key, too");
  }
  if (options.tls_cert.empty()) return nullptr;
  return TlsFiles::Open(options.tls_cert, options.tls_key, options.tls_client_ca);
}

class GrpcServer final : public Server {
 public:
  explicit GrpcServer(const ServerOptions& options)
      : options_(options),
        runner_(
            std::max(options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency()),
                     options.threads > 0 ? 1 : kLeastThreads),
            options.log ? options.log : [](std::string_view) {}, options.log_call),
        rpc_services_(MakeServices(runner_)) {}

  ~GrpcServer() override {
    if (server_) Drain(0);
  }

  absl::Status Listen() {
    MAGPIE_ASSIGN_OR_RETURN(tls_, OpenTls(options_));
    MAGPIE_RETURN_IF_ERROR(CheckReach(options_.listen, "--listen"));
    if (!options_.http.empty()) MAGPIE_RETURN_IF_ERROR(CheckReach(options_.http, "--http"));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options_.listen, tls_ ? tls_->Credentials() : grpc::InsecureServerCredentials(), &port);
    // Without this two servers could share a port, each getting some of the calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(4 * kMaxMessageBytes);  // 1,000 full listings of 20,000 code points each
    builder.SetResourceQuota(grpc::ResourceQuota("magpied").SetMaxThreads(kMaxGrpcThreads));
    for (const auto& service : rpc_services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      return MakeError(Reason::kUnavailable, "--listen",
                       fmt::format("cannot listen on {}: the port is taken, the host is not this machine's, or the TLS "
                                   "files do not fit each other",
                                   options_.listen));
    }
    SetServing(false);
    MAGPIE_RETURN_IF_ERROR(StartGateway());
    address_ = options_.listen.substr(0, options_.listen.rfind(':') + 1) + std::to_string(port);
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }
  std::string http_address() const override { return http_address_; }

  absl::Status Load() override {
    Backend backend;
    MAGPIE_ASSIGN_OR_RETURN(backend.workspaces, Workspaces::Open(options_.data, options_.workspaces));
    MAGPIE_ASSIGN_OR_RETURN(std::unique_ptr<AccessBook> book,
                            AccessBook::Open(options_.data, options_.calls_per_second));
    if (book->empty() && !on_loopback_) {
      return MakeError(Reason::kTokenMissing, "--listen",
                       fmt::format("'{}' can be reached from other machines and there is no token yet; make one first: "
                                   "magpie token create --data {} --role admin",
                                   options_.listen, options_.data.string()));
    }
    backend.warning = [this](std::string_view message) { runner_.log(fmt::format("warning: {}", message)); };
    MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const Encoder> text_encoder, OpenTextEncoder(backend.warning));
    MAGPIE_ASSIGN_OR_RETURN(backend.engine, Engine::Open(FindModels(options_.models), std::move(text_encoder)));
    services_ = std::make_unique<Services>(std::move(backend), std::move(book), on_loopback_);
    if (services_->authority.open()) {
      runner_.log(
          "warning: NO TOKENS: everybody on this machine may read and change everything; make the first one with "
          "'magpie token create --server ADDR --role admin'");
    }
    for (const auto& [name, workspace] : services_->backend.workspaces->all()) {
      MAGPIE_RETURN_IF_ERROR(services_->operations.Load(workspace));
      MAGPIE_RETURN_IF_ERROR(services_->match.LoadRuns(*workspace));
      MAGPIE_RETURN_IF_ERROR(services_->learning.LoadRanker(*workspace));
      workspace->LogRenewals(runner_.log);
      const auto snapshot = workspace->catalogue().snapshot();
      runner_.log(fmt::format(
          "workspace {}: {} parties, {} needs, {} offerings, {} pieces of feedback, version {}, ranker {}", name,
          snapshot->party_count(), snapshot->need_count(), snapshot->offering_count(), workspace->feedback().size(),
          snapshot->version(), workspace->active_ranker()->IdOr(services_->backend.engine->models().ranker.id)));
    }
    runner_.services = services_.get();
    SetServing(true);
    disks_ = std::jthread([this](std::stop_token stop) { WatchDisks(stop); });
    return absl::OkStatus();
  }

  absl::Status ReloadTls() override {
    if (!tls_) return MakeError(Reason::kWrongState, "--tls-cert", "the server runs without TLS: nothing to read anew");
    MAGPIE_RETURN_IF_ERROR(tls_->Reload());
    if (gateway_) MAGPIE_RETURN_IF_ERROR(gateway_->ReloadTls());
    runner_.log(fmt::format("TLS files read anew; the certificate holds until {}", tls_->expires()));
    return absl::OkStatus();
  }

  void Drain(int grace_ms) override {
    if (!server_) return;
    disks_ = {};
    SetServing(false);
    if (services_) services_->operations.ReleaseWaiters();
    runner_.watches.Close();
    gateway_.reset();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
    server_->Wait();
    if (services_) services_->operations.Shutdown();
    server_.reset();
  }

 private:
  // Whoever else can reach the address is to find it encrypted, unless the operator insists.
  absl::Status CheckReach(const std::string& address, std::string_view option) {
    MAGPIE_ASSIGN_OR_RETURN(const std::string host, HostOf(address, option));
    if (IsLoopback(host)) return absl::OkStatus();
    on_loopback_ = false;
    if (!options_.tls_cert.empty() || options_.allow_plaintext) return absl::OkStatus();
    return MakeError(Reason::kBadArgument, option,
                     fmt::format("'{}' can be reached from other machines, and without TLS everybody on the way can "
                                 "read and change the traffic; give --tls-cert and --tls-key, listen on 127.0.0.1, "
                                 "or insist with --allow-plaintext",
                                 address));
  }

  absl::Status StartGateway() {
    if (options_.http.empty()) return absl::OkStatus();
    GatewayOptions gateway;
    MAGPIE_ASSIGN_OR_RETURN(gateway.host, HostOf(options_.http, "--http"));
    const std::string front = options_.http.substr(0, options_.http.rfind(':') + 1);
    gateway.port = std::stoi(options_.http.substr(front.size()));
    gateway.only_as_loopback = IsLoopback(gateway.host);
    gateway.tls_cert = options_.tls_cert;
    gateway.tls_key = options_.tls_key;
    gateway.allow_origins = options_.http_origins;
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(4 * kMaxMessageBytes);
    gateway.channel = server_->InProcessChannel(arguments);
    gateway.is_serving = [this] { return runner_.services != nullptr && serving_; };
    gateway.metrics = [this](const std::string& authorization) { return MetricsFor(authorization); };
    MAGPIE_ASSIGN_OR_RETURN(gateway_, HttpGateway::Start(std::move(gateway)));
    http_address_ = front + std::to_string(gateway_->port());
    return absl::OkStatus();
  }

  // Beyond this machine they are for administrators.
  absl::StatusOr<std::string> MetricsFor(const std::string& authorization) {
    Services* services = runner_.services;
    if (!on_loopback_) {
      if (services == nullptr) return MakeError(Reason::kUnavailable, "", "the server is starting up");
      MAGPIE_ASSIGN_OR_RETURN(const CallerToken token, services->authority.Identify({authorization, {}, {}}));
      if (token && token->role() != v1::ROLE_ADMIN) {
        return MakeError(Reason::kNotAllowed, "", "metrics are for administrators");
      }
    }
    return runner_.metrics.Text(services, runner_.pool);
  }

  absl::StatusOr<std::shared_ptr<const Encoder>> OpenTextEncoder(
      const std::function<void(std::string_view)>& warning) const {
    if (options_.encoder.empty()) return nullptr;
    MAGPIE_ASSIGN_OR_RETURN(RemoteEncoderSettings settings, ReadRemoteEncoderSettings(options_.encoder));
    if (!settings.cache) settings.cache = options_.data / "vectors.cache";
    MAGPIE_ASSIGN_OR_RETURN(std::shared_ptr<const RemoteEncoder> encoder, RemoteEncoder::Open(settings));
    const absl::Status works = encoder->Check(RunContext());
    if (ReasonOf(works) == Reason::kUnavailable) {
      warning(ErrorText(works) + "; the built-in encoder does its work until it answers");
    } else if (!works.ok()) {
      return works;
    }
    return encoder;
  }

  void SetServing(bool serving) {
    serving_ = serving;
    grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
    if (health == nullptr) return;
    health->SetServingStatus("", serving);
    for (const std::string& service : ServiceNames()) health->SetServingStatus(service, serving);
    health->SetServingStatus(kWritesService, serving);
  }

  // Says once when a workspace's disk fails, and once when it takes writes again.
  void WatchDisks(std::stop_token stop) {
    std::map<std::string, std::string> told;  // by workspace
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, kLookAtDisks, [&] { return stop.stop_requested(); })) {
      for (const auto& [name, workspace] : services_->backend.workspaces->all()) {
        Store& store = workspace->store();
        const std::string trouble = ErrorText(store.Trouble());
        std::string& before = told[name];
        if (store.Trouble().ok() || (!before.empty() && store.TryWriting().ok())) {
          if (!before.empty()) runner_.log(fmt::format("workspace {}: the disk takes writes again", name));
          before.clear();
        } else if (before != trouble) {
          const bool damaged = ReasonOf(store.Trouble()) == Reason::kStoreCorrupt;
          runner_.log(fmt::format("error: workspace {}: {}; questions are answered, {}", name, trouble,
                                  damaged ? "nothing is written any more" : "writes are tried again"));
          before = trouble;
        }
      }
      const bool writes = std::all_of(told.begin(), told.end(), [](const auto& item) { return item.second.empty(); });
      server_->GetHealthCheckService()->SetServingStatus(kWritesService, writes);
    }
  }

  const ServerOptions options_;
  // Destroyed from below: the watch over the disks and the server first, then the pool that runs its last calls, then what they used.
  std::unique_ptr<Services> services_;
  CallRunner runner_;
  std::vector<std::unique_ptr<grpc::Service>> rpc_services_;
  std::unique_ptr<TlsFiles> tls_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HttpGateway> gateway_;  // goes before the server that it calls
  std::string address_, http_address_;
  bool on_loopback_ = true;
  std::atomic<bool> serving_ = false;
  std::jthread disks_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  auto server = std::make_unique<GrpcServer>(options);
  MAGPIE_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace magpie
