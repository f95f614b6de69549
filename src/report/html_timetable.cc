// The timetable of report.html: slots by tables, or, where there are many tables, the meetings of each round as cards.
#include <algorithm>

#include "report/html_sections.h"
#include "report/shown_tours.h"

namespace magpie::report {
namespace {

constexpr std::size_t kGridTables = 8;  // columns that A4 across still carries

void WriteMeeting(const PlanView& view, std::int32_t number, std::string* out) {
  const PlannedMeeting& meeting = view.plan().meetings[static_cast<std::size_t>(number)];
  const ShownMeeting shown = view.Show(meeting);
  if (meeting.priority > 0 && !meeting.wish.empty()) {
    *out +=
        fmt::format("<span class=\"wish p{0}\" title=\"{1} {0}\">{0}</span>", meeting.priority, view(Text::kPriority));
  }
  *out += fmt::format("<b>{}</b>", Escape(shown.guest_party.empty() ? shown.guest : shown.guest_party));
  *out += fmt::format("<span class=\"team\">{}</span>", Escape(shown.team.empty() ? shown.host_party : shown.team));
  if (shown.topic.empty()) return;
  const std::int32_t need = shown.need_id.empty() ? -1 : view.Find(Side::kNeed, shown.need_id);
  const bool linked = need >= 0 && meeting.match >= 0;
  const std::string topic = Escape(shown.topic);
  *out += fmt::format("<span class=\"topic\">{}</span>",
                      linked ? fmt::format("<a href=\"#{}\">{}</a>", NeedAnchor(need), topic) : topic);
}

void WriteGrid(const PlanView& view, const GridSession& session, std::string* out) {
  *out += fmt::format("<table class=\"grid\"><thead><tr><th scope=\"col\">{}</th>", view(Text::kTime));
  for (const std::string& table : session.tables) {
    *out += fmt::format("<th scope=\"col\">{}<small>{}</small></th>", Escape(table), Escape(TableRoom(view, table)));
  }
  *out += "</tr></thead><tbody>\n";
  for (const GridSlot& slot : session.slots) {
    *out += fmt::format("<tr{}><th scope=\"row\">{}</th>", slot.meetings.empty() ? " class=\"empty\"" : "",
                        Escape(slot.label));
    for (const std::string& table : session.tables) {
      const auto held = slot.meetings.find(table);
      if (held == slot.meetings.end()) {
        const bool open = std::find(slot.tables.begin(), slot.tables.end(), table) != slot.tables.end();
        *out += open ? "<td class=\"free\">–</td>"
                     : fmt::format("<td class=\"shut\" title=\"{}\"></td>", view(Text::kTableClosed));
        continue;
      }
      *out += fmt::format("<td class=\"meet\" data-table=\"{}\">", Escape(table));
      for (std::int32_t number : held->second) {
        *out += "<div>";
        WriteMeeting(view, number, out);
        *out += "</div>";
      }
      *out += "</td>";
    }
    *out += "</tr>\n";
  }
  *out += "</tbody></table>\n";
}

void WriteCards(const PlanView& view, const GridSession& session, std::string* out) {
  for (const GridSlot& slot : session.slots) {
    *out += fmt::format("<h3>{} <small>{}</small></h3><ul class=\"rounds\">", Escape(slot.label),
                        view.Format(Text::kMeetingsCount, slot.meetings.size()));
    for (const std::string& table : slot.tables) {
      const auto held = slot.meetings.find(table);
      if (held == slot.meetings.end()) continue;
      for (std::int32_t number : held->second) {
        *out += fmt::format("<li class=\"meet\"><span class=\"tab\">{}</span>", Escape(table));
        WriteMeeting(view, number, out);
        *out += "</li>";
      }
    }
    *out += "</ul>\n";
  }
}

void WriteUnplacedRows(const PlanView& view, const std::vector<const PlannedUnplaced*>& rows, std::string* out) {
  *out += "<div class=\"tablewrap\"><table class=\"list stack\"><thead><tr>";
  for (Text text : {Text::kPriority, Text::kGuestParty, Text::kTeam, Text::kNeed, Text::kWhy, Text::kExplanation}) {
    *out += fmt::format("<th scope=\"col\">{}</th>", view(text));
  }
  *out += "</tr></thead><tbody>\n";
  for (const PlannedUnplaced* asked : rows) {
    const bool hidden = view.Undisclosed(*asked);
    const std::int32_t need = hidden ? -1 : view.Find(Side::kNeed, asked->need_id);
    *out += fmt::format(
        "<tr><td data-label=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"why\">{}</td><td>{}</td></tr>\n",
        view(Text::kPriority), asked->wish.empty() ? "–" : std::to_string(asked->priority),
        Escape(asked->guest_party.empty() ? asked->guest : asked->guest_party), Escape(asked->team),
        need >= 0 ? Escape(view.Show(Side::kNeed, need).title) : "", view.UnplacedWord(asked->reason),
        hidden ? std::string(view(Text::kWithheld)) : Escape(asked->sentence));
  }
  *out += "</tbody></table></div>\n";
}

// What somebody must be told (wishes of priority 1 and 2) stands open, the rest is folded.
void WriteUnplaced(const PlanView& view, std::string* out) {
  const auto& unplaced = view.plan().unplaced;
  if (unplaced.empty()) return;
  std::vector<const PlannedUnplaced*> pressing, others;
  for (const PlannedUnplaced& asked : unplaced) {
    (!asked.wish.empty() && asked.priority <= 2 ? pressing : others).push_back(&asked);
  }
  *out += fmt::format("<h3>{} <small>{}</small></h3>", view(Text::kUnplaced), PlanView::Count(std::ssize(unplaced)));
  if (!pressing.empty()) WriteUnplacedRows(view, pressing, out);
  if (others.empty()) return;
  constexpr std::size_t kUnfolded = 6;
  const bool folded = others.size() > kUnfolded;
  if (folded) {
    *out += fmt::format("<details><summary>{}（unplaced.tsv）</summary>\n",
                        view.Format(Text::kUnplacedOthers, PlanView::Count(std::ssize(others))));
  }
  WriteUnplacedRows(view, others, out);
  if (folded) *out += "</details>\n";
}

void WriteStandBy(const PlanView& view, std::string* out) {
  const auto& stand_by = view.plan().stand_by;
  if (stand_by.empty()) return;
  *out += fmt::format(
      "<h3>{} <small>{}</small></h3><p class=\"note\">{}</p><div class=\"tablewrap\"><table "
      "class=\"list stack\"><thead><tr>",
      view(Text::kStandBy), PlanView::Count(std::ssize(stand_by)), view(Text::kStandByNote));
  for (Text text : {Text::kSlot, Text::kGuestParty, Text::kTeam, Text::kHost, Text::kInsteadOf}) {
    *out += fmt::format("<th scope=\"col\">{}</th>", view(text));
  }
  *out += "</tr></thead><tbody>\n";
  for (const PlannedStandBy& pair : stand_by) {
    *out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td data-label=\"{}\">{}</td></tr>\n",
                        Escape(pair.slot), Escape(pair.guest_party.empty() ? pair.guest : pair.guest_party),
                        Escape(pair.team), Escape(pair.host), view(Text::kInsteadOf),
                        pair.instead_of.empty() ? std::string(view(Text::kAnybody)) : Escape(pair.instead_of));
  }
  *out += "</tbody></table></div>\n";
}

void WriteTours(const PlanView& view, const std::vector<ShownTour>& tours, std::string* out) {
  if (tours.empty()) return;
  *out += fmt::format("<h3>{}</h3><p class=\"note\">{}</p>\n", view(Text::kTours), view(Text::kToursNote));
  for (const ShownTour& tour : tours) {
    *out += fmt::format(
        "<div class=\"session\"><h3>{} <small>{}</small></h3><p class=\"note\">{}</p><div class=\"tablewrap\"><table "
        "class=\"list stack\"><thead><tr>",
        Escape(tour.title), view.Format(Text::kVisitsCount, tour.planned->visits.size()), Escape(tour.line));
    for (Text text : {Text::kTime, Text::kPlace, Text::kVisited}) {
      *out += fmt::format("<th scope=\"col\">{}</th>", view(text));
    }
    *out += "</tr></thead><tbody>\n";
    for (const ShownStop& stop : tour.stops) {
      *out +=
          fmt::format("<tr><td{}>{}</td><td>{}</td><td>{}</td></tr>\n", stop.visit == nullptr ? " class=\"why\"" : "",
                      Escape(stop.when), Escape(stop.stop->place), Escape(stop.stop->party));
    }
    *out += "</tbody></table></div></div>\n";
  }
}

}  // namespace

void WriteTimetable(const PlanView& view, std::string* out) {
  const Plan& plan = view.plan();
  const std::vector<ShownTour> tours = ShownTours(view);
  if (plan.meetings.empty() && plan.unplaced.empty() && tours.empty()) return;
  *out += fmt::format("<section id=\"timetable\" class=\"timetable\"><h2>{}<small>{}</small></h2>\n",
                      view(Text::kTimetable), view.Format(Text::kMeetingsCount, plan.meetings.size()));
  bool wishes = false;
  for (const PlannedMeeting& meeting : plan.meetings) wishes |= !meeting.wish.empty();
  if (wishes) *out += fmt::format("<p class=\"note\">{}</p>", view(Text::kPriorityNote));
  for (const GridSession& session : TimetableGrid(view)) {
    *out += "<div class=\"session\">";
    if (!session.title.empty()) *out += fmt::format("<h3>{}</h3>", Escape(session.title));
    if (session.tables.size() <= kGridTables) {
      WriteGrid(view, session, out);
    } else {
      WriteCards(view, session, out);
    }
    *out += "</div>\n";
  }
  WriteTours(view, tours, out);
  WriteUnplaced(view, out);
  WriteStandBy(view, out);
  *out += "</section>\n";
}

}  // namespace magpie::report
