// How a call of gRPC becomes a call of an Api: who makes it, whether it may, on which thread it runs.
//
// Only files that define services include this.
#pragma once

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/base/status.h"
#include "magpie/service/audit.h"
#include "magpie/service/rpc_status.h"
#include "magpie/service/server.h"
#include "service/access_api.h"
#include "service/authority.h"
#include "service/call_pool.h"
#include "service/catalogue_api.h"
#include "service/disclosure_api.h"
#include "service/learning_api.h"
#include "service/match_api.h"
#include "service/metrics.h"
#include "service/watch.h"

namespace magpie {

inline constexpr std::size_t kMaxWaitingCalls = 1'000;

// What the calls need once everything is loaded.
struct Services {
  Services(Backend loaded, std::unique_ptr<AccessBook> tokens, bool may_be_open)
      : backend(std::move(loaded)),
        book(std::move(tokens)),
        authority(*book, backend, may_be_open),
        access(*book),
        catalogue(backend),
        match(backend, operations),
        learning(backend, operations),
        disclosure(backend) {}

  Backend backend;
  const std::unique_ptr<AccessBook> book;
  const Authority authority;
  AccessApi access;
  Operations operations;
  CatalogueApi catalogue;
  MatchApi match;
  LearningApi learning;
  DisclosureApi disclosure;

  // Only what a token's own workspace may know of.
  void NoteRefusal(const Caller& caller, const absl::Status& refusal) const {
    if (ReasonOf(refusal) != Reason::kNotAllowed || !caller.token || caller.token->workspace().empty()) return;
    const auto workspace = backend.FindWorkspace(caller.token->workspace(), "");
    if (!workspace.ok()) return;
    const CallScope scope(caller.actor());
    const absl::Status noted = (*workspace)->audit().Append(v1::AUDIT_KIND_REFUSAL, {}, "NOT_ALLOWED", {});
    if (!noted.ok() && backend.warning) backend.warning(ErrorText(noted));
  }
};

// Whether a call may run on the thread of gRPC that took it in, which saves two changes of thread: methods whose last calls
// took less time than those would, one call at a time, so that another thread always goes on taking calls in.
class ShortCuts {
 public:
  // True = the caller runs the call now and then says Left().
  bool Enter(const std::atomic<float>& cost) {
    return cost.load(std::memory_order_relaxed) < kQuick && !taken_.exchange(true, std::memory_order_acquire);
  }
  void Left() { taken_.store(false, std::memory_order_release); }

  // A running mean of the method's calls, in seconds; the first one counts whole.
  static void Learn(double seconds, std::atomic<float>* cost) {
    const float before = cost->load(std::memory_order_relaxed), now = static_cast<float>(seconds);
    cost->store(before >= kNeverRun ? now : before + kWeight * (now - before), std::memory_order_relaxed);
  }
  static constexpr float kNeverRun = 1e6f;

 private:
  static constexpr float kQuick = 50e-6f, kWeight = 0.1f;
  std::atomic<bool> taken_ = false;
};

// The context of all calls: where they run, and what they run on once it is there.
struct CallRunner {
  CallPool pool;
  std::atomic<Services*> services = nullptr;
  std::function<void(std::string_view)> log;
  std::function<void(const CallLine&)> log_call;  // may be empty
  Metrics metrics;
  ShortCuts short_cuts;
  WatchHub watches;

  CallRunner(int threads, std::function<void(std::string_view)> sink, std::function<void(const CallLine&)> call_sink)
      : pool(threads, kMaxWaitingCalls), log(std::move(sink)), log_call(std::move(call_sink)) {}
};

// What a call shows of its caller, copied since it must not be looked at later.
inline Shown ShownBy(const grpc::CallbackServerContext& context) {
  Shown shown;
  const auto header = context.client_metadata().find("authorization");
  if (header != context.client_metadata().end()) {
    shown.authorization.assign(header->second.data(), header->second.size());
  }
  if (const auto trace = context.client_metadata().find("traceparent"); trace != context.client_metadata().end()) {
    shown.trace_id = TraceIdOf({trace->second.data(), trace->second.size()});
  }
  if (!shown.authorization.empty()) return shown;  // a token goes before a certificate
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return shown;
  for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : peer->FindPropertyValues(property)) {
      shown.certificate_names.emplace_back(name.data(), name.size());
    }
  }
  return shown;
}

// The caller, if it may make this call. A refusal goes into the workspace's audit log.
inline absl::StatusOr<Caller> Admit(const Services& services, const Shown& shown, std::string_view method,
                                    const google::protobuf::Message& request) {
  Caller caller;
  caller.method = method;
  caller.trace_id = shown.trace_id;
  MAGPIE_ASSIGN_OR_RETURN(caller.token, services.authority.Identify(shown));
  const absl::Status allowed = services.authority.Allow(caller.token, method, request);
  if (!allowed.ok()) services.NoteRefusal(caller, allowed);
  if (!allowed.ok()) return allowed;
  return caller;
}

// One unary call: runs `body` on the pool, with a stop token that is set when the client goes away or its deadline
// passes. Deletes itself when gRPC is done with it, which is never before Finish().
class Call : public grpc::ServerUnaryReactor {
 public:
  using Body = std::function<absl::Status(Services&, const RunContext&, const Caller&)>;

  // `request` lives until Finish(). `method` as in the table of rights.
  Call(CallRunner& runner, const grpc::CallbackServerContext& server_context, const char* method,
       const google::protobuf::Message& request, Body body)
      : runner_(runner),
        method_(runner.metrics.Of(method)),
        shown_(ShownBy(server_context)),
        request_(request),
        body_(std::move(body)) {
    runner_.metrics.Begin();
    if (runner_.short_cuts.Enter(method_.cost)) {
      Run();
      runner_.short_cuts.Left();
      return;
    }
    if (!runner_.pool.Submit([this] { Run(); })) {
      End(WithRetryDelay(MakeError(Reason::kTooManyCalls, "", "too many calls are waiting; try again later"),
                         std::chrono::seconds(1)));
    }
  }

  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  void Run() {
    const std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
    absl::Status status;
    Services* services = runner_.services;
    if (services == nullptr) {
      status = MakeError(Reason::kUnavailable, "", "the server is starting up or shutting down; try again later");
    } else if (stop_.stop_requested()) {
      status = MakeError(Reason::kCancelled, "", "the caller went away before the call began");
    } else {
      RunContext context;
      context.stop = stop_.get_token();
      context.warning = services->backend.warning;
      const absl::StatusOr<Caller> caller = Admit(*services, shown_, method_.name, request_);
      status = caller.status();
      if (caller.ok()) {
        token_ = caller->actor().token;
        const CallScope scope(caller->actor());
        status = body_(*services, context, *caller);
      }
    }
    if (absl::IsInternal(status) || absl::IsDataLoss(status)) {
      runner_.log(fmt::format("{} failed: {}", method_.name, ErrorText(status)));
    }
    ShortCuts::Learn(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), &method_.cost);
    End(status);
  }

  void End(const absl::Status& status) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
    runner_.metrics.End(method_, status.code(), took.count());
    if (runner_.log_call) {
      runner_.log_call({method_.name, absl::StatusCodeToString(status.code()), took.count(), token_, shown_.trace_id});
    }
    Finish(ToGrpcStatus(status));
  }

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  CallRunner& runner_;
  Metrics::Method& method_;
  const Shown shown_;
  std::string token_;
  const google::protobuf::Message& request_;
  const Body body_;
  std::stop_source stop_;
};

// Each method of a service: takes the request as it is, calls the method of the same name.
#define MAGPIE_CALL(service, method, Request, Response, expression)                                                   \
  grpc::ServerUnaryReactor* method(grpc::CallbackServerContext* context, const Request* request, Response* response)  \
      override {                                                                                                      \
    return new Call(                                                                                                  \
        runner_, *context, service "/" #method, *request,                                                             \
        [=]([[maybe_unused]] Services& s, [[maybe_unused]] const RunContext& c, [[maybe_unused]] const Caller& who) { \
          (void)response;                                                                                             \
          return expression;                                                                                          \
        });                                                                                                           \
  }

// All services, to be registered with a server; they go on using `runner`.
std::vector<std::unique_ptr<grpc::Service>> MakeServices(CallRunner& runner);
// Their full names, for health.
std::vector<std::string> ServiceNames();

}  // namespace magpie
