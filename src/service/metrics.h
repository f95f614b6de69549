// What the server counts of itself, for Prometheus.
//
// Nothing here names a workspace, a party or a token.
// Threads  every method may be called from several threads at once; counting costs about a microsecond.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace magpie {

struct Services;
class CallPool;

class Metrics {
 public:
  Metrics();

  // What is kept of one method.
  struct Method {
    const char* name;
    prometheus::Counter* ok;
    prometheus::Histogram* seconds;
    std::atomic<float> cost;  // in seconds: what its calls took lately, without waiting (ShortCuts)
  };
  // `name` is a literal: equal pointers, equal methods.
  Method& Of(const char* name);

  void Begin() { in_flight_.Increment(); }
  // A call has ended after so many seconds.
  void End(const Method& method, absl::StatusCode code, double seconds);

  // The text that /metrics answers; `services` null = not loaded yet.
  std::string Text(Services* services, const CallPool& pool);

 private:
  void Measure(Services* services, const CallPool& pool);

  std::mutex mutex_;
  absl::flat_hash_map<const char*, std::unique_ptr<Method>> methods_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Gauge>& listings_;
  prometheus::Gauge& in_flight_;
  prometheus::Gauge& waiting_;
  prometheus::Gauge& ready_;
  prometheus::Gauge& workspaces_;
  prometheus::Gauge& parties_;
  prometheus::Gauge& audit_entries_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& open_descriptors_;
};

}  // namespace magpie
