// What the server counts of itself, for Prometheus.
//
// Nothing here names a workspace, a party or a token.
// Threads  every method may be called from several threads at once; counting costs about a microsecond.
#pragma once

#include <absl/status/status.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <string_view>

namespace magpie {

struct Services;
class CallPool;

class Metrics {
 public:
  Metrics();

  void Begin() { in_flight_.Increment(); }
  // A call has ended after so many seconds.
  void End(std::string_view method, absl::StatusCode code, double seconds);

  // The text that /metrics answers; `services` null = not loaded yet.
  std::string Text(Services* services, const CallPool& pool);

 private:
  void Measure(Services* services, const CallPool& pool);

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
