#include "service/metrics.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "magpie/engine/version.h"
#include "service/rpc_call.h"

namespace magpie {
namespace {

// In seconds, from what a look-up takes to what a large import may.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                          0.25,   0.5,   1,      2.5,   5,    10,    30};

std::int64_t ResidentBytes() {
  std::int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t OpenDescriptors() {
  std::error_code error;
  std::int64_t count = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    ++count;
  }
  return count;
}

prometheus::Gauge& AddGauge(const char* name, const char* help, prometheus::Registry& registry) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics()
    : calls_(prometheus::BuildCounter().Name("magpie_calls_total").Help("Calls that have ended.").Register(registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("magpie_call_seconds")
                   .Help("How long calls took, waiting included.")
                   .Register(registry_)),
      listings_(
          prometheus::BuildGauge().Name("magpie_listings").Help("Listings of all workspaces.").Register(registry_)),
      in_flight_(AddGauge("magpie_calls_in_flight", "Calls that wait or run.", registry_)),
      waiting_(AddGauge("magpie_calls_waiting", "Calls that wait for a thread.", registry_)),
      ready_(AddGauge("magpie_ready", "1 once everything is loaded.", registry_)),
      workspaces_(AddGauge("magpie_workspaces", "Workspaces that are open.", registry_)),
      parties_(AddGauge("magpie_parties", "Parties of all workspaces.", registry_)),
      audit_entries_(AddGauge("magpie_audit_entries", "Entries of all audit logs.", registry_)),
      resident_bytes_(AddGauge("process_resident_memory_bytes", "Memory in use.", registry_)),
      open_descriptors_(AddGauge("process_open_fds", "Open file descriptors.", registry_)) {
  prometheus::BuildGauge()
      .Name("magpie_build_info")
      .Help("The release that runs.")
      .Register(registry_)
      .Add({{"version", std::string(Version())}})
      .Set(1);
}

Metrics::Method& Metrics::Of(const char* name) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Method>& method = methods_[name];
  if (method == nullptr) {
    method.reset(new Method{name, &calls_.Add({{"method", name}, {"code", "OK"}}),
                            &seconds_.Add({{"method", name}}, kBuckets), ShortCuts::kNeverRun});
  }
  return *method;
}

void Metrics::End(const Method& method, absl::StatusCode code, double seconds) {
  in_flight_.Decrement();
  if (code == absl::StatusCode::kOk) {
    method.ok->Increment();
  } else {
    calls_.Add({{"method", method.name}, {"code", absl::StatusCodeToString(code)}}).Increment();
  }
  method.seconds->Observe(seconds);
}

void Metrics::Measure(Services* services, const CallPool& pool) {
  ready_.Set(services != nullptr);
  waiting_.Set(static_cast<double>(pool.waiting()));
  resident_bytes_.Set(static_cast<double>(ResidentBytes()));
  open_descriptors_.Set(static_cast<double>(OpenDescriptors()));
  if (services == nullptr) return;
  double needs = 0, offerings = 0, parties = 0, entries = 0;
  for (const auto& [name, workspace] : services->backend.workspaces->all()) {
    const auto snapshot = workspace->catalogue().snapshot();
    needs += snapshot->need_count();
    offerings += snapshot->offering_count();
    parties += snapshot->party_count();
    entries += static_cast<double>(workspace->audit().entry_count());
  }
  listings_.Add({{"side", "need"}}).Set(needs);
  listings_.Add({{"side", "offering"}}).Set(offerings);
  workspaces_.Set(static_cast<double>(services->backend.workspaces->all().size()));
  parties_.Set(parties);
  audit_entries_.Set(entries);
}

std::string Metrics::Text(Services* services, const CallPool& pool) {
  Measure(services, pool);
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace magpie
