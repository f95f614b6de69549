// Mixed load on a magpied, and the judgement of what it kept: single listings, batches, feedback and match runs are
// written by a thread each, all of it on record in a ledger; another thread reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "faults/ledger.h"
#include "magpie/base/random.h"
#include "magpie/v1/audit_service.grpc.pb.h"
#include "magpie/v1/catalogue_service.grpc.pb.h"
#include "magpie/v1/learning_service.grpc.pb.h"
#include "magpie/v1/match_service.grpc.pb.h"

namespace magpie {

// The calls of one server.
struct Stubs {
  explicit Stubs(const std::string& address);

  std::unique_ptr<v1::CatalogueService::Stub> catalogue;
  std::unique_ptr<v1::LearningService::Stub> learning;
  std::unique_ptr<v1::MatchService::Stub> match;
  std::unique_ptr<v1::AuditService::Stub> audit;
};

// Over all servers of a run.
struct Tally {
  Ledger ledger;
  std::atomic<std::int64_t> refused = 0, reads = 0, reads_failed = 0, next = 0;  // next: numbers that never repeat
  std::mutex mutex;
  std::vector<std::string> lost, halves, strange;  // what the judgement found, in words

  void Add(std::vector<std::string> Tally::*list, std::string fault) {
    const std::lock_guard lock(mutex);
    (this->*list).push_back(std::move(fault));
  }
};

class Load {
 public:
  // Runs from here on. With `server_lives` every read must be answered, and writes may only be refused with the reasons of a
  // bad disk.
  Load(const std::string& address, bool server_lives, std::uint64_t seed, Tally* tally);
  // Ends when the calls that run are answered.
  ~Load();

 private:
  void WriteListings(int writer, Random random);
  void WriteBatches(Random random);
  void WriteFeedback();
  void WriteRuns();
  void ReadAll();
  // Counts the answer; whether it acknowledges `thing`.
  bool Answered(const grpc::Status& status, const std::string& thing);

  const Stubs stubs_;
  const bool server_lives_;
  Tally* const tally_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// What feedback is about; written before the first fault.
bool WriteAnchors(const Stubs& stubs);

// Reads all that a restarted server has and compares it.
void Judge(const Stubs& stubs, Tally* tally);

}  // namespace magpie
