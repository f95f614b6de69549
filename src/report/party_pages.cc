// A page for each party and, where the timetable has hours, its calendar.
#include <libical/ical.h>

#include <memory>

#include "magpie/base/files.h"
#include "magpie/report/report.h"
#include "report/html_sections.h"
#include "report/party_entries.h"

namespace magpie {
namespace report {
namespace {

// A meeting as the party itself sees it.
struct OwnMeeting {
  const PlannedMeeting& meeting;
  ShownMeeting shown;
  std::string when, partner;
};

OwnMeeting MeetingOf(const PlanView& view, const PartyEntry& entry, std::int32_t number) {
  const PlannedMeeting& meeting = view.plan().meetings[static_cast<std::size_t>(number)];
  ShownMeeting shown = view.Show(meeting);
  std::string when = shown.time.empty() ? meeting.slot : shown.day + " " + shown.time;
  std::string partner = meeting.guest_party == entry.name ? shown.host_party : shown.guest_party;
  if (partner.empty()) partner = shown.team;
  return {meeting, std::move(shown), std::move(when), std::move(partner)};
}

void WriteTable(const PlanView& view, Text title, std::initializer_list<Text> headings,
                const std::vector<std::vector<std::string>>& rows, std::string* out) {
  if (rows.empty()) return;
  *out += fmt::format(
      "<section><h2>{}<small>{}</small></h2><div class=\"tablewrap\"><table class=\"list stack\"><thead><tr>",
      view(title), PlanView::Count(std::ssize(rows)));
  for (Text heading : headings) *out += fmt::format("<th scope=\"col\">{}</th>", view(heading));
  *out += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : rows) {
    *out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      *out += fmt::format("<td data-label=\"{}\">{}</td>", view(headings.begin()[c]), Escape(row[c]));
    }
    *out += "</tr>\n";
  }
  *out += "</tbody></table></div></section>\n";
}

std::string RenderPage(const PlanView& view, const PartyEntry& entry, const ListingStates& states) {
  std::string out;
  WriteHead(view, entry.name, false, &out);
  out += fmt::format("<header class=\"top\"><div class=\"wrap\"><p class=\"kicker\">{}</p><h1>{}</h1>",
                     Escape(view.Title()), Escape(entry.name));
  for (const std::string& line : {AboutParty(view, entry), view.Subtitle()}) {
    if (!line.empty()) out += fmt::format("<p class=\"sub\">{}</p>", Escape(line));
  }
  out += "</div></header>\n<main class=\"wrap\">\n";

  std::vector<std::vector<std::string>> rows;
  for (std::int32_t number : entry.meetings) {
    const OwnMeeting own = MeetingOf(view, entry, number);
    const std::string place =
        own.meeting.room.empty() ? own.meeting.table : own.meeting.table + " · " + own.meeting.room;
    rows.push_back({own.when, place, own.partner, own.shown.topic, own.shown.team, own.shown.guest, own.shown.host});
  }
  WriteTable(view, Text::kOwnMeetings,
             {Text::kTime, Text::kTable, Text::kWith, Text::kTopic, Text::kTeam, Text::kGuest, Text::kHost}, rows,
             &out);

  rows.clear();
  for (const OwnVisit& visit : entry.visits) rows.push_back({visit.when, visit.place, visit.with, visit.tour});
  WriteTable(view, Text::kOwnVisits, {Text::kTime, Text::kPlace, Text::kWith, Text::kTour}, rows, &out);

  rows.clear();
  for (const OwnMatch& own : entry.matches) {
    const PlannedMatch& match = view.plan().matches[static_cast<std::size_t>(own.match)];
    const ShownListing need = view.Need(match), offering = view.Offering(match);
    const ShownListing& mine = own.side == Side::kNeed ? need : offering;
    const ShownListing& theirs = own.side == Side::kNeed ? offering : need;
    rows.push_back({mine.title, theirs.title, theirs.party,
                    fmt::format("{} {}", view.GradeWord(match.pair.grade), PlanView::Score(match.pair.score)),
                    view.Reason(match), view.Objections(match), view.MeetingLabel(match), theirs.contacts});
  }
  WriteTable(view, Text::kOwnMatches,
             {Text::kOwnTitle, Text::kPartnerTitle, Text::kPartnerParty, Text::kScore, Text::kReason, Text::kObjections,
              Text::kMeeting, Text::kPartnerContacts},
             rows, &out);

  rows.clear();
  for (const auto& [side, index] : entry.listings) {
    const ShownListing listing = view.Show(side, index);
    rows.push_back({std::string(view.SideWord(side)), listing.id, listing.title, states.Of(side, index)});
  }
  WriteTable(view, Text::kOwnListings, {Text::kSide, Text::kId, Text::kTitle, Text::kStatus}, rows, &out);
  out +=
      fmt::format("</main>\n<footer><div class=\"wrap\"><p>{} · {} Magpie 鹊桥</p></div></footer>\n</body>\n</html>\n",
                  Escape(view.plan().run.run_id), view(Text::kFooter));
  return out;
}

// iCalendar's date and time in UTC.
icaltimetype UtcTime(const Time& time) {
  return icaltime_from_timet_with_zone(static_cast<time_t>(time.unix_seconds), 0, icaltimezone_get_utc_timezone());
}

void AddProperty(icalcomponent* component, icalproperty* property) {
  icalcomponent_add_property(component, property);
}

struct CalendarItem {
  // The same meeting of a later plan replaces this one in the reader's calendar, whatever its new hour.
  std::string key;
  Time start, end;
  std::string summary, place, about;
};

void AddItem(const CalendarItem& item, const std::optional<Time>& stamp, icalcomponent* calendar) {
  icalcomponent* event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
  icalcomponent_add_component(calendar, event);
  AddProperty(event, icalproperty_new_uid((Sha256Hex(item.key).substr(0, 32) + "@magpie").c_str()));
  if (stamp) AddProperty(event, icalproperty_new_dtstamp(UtcTime(*stamp)));
  AddProperty(event, icalproperty_new_dtstart(UtcTime(item.start)));
  AddProperty(event, icalproperty_new_dtend(UtcTime(item.end)));
  AddProperty(event, icalproperty_new_summary(item.summary.c_str()));
  AddProperty(event, icalproperty_new_location(item.place.c_str()));
  if (!item.about.empty()) AddProperty(event, icalproperty_new_description(item.about.c_str()));
}

// The meetings that have hours, and the visits.
std::vector<CalendarItem> CalendarItems(const PlanView& view, const PartyEntry& entry) {
  const Plan& plan = view.plan();
  const std::string event_id = plan.event ? plan.event->id : std::string();
  std::vector<CalendarItem> items;
  for (std::int32_t number : entry.meetings) {
    const OwnMeeting own = MeetingOf(view, entry, number);
    const std::optional<Time> start = ParseTime(own.meeting.start), end = ParseTime(own.meeting.end);
    if (!start || !end) continue;
    std::string place = own.meeting.table;
    for (const std::string& part : {own.meeting.room, plan.event ? plan.event->place : std::string()}) {
      if (!part.empty()) place += ", " + part;
    }
    std::string about;
    const auto line = [&](Text text, const std::string& value) {
      if (!value.empty()) about += (about.empty() ? "" : "\n") + view.Labelled(text, value);
    };
    line(Text::kTopic, own.shown.topic);
    line(Text::kTeam, own.shown.team);
    line(Text::kGuest, own.shown.guest);
    line(Text::kHost, own.shown.host);
    items.push_back(
        {.key = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", event_id, own.meeting.guest_id, own.meeting.guest_party,
                            own.meeting.team_id, own.meeting.wish, own.meeting.need_id + own.meeting.offering_id),
         .start = *start,
         .end = *end,
         .summary = view.Format(Text::kMeetingWith, own.partner),
         .place = place,
         .about = about});
  }
  for (const OwnVisit& visit : entry.visits) {
    if (!visit.time) continue;
    const std::string& whom = visit.with.empty() ? visit.place : visit.with;
    items.push_back({.key = event_id + "\n" + visit.key,
                     .start = visit.time->start,
                     .end = visit.time->end,
                     .summary = view.Format(visit.travels ? Text::kVisitTo : Text::kVisitBy, whom),
                     .place = visit.place,
                     .about = view.Labelled(Text::kTour, visit.tour)});
  }
  return items;
}

// Empty where nothing has hours.
std::string RenderCalendar(const PlanView& view, const PartyEntry& entry) {
  const std::vector<CalendarItem> items = CalendarItems(view, entry);
  if (items.empty()) return "";
  const std::unique_ptr<icalcomponent, decltype(&icalcomponent_free)> calendar(
      icalcomponent_new(ICAL_VCALENDAR_COMPONENT), icalcomponent_free);
  AddProperty(calendar.get(), icalproperty_new_version("2.0"));
  AddProperty(calendar.get(), icalproperty_new_prodid("-//Magpie//plan//EN"));
  icalproperty* title = icalproperty_new_x(view.Format(Text::kCalendarName, entry.name).c_str());
  icalproperty_set_x_name(title, "X-WR-CALNAME");
  AddProperty(calendar.get(), title);
  // The stamp says when the plan was made as far as the plan itself knows: by its day, so that its bytes do not change.
  const std::map<std::string, std::string>& options = view.plan().run.options;
  const auto today = options.find("today");
  const std::optional<Time> stamp =
      ParseTime((today == options.end() ? std::string("1970-01-01") : today->second) + "T00:00:00Z");
  for (const CalendarItem& item : items) AddItem(item, stamp, calendar.get());
  const std::unique_ptr<char, decltype(&icalmemory_free_buffer)> text(icalcomponent_as_ical_string_r(calendar.get()),
                                                                      icalmemory_free_buffer);
  return text.get();
}

}  // namespace

// The index of the pages, in report.html.
void WriteParties(const PlanView& view, std::string* out) {
  const std::vector<PartyEntry> entries = PartiesWithPages(view);
  if (entries.empty()) return;
  *out += fmt::format("<section id=\"parties\"><h2>{}<small>{}</small></h2><p class=\"note\">{}</p>\n",
                      view(Text::kParties), PlanView::Count(std::ssize(entries)), view(Text::kPartiesNote));
  *out += "<details><summary>" + view.Format(Text::kListAll, PlanView::Count(std::ssize(entries))) +
          "</summary><div class=\"tablewrap\"><table class=\"list stack\"><thead><tr>";
  for (Text heading : {Text::kParty, Text::kMatchesCount, Text::kMeetingsColumn, Text::kPage, Text::kCalendar}) {
    *out += fmt::format("<th scope=\"col\">{}</th>", view(heading));
  }
  *out += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < entries.size() && i < kPartyPages; ++i) {
    const std::string name = PageName(i, entries[i].name);
    const auto link = [&](std::string_view ending, Text text) {
      return fmt::format("<a href=\"parties/{0}{1}\">{2}</a>", Escape(name), ending, view(text));
    };
    *out += fmt::format(
        "<tr><td>{}</td><td data-label=\"{}\">{}</td><td data-label=\"{}\">{}</td><td>{}</td><td>{}</td></tr>\n",
        Escape(entries[i].name), view(Text::kMatchesCount), entries[i].matches.size(), view(Text::kMeetingsColumn),
        entries[i].meetings.size(), link(".html", Text::kPage),
        !CalendarItems(view, entries[i]).empty() ? link(".ics", Text::kCalendar) : "");
  }
  *out += "</tbody></table></div></details>";
  if (entries.size() > kPartyPages) {
    *out +=
        fmt::format("<p class=\"note\">{}</p>",
                    view.Format(Text::kPagesCut,
                                PlanView::Count(static_cast<std::int64_t>(entries.size() - kPartyPages)), kPartyPages));
  }
  *out += "</section>\n";
}

}  // namespace report

std::vector<PartyPage> RenderPartyPages(const Plan& plan) {
  using namespace report;  // the parts
  const PlanView view(plan);
  const ListingStates states(view);
  std::vector<PartyPage> pages;
  const std::vector<PartyEntry> entries = PartiesWithPages(view);
  for (std::size_t i = 0; i < entries.size() && i < kPartyPages; ++i) {
    pages.push_back(
        {PageName(i, entries[i].name), RenderPage(view, entries[i], states), RenderCalendar(view, entries[i])});
  }
  return pages;
}

}  // namespace magpie
