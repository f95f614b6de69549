// The service over loopback, as clients meet it: against an echo of the same messages, against the same questions asked in the
// process, and how long it takes to start.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bench.h"
#include "generate/generator.h"
#include "magpie/engine/engine.h"
#include "magpie/service/access_book.h"
#include "magpie/service/server.h"
#include "magpie/v1/match_service.grpc.pb.h"
#include "service/workspace.h"

namespace magpie::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = v1::MatchService::Stub;

constexpr double kEchoBar = 0.85, kBatchingBar = 5, kOfBatchBar = 0.8, kStartBar = 10;
constexpr double kSecondsOfLoad = 3;
constexpr int kFewInFlight = 8, kInFlight = 16, kManyInFlight = 64;
constexpr int kQuestions = 256;  // different ones, asked in turn
constexpr std::int64_t kImported = 5'000;

struct Size {
  std::string_view name;
  std::int64_t offerings;
};
constexpr Size kSizes[] = {{"S", 20'000}, {"M", 100'000}, {"L", 500'000}};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A data folder with so many made offerings and a token, removed at the end.
class Folder {
 public:
  explicit Folder(std::int64_t offerings)
      : generator_(Must(generate::Material::Load(FindModels(""), RunContext())), generate::GeneratorOptions()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "magpie-service-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    v1::Token wanted;
    wanted.set_role(v1::ROLE_ADMIN);
    secret_ = Must(Must(AccessBook::Open(path_))->Create(wanted, "")).secret;
    if (offerings == 0) return;
    const auto workspace = Must(Workspace::Open("default", path_ / "default.db"));
    for (std::int64_t first = 0; first < offerings; first += kImported) {
      std::vector<ListingRecord> records;
      for (std::int64_t at = first; at < std::min(offerings, first + kImported); ++at) {
        records.push_back(*generator_.Listing(Side::kOffering, at));
      }
      Must(workspace->catalogue().ImportListings(records, OnExisting::kReplace, false, {}));
    }
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::string& secret() const { return secret_; }
  std::vector<std::string> Questions() const {
    std::vector<std::string> questions;
    for (int i = 0; i < kQuestions; ++i) questions.push_back(generator_.Listing(Side::kNeed, i)->title);
    return questions;
  }

 private:
  generate::Generator generator_;
  std::filesystem::path path_;
  std::string secret_;
};

// Answers every search at once with the same response.
class Echo final : public v1::MatchService::CallbackService {
 public:
  explicit Echo(v1::SearchListingsResponse response) : response_(std::move(response)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

  grpc::ServerUnaryReactor* SearchListings(grpc::CallbackServerContext* context, const v1::SearchListingsRequest*,
                                           v1::SearchListingsResponse* response) override {
    *response = response_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const v1::SearchListingsResponse response_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

struct Load {
  double per_second = 0, p50_ms = 0, p99_ms = 0;
};

// Keeps so many searches in flight on one channel for a while.
class Loader {
 public:
  Loader(const std::string& address, std::string secret, std::vector<std::string> questions)
      : stub_(v1::MatchService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))),
        secret_(std::move(secret)),
        questions_(std::move(questions)) {}

  Load Run(int in_flight, double seconds) {
    {
      const std::lock_guard lock(mutex_);
      times_.clear();
      running_ = in_flight;
    }
    start_ = Clock::now();
    end_ = start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    for (int i = 0; i < in_flight; ++i) Begin();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
    const double took = SecondsSince(start_);
    std::sort(times_.begin(), times_.end());
    const auto at = [&](double share) {
      return 1e3 * times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
    };
    return {static_cast<double>(times_.size()) / took, at(0.5), at(0.99)};
  }

  v1::SearchListingsResponse One() {
    grpc::ClientContext context;
    Prepare(&context);
    v1::SearchListingsRequest request = Next();
    v1::SearchListingsResponse response;
    const grpc::Status status = stub_->SearchListings(&context, request, &response);
    if (!status.ok()) Fail(status);
    return response;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::SearchListingsRequest request;
    v1::SearchListingsResponse response;
    Clock::time_point begin;
  };

  static void Fail(const grpc::Status& status) {
    fmt::print(stderr, "service: {}\n", status.error_message());
    std::abort();
  }
  void Prepare(grpc::ClientContext* context) const {
    if (!secret_.empty()) context->AddMetadata("authorization", "Bearer " + secret_);
  }
  v1::SearchListingsRequest Next() {
    v1::SearchListingsRequest request;
    request.set_parent("workspaces/default");
    request.set_query(questions_[next_++ % questions_.size()]);
    return request;
  }
  void Begin() {
    auto* call = new Call;
    Prepare(&call->context);
    call->request = Next();
    call->begin = Clock::now();
    stub_->async()->SearchListings(&call->context, &call->request, &call->response,
                                   [this, call](const grpc::Status& s) {
                                     if (!s.ok()) Fail(s);
                                     const double took = SecondsSince(call->begin);
                                     const bool more = Clock::now() < end_;
                                     delete call;
                                     {
                                       const std::lock_guard lock(mutex_);
                                       times_.push_back(took);
                                       if (!more && --running_ == 0) done_.notify_all();
                                     }
                                     if (more) Begin();
                                   });
  }

  const std::unique_ptr<Stub> stub_;
  const std::string secret_;
  const std::vector<std::string> questions_;
  std::atomic<std::size_t> next_ = 0;
  Clock::time_point start_, end_;
  std::mutex mutex_;
  std::condition_variable done_;
  int running_ = 0;
  std::vector<double> times_;
};

std::unique_ptr<Server> StartServer(const Folder& folder) {
  ServerOptions options;
  options.data = folder.path();
  options.listen = "127.0.0.1:0";
  auto server = Must(Server::Start(options));
  if (!server->Load().ok()) std::abort();
  return server;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<Line> MeasureEmpty() {
  const Folder folder(0);
  const auto server = StartServer(folder);
  const std::vector<std::string> questions = folder.Questions();
  Loader ours(server->address(), folder.secret(), questions);
  const Echo echo(ours.One());
  Loader anchor(echo.address(), folder.secret(), questions);
  std::vector<double> rates, anchors, ratios;
  for (int round = 0; round < 5; ++round) {
    anchors.push_back(anchor.Run(kInFlight, kSecondsOfLoad / 3).per_second);
    rates.push_back(ours.Run(kInFlight, kSecondsOfLoad / 3).per_second);
    ratios.push_back(rates.back() / anchors.back());
  }
  server->Drain(1'000);
  Line line{.group = "service",
            .item = "service_empty",
            .unit = "1/s",
            .size = "empty, 16 in flight",
            .quality = fmt::format("bar {}", kEchoBar)};
  line.ours = Median(rates);
  line.anchor = Median(anchors);
  line.paired = Median(ratios);
  line.higher_is_better = true;
  line.threads = 2;
  return {line};
}

std::vector<Line> MeasureFull(const Size& size) {
  const Folder folder(size.offerings);
  const Clock::time_point begin = Clock::now();
  auto server = StartServer(folder);
  const double started = SecondsSince(begin);
  const std::string what = fmt::format("{} offerings", size.offerings);
  std::vector<Line> lines;
  lines.push_back(
      BarLine("service", "service_start", "s", started, kStartBar, what, fmt::format("peak {:.0f} MiB", PeakMib())));

  const std::vector<std::string> questions = folder.Questions();
  Loader load(server->address(), folder.secret(), questions);
  load.One();
  load.Run(kInFlight, kSecondsOfLoad);  // what is made once
  const Echo echo(load.One());
  Loader echoes(echo.address(), folder.secret(), questions);
  std::vector<double> alone, many, echo_p99, few_p99;
  for (int round = 0; round < 3; ++round) {
    alone.push_back(load.Run(1, kSecondsOfLoad).per_second);
    many.push_back(load.Run(kManyInFlight, kSecondsOfLoad).per_second);
    echo_p99.push_back(echoes.Run(kFewInFlight, kSecondsOfLoad / 3).p99_ms);
    few_p99.push_back(load.Run(kFewInFlight, kSecondsOfLoad).p99_ms);
  }
  server->Drain(1'000);
  server.reset();

  // The same questions in the process: 64 at once, and one after the other.
  const auto workspace = Must(Workspace::Open("default", folder.path() / "default.db"));
  const auto engine = Must(Engine::Open(FindModels("")));
  const auto scorer = Must(workspace->ScorerFor(*engine, workspace->catalogue().snapshot(), {}, RunContext()));
  const auto ask = [&](std::size_t i) {
    ListingRecord question;
    question.side = Side::kNeed;
    question.title = questions[i % questions.size()];
    Must(scorer->RankListing(question, 200));
  };
  const auto at_once = [&](double seconds) {
    std::atomic<std::size_t> asked = 0;
    const Clock::time_point start = Clock::now();
    std::vector<std::jthread> threads;
    for (int i = 0; i < kManyInFlight; ++i) {
      threads.emplace_back([&] {
        while (SecondsSince(start) < seconds) ask(asked++);
      });
    }
    threads.clear();
    return static_cast<double>(asked) / SecondsSince(start);
  };
  at_once(kSecondsOfLoad);
  std::vector<double> batch;
  for (int round = 0; round < 3; ++round) batch.push_back(at_once(kSecondsOfLoad));
  std::vector<double> times;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Clock::time_point start = Clock::now();
    ask(i);
    times.push_back(1e3 * SecondsSince(start));
  }
  std::sort(times.begin(), times.end());
  const double own_p99 = times[static_cast<std::size_t>(0.99 * static_cast<double>(times.size() - 1))];
  const double cores = std::max(1u, std::thread::hardware_concurrency());

  const auto add = [&](const char* item, double ours, double anchor, double bar) {
    Line line{.group = "service", .item = item, .unit = "1/s", .size = what, .quality = fmt::format("bar {}", bar)};
    line.ours = ours;
    line.anchor = anchor;
    line.higher_is_better = true;
    line.threads = 2;
    lines.push_back(line);
  };
  add("service_batching", Median(many), Median(alone), kBatchingBar);
  add("service_of_batch", Median(many), Median(batch), kOfBatchBar);
  Line tail =
      BarLine("service", "service_p99", "ms", Median(few_p99), Median(echo_p99) + kFewInFlight / cores * own_p99, what,
              fmt::format("8 in flight; echo {:.2f} ms, in the process {:.1f} ms", Median(echo_p99), own_p99));
  tail.threads = 2;
  lines.push_back(tail);
  return lines;
}

}  // namespace

std::vector<Bench> ServiceBenches() {
  std::vector<Bench> benches = {{"service", MeasureEmpty}};
  for (const Size& size : kSizes) {
    if (size.name == Sized()) benches.push_back({"service", [&size] { return MeasureFull(size); }});
  }
  return benches;
}

}  // namespace magpie::bench
