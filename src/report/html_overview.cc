// The first screen of report.html: key figures and the funnel.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "report/html_sections.h"

namespace magpie::report {
namespace {

struct Step {
  Text label;
  std::string note;
  std::int64_t count = 0;
};

// Counts range over five orders of magnitude, so widths follow the logarithm (said under the picture).
double FunnelWidth(std::int64_t count, std::int64_t largest) {
  if (count <= 0) return 0.02;
  const double whole = std::log10(static_cast<double>(largest) + 1.0);
  return std::max(0.02, std::log10(static_cast<double>(count) + 1.0) / whole);
}

// "priority 1 wishes 5/5 · priority 2 wishes 23/24".
std::string PriorityNote(const PlanView& view) {
  std::map<int, std::pair<std::int64_t, std::int64_t>> counts;  // priority -> held, asked for
  for (const PlannedMeeting& meeting : view.plan().meetings) {
    if (meeting.wish.empty()) continue;
    ++counts[meeting.priority].first;
    ++counts[meeting.priority].second;
  }
  for (const PlannedUnplaced& unplaced : view.plan().unplaced) {
    if (!unplaced.wish.empty()) ++counts[unplaced.priority].second;
  }
  std::string note;
  for (const auto& [priority, count] : counts) {
    if (!note.empty()) note += "<br>";
    note += view.Format(Text::kFigurePriority, priority, count.first, count.second);
  }
  return note;
}

std::string RoundsNote(const PlanView& view) {
  std::set<std::string_view> slots, tables;
  for (const PlannedMeeting& meeting : view.plan().meetings) {
    slots.insert(meeting.slot);
    tables.insert(meeting.table);
  }
  return slots.empty() ? "" : view.Format(Text::kFigureRounds, slots.size(), tables.size());
}

void WriteFigures(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  const PlanFunnel& funnel = plan.funnel;
  *out += "<dl class=\"figures\">";
  WriteFigure(view(Text::kFigureNeeds), PlanView::Count(funnel.needs_matched),
              view.Format(Text::kOf, PlanView::Count(funnel.needs)),
              PlanView::Percent(funnel.needs_matched, funnel.needs), out);
  WriteFigure(view(Text::kFigureOfferings), PlanView::Count(funnel.offerings_matched),
              view.Format(Text::kOf, PlanView::Count(funnel.offerings)),
              PlanView::Percent(funnel.offerings_matched, funnel.offerings), out);
  const std::int64_t strong = std::count_if(plan.matches.begin(), plan.matches.end(),
                                            [](const PlannedMatch& match) { return match.pair.grade >= 2; });
  WriteFigure(view(Text::kFigureMatches), PlanView::Count(funnel.matches), "",
              fmt::format("{} {}", view(Text::kFigureStrong), PlanView::Count(strong)), out);
  if (funnel.meetings > 0 || funnel.meeting_requests > 0) {
    const std::string wishes = PriorityNote(view);
    WriteFigure(view(Text::kFigureMeetings), PlanView::Count(funnel.meetings),
                funnel.meeting_requests > funnel.meetings
                    ? view.Format(Text::kOf, PlanView::Count(funnel.meeting_requests))
                    : "",
                wishes.empty() ? RoundsNote(view) : wishes, out);
  }
  const std::int64_t problems = std::count_if(plan.import_rows.begin(), plan.import_rows.end(), NeedsAttention);
  if (problems > 0) {
    WriteFigure(view(Text::kFigureErrors), PlanView::Count(problems), "",
                view.Format(Text::kFigureErrorsNote,
                            PlanView::Count(plan.needs_import.imported + plan.offerings_import.imported)),
                out);
  }
  *out += "</dl>\n";
}

}  // namespace

void WriteFigure(std::string_view label, std::string_view value, std::string_view of, std::string_view note,
                 std::string* out) {
  *out += fmt::format("<div><dt>{}</dt><dd>{}", label, value);
  if (!of.empty()) *out += fmt::format("<small>{}</small>", of);
  *out += "</dd>";
  if (!note.empty()) *out += fmt::format("<dd class=\"why\">{}</dd>", note);
  *out += "</div>";
}

void WriteFunnel(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  const PlanFunnel& funnel = plan.funnel;
  std::vector<Step> steps = {
      {Text::kFunnelPairs,
       view.Format(Text::kFunnelPairsNote, PlanView::Count(funnel.needs), PlanView::Count(funnel.offerings)),
       funnel.pairs},
      {Text::kFunnelCandidates,
       funnel.rejected.value_or(0) > 0 ? view.Format(Text::kFunnelRejectedNote, PlanView::Count(*funnel.rejected))
                                       : std::string(view(Text::kFunnelCandidatesNote)),
       funnel.candidates},
      {Text::kFunnelAbove, view.Format(Text::kFunnelAboveNote, PlanView::Score(plan.options.threshold)),
       funnel.above_threshold},
      {Text::kFunnelMatches, std::string(view(Text::kFunnelMatchesNote)), funnel.matches}};
  if (funnel.meetings > 0 || funnel.meeting_requests > 0) {
    steps.push_back({Text::kFunnelMeetings,
                     view.Format(Text::kFunnelMeetingsNote, PlanView::Count(funnel.meeting_requests)),
                     funnel.meetings});
  }
  *out += fmt::format("<section id=\"overview\"><h2>{}</h2>\n", view(Text::kOverview));
  WriteFigures(view, out);
  constexpr std::array<std::string_view, 5> kColours = {"#a9c3d4", "#6f9fbe", "#3f7ca5", "#1d5c89", "#9c4d16"};
  *out += fmt::format("<ol class=\"card funnel\" aria-label=\"{}\">", view(Text::kFunnel));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double top = FunnelWidth(steps[i].count, funnel.pairs);
    const double bottom = FunnelWidth(steps[std::min(i + 1, steps.size() - 1)].count, funnel.pairs);
    // A step narrows toward the next one; where the next is wider (meetings from wishes) it stays straight.
    const double low = std::min(top, bottom);
    *out += fmt::format(
        "<li><div><b>{}</b><span>{}</span></div><svg viewBox=\"0 0 200 56\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><path fill=\"{}\" d=\"M{:.1f} 0H{:.1f}L{:.1f} "
        "54H{:.1f}Z\"/></svg><strong>{}</strong></li>",
        view(steps[i].label), steps[i].note, kColours[i], 100 - 100 * top, 100 + 100 * top, 100 + 100 * low,
        100 - 100 * low, PlanView::Count(steps[i].count));
  }
  *out += fmt::format("</ol><p class=\"note\">{}</p></section>\n", view(Text::kFunnelScale));
}

}  // namespace magpie::report
