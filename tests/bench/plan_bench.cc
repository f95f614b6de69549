// The main job on the sample fair: loading, and the plan after loading.
#include <fmt/format.h>

#include <cstdlib>

#include "bench/bench.h"
#include "magpie/engine/engine.h"
#include "magpie/engine/lists.h"

namespace magpie::bench {
namespace {

Line MakeLine(const std::string& item, double seconds, double bar, const Plan& plan) {
  Line line;
  line.group = "plan";
  line.item = item;
  line.unit = "s";
  line.ours = seconds;
  line.anchor = bar;
  line.anchor_is_bar = true;
  line.threads = 2;
  line.size = fmt::format("{} x {}", plan.funnel.needs, plan.funnel.offerings);
  line.quality =
      fmt::format("{} matches, {} meetings, peak {:.0f} MiB", plan.funnel.matches, plan.funnel.meetings, PeakMib());
  return line;
}

}  // namespace

std::vector<Bench> PlanBenches() {
  return {{"plan", [] {
             const std::string fair = MAGPIE_SOURCE_DIR "/tests/data/sample-fair/";
             const std::optional<Event> event = Must(ReadEvent(fair + "event.json"));
             RunContext context;
             context.threads = 2;
             ScorerOptions scoring;
             scoring.today = *ParseDate("2025-03-01");
             std::optional<Plan> plan;
             const double whole = MedianSeconds([&] {
               const auto engine = Must(Engine::Open(FindModels("")));
               const Lists lists = Must(ReadLists({fair + "needs.jsonl", fair + "offerings.jsonl", {}}, context));
               plan = Must(engine->MakePlan(lists.snapshot, event, {}, scoring, context));
             });
             const auto engine = Must(Engine::Open(FindModels("")));
             const double after_loading = MedianSeconds([&] {
               // A snapshot of its own each time, so that no scorer is kept from the last round.
               const Lists lists = Must(ReadLists({fair + "needs.jsonl", fair + "offerings.jsonl", {}}, context));
               plan = Must(engine->MakePlan(lists.snapshot, event, {}, scoring, context));
             });
             return std::vector{MakeLine("plan_after_loading", after_loading, 1.0, *plan),
                                MakeLine("plan_whole", whole, 2.0, *plan)};
           }}};
}

}  // namespace magpie::bench
