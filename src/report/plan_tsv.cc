// The tables beside the report, for scripts: every match, meeting, open listing and imported row.
#include <fmt/ranges.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "magpie/base/tsv.h"
#include "magpie/report/report.h"
#include "report/plan_view.h"
#include "report/shown_tours.h"

namespace magpie {
namespace {

using report::PlanView;
using report::ShownListing;
using report::ShownMeeting;

// One table under way: a line is a list of fields of any mix of strings and views.
class Tsv {
 public:
  explicit Tsv(std::initializer_list<std::string_view> heading) {
    Line(std::vector<std::string>(heading.begin(), heading.end()));
  }
  explicit Tsv(const std::vector<std::string>& heading) { Line(heading); }
  void Line(const std::vector<std::string>& fields) {
    std::vector<std::string_view> views(fields.begin(), fields.end());
    AppendTsvLine(views, &out_);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string Priority(int priority) {
  return priority == 0 ? "" : std::to_string(priority);
}

nlohmann::ordered_json ImportJson(const ImportSummary& summary) {
  return {{"imported", summary.imported}, {"duplicates", summary.duplicates}, {"errors", summary.errors},
          {"blanks", summary.blanks},     {"headings", summary.headings},     {"closings", summary.closings},
          {"warnings", summary.warnings}};
}

}  // namespace

std::string RenderMatchesTsv(const Plan& plan) {
  const PlanView view(plan);
  std::vector<std::string> heading = {"need_id",        "offering_id", "score",         "grade",
                                      "rank_for_need",  "decision",    "in_event",      "need_title",
                                      "offering_title", "need_party",  "offering_party"};
  for (int i = 0; i < kComponentCount; ++i) heading.emplace_back(ComponentName(static_cast<Component>(i)));
  heading.insert(heading.end(), {"slot", "table", "reason"});
  Tsv tsv(heading);
  for (const PlannedMatch& match : plan.matches) {
    const ShownListing need = view.Need(match), offering = view.Offering(match);
    std::vector<std::string> line = {need.id,
                                     offering.id,
                                     FormatScore(match.pair.score),
                                     std::to_string(match.pair.grade),
                                     std::to_string(match.rank_for_need),
                                     std::string(DecisionName(match.decision)),
                                     match.in_event ? "yes" : "no",
                                     need.title,
                                     offering.title,
                                     need.party,
                                     offering.party};
    for (float component : match.pair.components) line.push_back(FormatScore(component));
    const bool held = match.meeting >= 0 && match.meeting < std::ssize(plan.meetings);
    const PlannedMeeting* meeting = held ? &plan.meetings[static_cast<std::size_t>(match.meeting)] : nullptr;
    const bool shown = held && !view.Undisclosed(*meeting);
    line.push_back(shown ? meeting->slot : "");
    line.push_back(shown ? meeting->table : "");
    line.push_back(view.Reason(match));
    tsv.Line(line);
  }
  return tsv.Take();
}

std::string RenderMeetingsTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv tsv({"slot", "session", "start", "end", "table", "room", "guest", "guest_party", "host", "host_party", "team",
           "need_id", "offering_id", "wish", "priority", "topic", "guest_id", "host_id", "team_id"});
  for (const PlannedMeeting& meeting : plan.meetings) {
    const ShownMeeting shown = view.Show(meeting);
    tsv.Line({meeting.slot, meeting.session, meeting.start, meeting.end, meeting.table, meeting.room, shown.guest,
              shown.guest_party, shown.host, shown.host_party, shown.team, shown.need_id, shown.offering_id,
              meeting.wish, Priority(meeting.priority), shown.topic, meeting.guest_id, meeting.host_id,
              meeting.team_id});
  }
  return tsv.Take();
}

std::string RenderUnplacedTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv tsv({"wish", "priority", "guest", "guest_party", "team", "need_id", "offering_id", "reason", "sentence"});
  for (const PlannedUnplaced& unplaced : plan.unplaced) {
    const bool hidden = view.Undisclosed(unplaced);
    tsv.Line({unplaced.wish, Priority(unplaced.priority), unplaced.guest, unplaced.guest_party, unplaced.team,
              hidden ? "" : unplaced.need_id, hidden ? "" : unplaced.offering_id,
              std::string(UnplacedReasonName(unplaced.reason)),
              hidden ? std::string(view(report::Text::kWithheld)) : unplaced.sentence});
  }
  return tsv.Take();
}

std::string RenderVisitsTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv tsv({"tour_id", "tour", "people_ids", "people", "place", "party", "start", "end", "state"});
  for (const report::ShownTour& tour : report::ShownTours(view)) {
    for (const report::ShownStop& stop : tour.stops) {
      tsv.Line({tour.tour->id, tour.title, fmt::format("{}", fmt::join(tour.tour->people, ";")),
                fmt::format("{}", fmt::join(tour.people, ";")), stop.stop->place, stop.stop->party,
                stop.visit == nullptr ? "" : FormatTime(stop.visit->start),
                stop.visit == nullptr ? "" : FormatTime(stop.visit->end), std::string(stop.state)});
    }
  }
  return tsv.Take();
}

std::string RenderUnmatchedTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv tsv({"side", "id", "title", "party", "reason", "near_id", "near_score", "sentence"});
  for (const PlannedOpen& open : plan.open) {
    const ShownListing listing = view.Show(open.side, open.index);
    tsv.Line({open.side == Side::kNeed ? "need" : "offering", listing.id, listing.title, listing.party,
              std::string(OpenReasonName(open.reason)), open.near_id,
              open.near_id.empty() ? "" : FormatScore(open.near_score),
              view.TextHidden(open) ? std::string(view(report::Text::kWithheld)) : open.sentence});
  }
  return tsv.Take();
}

std::string RenderStandByTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv table(
      {"slot", "guest_id", "guest", "guest_party", "team_id", "team", "host", "need_id", "offering_id", "instead_of"});
  for (const PlannedStandBy& pair : plan.stand_by) {
    const bool hidden = view.Undisclosed(pair.need_id, pair.offering_id);
    table.Line({pair.slot, pair.guest_id, pair.guest, pair.guest_party, pair.team_id, pair.team, pair.host,
                hidden ? "" : pair.need_id, hidden ? "" : pair.offering_id, pair.instead_of});
  }
  return table.Take();
}

std::string RenderChangesTsv(const Plan& plan) {
  const PlanView view(plan);
  Tsv tsv({"need_id", "offering_id", "before", "after", "sentence"});
  for (const PlanChange& change : plan.changes) {
    tsv.Line({change.need_id, change.offering_id, change.before, change.after,
              view.TextHidden(change) ? std::string(view(report::Text::kWithheld)) : change.sentence});
  }
  return tsv.Take();
}

std::string RenderImportTsv(const std::vector<RowReport>& rows) {
  Tsv tsv({"file", "sheet", "row", "column", "status", "reason", "value", "hint"});
  for (const RowReport& row : rows) {
    tsv.Line({row.file, row.sheet, std::to_string(row.row), row.column, std::string(RowStatusName(row.status)),
              row.reason, row.value, row.hint});
  }
  return tsv.Take();
}

std::string RenderRunJson(const Plan& plan) {
  using Json = nlohmann::ordered_json;
  const RunInfo& run = plan.run;
  const PlanFunnel& funnel = plan.funnel;
  Json json;
  json["run_id"] = run.run_id;
  json["version"] = run.version;
  json["encoder"] = run.encoder_id;
  json["dictionary"] = run.dictionary_id;
  json["profile"] = run.profile_id;
  json["seed"] = run.seed;
  json["inputs"] = Json::object();
  for (const auto& [name, hash] : run.inputs) json["inputs"][name] = hash;
  json["options"] = Json::object();
  for (const auto& [name, value] : run.options) json["options"][name] = value;
  json["catalogue_version"] = plan.snapshot ? plan.snapshot->version() : 0;
  json["total_gain"] = plan.total_gain;
  json["funnel"] = {{"needs", funnel.needs},
                    {"offerings", funnel.offerings},
                    {"pairs", funnel.pairs},
                    {"candidates", funnel.candidates},
                    {"rejected", funnel.rejected ? Json(*funnel.rejected) : Json(nullptr)},
                    {"above_threshold", funnel.above_threshold},
                    {"matches", funnel.matches},
                    {"needs_matched", funnel.needs_matched},
                    {"offerings_matched", funnel.offerings_matched},
                    {"meetings", funnel.meetings},
                    {"meeting_requests", funnel.meeting_requests}};
  json["import"] = {{"needs", ImportJson(plan.needs_import)}, {"offerings", ImportJson(plan.offerings_import)}};
  json["changes"] = plan.changes.size();
  // What may differ between two runs of the same plan stands apart.
  json["machine"] = {{"threads", run.threads}};
  Json seconds = Json::object();
  for (const auto& [stage, value] : run.stage_seconds) seconds[stage] = value;
  json["stage_seconds"] = seconds;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace magpie
