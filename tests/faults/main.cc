// tools/faults: kills magpied at random instants under mixed load, cuts its power and breaks its disk, and judges after every restart:
// nothing acknowledged is lost, nothing is half there, every start serves, and a bad disk stops no read.
#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "e2e/server_process.h"
#include "faults/fault_switch.h"
#include "faults/load.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "magpie/base/files.h"
#include "magpie/base/random.h"
#include "magpie/service/server.h"

namespace magpie {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds kPatience(10'000);
constexpr milliseconds kHit(5'000);  // within which a fault meets a write
constexpr int kFaultsAServer = 10;   // then it is killed, so that what is on the disk is judged

FaultSwitch* MakeSwitch(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, sizeof(FaultSwitch)) != 0) return nullptr;
  void* page = mmap(nullptr, sizeof(FaultSwitch), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return page == MAP_FAILED ? nullptr : static_cast<FaultSwitch*>(page);
}

template <typename Condition>
bool WaitFor(milliseconds patience, const Condition& condition) {
  const auto end = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

class Driver {
 public:
  Driver(const std::filesystem::path& folder, std::uint64_t seed, FaultSwitch* faults)
      : folder_(folder), random_(seed), faults_(faults) {}

  bool WriteFirst() { return Start() && WriteAnchors(Stubs(server_->address())); }

  void Kill(int kills) {
    for (; kills_ < kills && Start(); ++kills_) {
      const std::int64_t before = tally_.ledger.acknowledged();
      const Load load(server_->address(), false, random_.Next(), &tally_);
      WaitFor(kPatience, [&] { return tally_.ledger.acknowledged() > before; });
      std::this_thread::sleep_for(std::chrono::microseconds(random_.Below(300'000)));
      server_->Signal(SIGKILL);
    }
    Start();
  }

  // Like Kill, but what was not flushed is lost: all of it, or some of it at random.
  void CutPower(int cuts) {
    faults_->keep_undo = true;
    for (; cuts_ < cuts && Start(); ++cuts_) {
      const std::int64_t before = tally_.ledger.acknowledged();
      const Load load(server_->address(), false, random_.Next(), &tally_);
      WaitFor(kPatience, [&] { return tally_.ledger.acknowledged() > before; });
      std::this_thread::sleep_for(std::chrono::microseconds(random_.Below(300'000)));
      server_->Signal(SIGKILL);
    }
    Start();
    faults_->keep_undo = false;
  }

  void Break(int faults) {
    faults_->keep_undo = true;
    if (faults > 0 && Start()) HoldEach();
    while (broken_ < faults && Start()) {
      const Load load(server_->address(), true, random_.Next(), &tally_);
      for (int i = 0; i < kFaultsAServer && broken_ < faults; ++i) BreakOnce();
    }
    Start();
  }

  // Prints the table. Whether all is well.
  bool Report() {
    fmt::print("{:>6} kills, {} power cuts, {} faults, {} held faults; {} writes not flushed\n", kills_, cuts_, broken_,
               held_, undone_);
    for (const auto& [name, count] : by_name_) fmt::print("{:>6} x {}\n", count, name);
    fmt::print("{:>6} writes acknowledged, {} not; {} reads answered\n", tally_.ledger.acknowledged(),
               tally_.refused.load(), tally_.reads - tally_.reads_failed);
    const std::pair<const char*, const std::vector<std::string>&> bad[] = {
        {"acknowledged writes lost", tally_.lost},
        {"half-applied", tally_.halves},
        {"starts refused", starts_refused_},
        {"other answers that should not be, reads not answered", tally_.strange}};
    bool well = true;
    for (const auto& [what, faults] : bad) {
      fmt::print("{:>6} {}\n", faults.size(), what);
      for (std::size_t i = 0; i < faults.size() && i < 5; ++i) fmt::print("         {}\n", faults[i]);
      well = well && faults.empty();
    }
    return well;
  }

 private:
  // Kills the server that runs, undoes what it did not flush where that is kept, starts another one and judges what it has.
  bool Start() {
    faults_->fault = Fault::kNone;
    if (server_) server_->Signal(SIGKILL);
    server_.reset();
    if (faults_->keep_undo) {
      const bool all = random_.Below(2) == 0;
      for (const char* end : {"default.db", "default.db-wal"}) undone_ += Undo(folder_ / end, all);
    }
    server_ = std::make_unique<ServerProcess>(folder_);
    if (!server_->WaitUntilServing()) {
      starts_refused_.push_back(server_->Errors());
      return false;
    }
    Judge(Stubs(server_->address()), &tally_);
    return true;
  }

  // Puts back what stood where something was written that was not flushed. How many writes.
  int Undo(const std::filesystem::path& file, bool all) {
    const std::string path = file.string() + ".undo";
    const std::string text = ReadFile(path, 1 << 30).value_or("");
    std::vector<std::pair<UndoRecord, std::string_view>> records;
    for (std::size_t at = 0; at + sizeof(UndoRecord) <= text.size();) {
      UndoRecord head;
      std::memcpy(&head, text.data() + at, sizeof head);
      const std::string_view bytes =
          std::string_view(text).substr(at + sizeof head, static_cast<std::size_t>(head.size));
      if (std::ssize(bytes) < head.size) break;  // it was killed before it wrote
      records.emplace_back(head, bytes);
      at += sizeof head + bytes.size();
    }
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    int undone = 0;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (!all && random_.Below(2) == 0) continue;
      stream.seekp(record->first.offset);
      stream.write(record->second.data(), std::ssize(record->second));
      ++undone;
    }
    std::filesystem::remove(path);
    return undone;
  }

  void Arm(Fault fault, int skip, int count, bool file_only) {
    faults_->fault = Fault::kNone;
    faults_->skip = skip;
    faults_->count = count;
    faults_->broken = 0;
    faults_->file_only = file_only;
    faults_->fault = fault;
  }

  void BreakOnce() {
    static constexpr std::pair<Fault, const char*> kFaults[] = {{Fault::kFailedWrite, "failed write"},
                                                                {Fault::kShortWrite, "short write"},
                                                                {Fault::kFailedFlush, "failed flush"},
                                                                {Fault::kFullDisk, "full disk"}};
    const auto [fault, name] = kFaults[random_.Below(4)];
    const int count = 1 + static_cast<int>(random_.Below(4));
    const bool file_only = random_.Below(4) == 0;  // of the file itself: when the log is carried over
    Arm(fault, static_cast<int>(random_.Below(file_only ? 2 : 9)), count, file_only);
    const bool hit = WaitFor(kHit, [&] { return faults_->broken > 0; });
    WaitFor(milliseconds(200), [&] { return faults_->broken >= count; });
    faults_->fault = Fault::kNone;
    if (hit) {
      ++broken_;
      ++by_name_[fmt::format("{}{}", name, file_only ? ", of the file" : ", of the log or the file")];
    }
    const std::int64_t before = tally_.ledger.acknowledged();
    if (!WaitFor(kPatience, [&] { return tally_.ledger.acknowledged() > before + 2; })) {
      tally_.Add(&Tally::strange, fmt::format("writes do not go on after a {}", name));
    }
  }

  // A fault that lasts: the health of writes says so, reads go on, and all is well when it ends.
  void HoldEach() {
    for (const Fault fault : {Fault::kFullDisk, Fault::kFailedWrite, Fault::kFailedFlush}) {
      const Load load(server_->address(), true, random_.Next(), &tally_);
      Arm(fault, 0, 1 << 30, false);
      ++held_;
      if (!WaitFor(kPatience, [&] { return !Serves(kWritesService); })) {
        tally_.Add(&Tally::strange, fmt::format("writes are SERVING with fault {}", static_cast<int>(fault)));
      }
      const std::int64_t acknowledged = tally_.ledger.acknowledged(), reads = tally_.reads;
      std::this_thread::sleep_for(milliseconds(1'000));
      if (tally_.ledger.acknowledged() != acknowledged || tally_.reads < reads + 10 || !Serves("")) {
        tally_.Add(&Tally::strange, fmt::format("with fault {}: {} writes acknowledged, {} reads answered, {}",
                                                static_cast<int>(fault), tally_.ledger.acknowledged() - acknowledged,
                                                tally_.reads - reads, Serves("") ? "SERVING" : "NOT_SERVING"));
      }
      faults_->fault = Fault::kNone;
      if (!WaitFor(kPatience, [&] { return Serves(kWritesService) && tally_.ledger.acknowledged() > acknowledged; })) {
        tally_.Add(&Tally::strange, fmt::format("no writes after fault {}", static_cast<int>(fault)));
      }
    }
  }

  bool Serves(const std::string& service) const {
    using grpc::health::v1::HealthCheckResponse;
    const auto stub =
        grpc::health::v1::Health::NewStub(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    return stub->Check(&context, request, &response).ok() && response.status() == HealthCheckResponse::SERVING;
  }

  const std::filesystem::path folder_;
  Random random_;
  FaultSwitch* const faults_;
  std::unique_ptr<ServerProcess> server_;
  Tally tally_;
  std::vector<std::string> starts_refused_;
  std::map<std::string, int> by_name_;
  int kills_ = 0, cuts_ = 0, undone_ = 0, broken_ = 0, held_ = 0;
};

int Run(int argc, char** argv) {
  int kills = 200, cuts = 200, faults = 200;
  std::uint64_t seed = 1;
  CLI::App app("kills magpied and breaks its disk under load; ends with 1 where anything was lost");
  app.add_option("--kills", kills, "kill -9 at so many random instants")->check(CLI::NonNegativeNumber);
  app.add_option("--cuts", cuts, "cut the power so often")->check(CLI::NonNegativeNumber);
  app.add_option("--faults", faults, "break so many writes or flushes")->check(CLI::NonNegativeNumber);
  app.add_option("--seed", seed, "of what is drawn by lot; the machine's timing is drawn anew each time");
  CLI11_PARSE(app, argc, argv);

  const FreshFolder folder("faults");
  const std::filesystem::path path = folder.path() / "switch";
  FaultSwitch* const page = MakeSwitch(path);
  if (page == nullptr) {
    fmt::print(stderr, "cannot make {}\n", path.string());
    return 1;
  }
  setenv("MAGPIE_FAULTS", path.c_str(), 1);
  setenv("LD_PRELOAD", MAGPIE_FAULT_SHIM, 1);  // in the servers; this process runs already
  Driver driver(folder.path() / "data", seed, page);
  if (driver.WriteFirst()) {
    driver.Kill(kills);
    driver.CutPower(cuts);
    driver.Break(faults);
  }
  return driver.Report() ? 0 : 1;
}

}  // namespace
}  // namespace magpie

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return magpie::Run(argc, argv);
}
