#include "report/plan_view.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "magpie/base/unicode.h"
#include "magpie/ingest/disclosure.h"

namespace magpie::report {
namespace {

const Snapshot& EmptySnapshot() {
  static const Snapshot* const empty = new Snapshot({}, {}, {}, 0);
  return *empty;
}

std::string DayLabel(const Time& time, Language language) {
  constexpr std::array<std::string_view, 7> kZh = {"日", "一", "二", "三", "四", "五", "六"};
  constexpr std::array<std::string_view, 7> kEn = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds local{std::chrono::seconds(time.unix_seconds + time.offset_minutes * 60)};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::size_t weekday = std::chrono::weekday(day).c_encoding();
  const unsigned month = static_cast<unsigned>(date.month());
  if (language == Language::kZh) {
    return fmt::format("{}月{}日（周{}）", month, static_cast<unsigned>(date.day()), kZh[weekday]);
  }
  return fmt::format("{} {} {}", kEn[weekday], static_cast<unsigned>(date.day()), kMonths[month - 1]);
}

int YearOf(const Time& time) {
  const std::chrono::sys_seconds local{std::chrono::seconds(time.unix_seconds + time.offset_minutes * 60)};
  return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(local)).year());
}

std::string ClockRange(const std::optional<Time>& start, const std::optional<Time>& end) {
  if (!start) return "";
  return end ? fmt::format("{}–{}", FormatClock(*start), FormatClock(*end)) : FormatClock(*start);
}

std::string JoinWith(std::string_view separator, std::initializer_list<std::string_view> parts) {
  std::string out;
  for (std::string_view part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string ShowContact(const Contact& contact, const PlanView& view) {
  if (!contact.consent) return std::string(view(Text::kNoConsent));
  const bool open = view.plan().options.show_contacts;
  return JoinWith(
      " ", {open ? contact.name : MaskName(contact.name), contact.role, open ? contact.phone : MaskPhone(contact.phone),
            open ? contact.email : MaskEmail(contact.email)});
}

}  // namespace

PlanView::PlanView(const Plan& plan) : plan_(plan), snapshot_(plan.snapshot ? *plan.snapshot : EmptySnapshot()) {}

std::string PlanView::Labelled(Text text, std::string_view value) const {
  return fmt::format("{}{}{}", (*this)(text), language() == Language::kZh ? "：" : ": ", value);
}

std::string PlanView::Title() const {
  if (!plan_.event) return std::string((*this)(Text::kPlan));
  const Event& event = *plan_.event;
  if (language() == Language::kEn && !event.title_en.empty()) return event.title_en;
  return event.title.empty() ? std::string((*this)(Text::kPlan)) : event.title;
}

std::string PlanView::Subtitle() const {
  if (!plan_.event) return "";
  const Event& event = *plan_.event;
  std::string days, organisers;
  int year = 0;  // said once, and again where it changes
  for (const EventSession& session : event.sessions) {
    if (!session.start) continue;
    const std::string day = DayLabel(*session.start, language());
    if (days.find(day) != std::string::npos) continue;
    if (!days.empty()) days += " · ";
    if (YearOf(*session.start) != year) {
      year = YearOf(*session.start);
      days += fmt::format(fmt::runtime(language() == Language::kZh ? "{}年" : "{}: "), year);
    }
    days += day;
  }
  for (const std::string& organiser : event.organisers) {
    organisers += (organisers.empty() ? "" : language() == Language::kZh ? "、" : ", ") + organiser;
  }
  return JoinWith(" | ", {event.place, days, organisers});
}

bool PlanView::IsPublic(Side side, std::int32_t index) const {
  const auto& listing = *snapshot_.listings(side)[static_cast<std::size_t>(index)];
  return TextLevel(listing.record) == Level::kOpen && PartyLevel(listing.record) == Level::kOpen;
}

std::string PlanView::PartyOf(Side side, std::int32_t index) const {
  const auto& listing = *snapshot_.listings(side)[static_cast<std::size_t>(index)];
  return listing.party.valid() ? snapshot_.party(listing.party).record.name : listing.record.party.name;
}

std::int32_t PlanView::Find(Side side, std::string_view id) const {
  if (id.empty()) return -1;
  return side == Side::kNeed ? snapshot_.FindNeed(id).value : snapshot_.FindOffering(id).value;
}

ShownListing PlanView::Show(Side side, std::int32_t index) const {
  const Listing& listing = *snapshot_.listings(side)[static_cast<std::size_t>(index)];
  const ListingRecord& record = listing.record;
  ShownListing shown;
  shown.id = record.id;
  shown.party_hidden = PartyLevel(record) != Level::kOpen;
  shown.text_hidden = TextLevel(record) != Level::kOpen;
  shown.title = shown.text_hidden ? std::string((*this)(Text::kSealedTitle)) : record.title;

  const PartyRecord& party = listing.party.valid() ? snapshot_.party(listing.party).record : record.party;
  const Region& region = record.party.region.empty() ? party.region : record.party.region;
  if (!shown.party_hidden) {
    shown.party = party.name.empty() ? std::string((*this)(Text::kNoParty)) : party.name;
    shown.region = FormatRegion(region);
    std::vector<Contact> contacts = record.party.contacts;
    for (const Contact& contact : party.contacts) {
      if (std::find(contacts.begin(), contacts.end(), contact) == contacts.end()) contacts.push_back(contact);
    }
    if (ContactsLevel(record) != Level::kOpen) contacts.clear();
    for (const Contact& contact : contacts) {
      const std::string text = ShowContact(contact, *this);
      if (shown.contacts.find(text) != std::string::npos) continue;
      if (!shown.contacts.empty()) shown.contacts += Separator();
      shown.contacts += text;
    }
  } else {
    shown.party = (*this)(Text::kAnonymousParty);
    if (!shown.text_hidden) shown.region = region.province;
  }
  return shown;
}

bool PlanView::Undisclosed(std::string_view need_id, std::string_view offering_id) const {
  const std::int32_t need = Find(Side::kNeed, need_id);
  const std::int32_t offering = Find(Side::kOffering, offering_id);
  return (need >= 0 && !IsPublic(Side::kNeed, need)) || (offering >= 0 && !IsPublic(Side::kOffering, offering));
}

std::string PlanView::When(const Time& start, const Time& end) const {
  return DayLabel(start, language()) + " " + ClockRange(start, end);
}

ShownMeeting PlanView::Show(const PlannedMeeting& meeting) const {
  ShownMeeting shown{.guest = meeting.guest,
                     .guest_party = meeting.guest_party,
                     .host = meeting.host,
                     .host_party = meeting.host_party,
                     .team = meeting.team};
  const std::optional<Time> start = ParseTime(meeting.start), end = ParseTime(meeting.end);
  if (start) shown.day = DayLabel(*start, language());
  shown.time = ClockRange(start, end);
  if (Undisclosed(meeting)) {
    shown.topic = (*this)(Text::kSealedTitle);
    return shown;
  }
  shown.need_id = meeting.need_id;
  shown.offering_id = meeting.offering_id;
  shown.topic = meeting.topic;
  const std::int32_t need = Find(Side::kNeed, meeting.need_id);
  if (need >= 0) shown.topic = snapshot_.need(NeedIndex(need)).record.title;
  return shown;
}

bool PlanView::TextHidden(const PlannedMatch& match) const {
  return Need(match).text_hidden || Offering(match).text_hidden;
}

bool PlanView::TextHidden(const PlannedOpen& open) const {
  if (Show(open.side, open.index).text_hidden) return true;
  const Side other = open.side == Side::kNeed ? Side::kOffering : Side::kNeed;
  const std::int32_t near = Find(other, open.near_id);
  return near >= 0 && Show(other, near).text_hidden;
}

bool PlanView::TextHidden(const PlanChange& change) const {
  const std::int32_t need = Find(Side::kNeed, change.need_id), offering = Find(Side::kOffering, change.offering_id);
  return (need >= 0 && Show(Side::kNeed, need).text_hidden) ||
         (offering >= 0 && Show(Side::kOffering, offering).text_hidden);
}

std::string PlanView::Reason(const PlannedMatch& match) const {
  return TextHidden(match) ? std::string((*this)(Text::kWithheld)) : match.reason;
}

std::string PlanView::Objections(const PlannedMatch& match) const {
  if (TextHidden(match)) return "";
  std::string out;
  for (const PairReason& objection : match.objections) {
    if (!out.empty()) out += Separator();
    out += objection.sentence;
  }
  return out;
}

std::string PlanView::MeetingLabel(const PlannedMatch& match) const {
  if (match.meeting < 0 || match.meeting >= std::ssize(plan_.meetings)) return "";
  const PlannedMeeting& meeting = plan_.meetings[static_cast<std::size_t>(match.meeting)];
  if (Undisclosed(meeting)) return std::string((*this)(Text::kScheduledHidden));
  const ShownMeeting shown = Show(meeting);
  return JoinWith(" ", {shown.day, shown.time.empty() ? std::string_view(meeting.slot) : std::string_view(shown.time),
                        meeting.table});
}

std::string_view PlanView::GradeWord(int grade) const {
  constexpr std::array kWords = {Text::kGrade0, Text::kGrade1, Text::kGrade2, Text::kGrade3};
  return (*this)(kWords[static_cast<std::size_t>(std::clamp(grade, 0, 3))]);
}

std::string_view PlanView::DecisionWord(Decision decision) const {
  switch (decision) {
    case Decision::kLocked:
      return (*this)(Text::kLocked);
    case Decision::kStruck:
      return (*this)(Text::kStruck);
    case Decision::kAdded:
      return (*this)(Text::kAdded);
    case Decision::kNone:
      break;
  }
  return "";
}

std::string_view PlanView::SideWord(Side side) const {
  return (*this)(side == Side::kNeed ? Text::kNeed : Text::kOffering);
}

std::string_view PlanView::OpenWord(OpenReason reason) const {
  constexpr std::array kWords = {Text::kOpenNoCandidate,   Text::kOpenBelowThreshold, Text::kOpenNoCapacity,
                                 Text::kOpenPartnersTaken, Text::kOpenExcluded,       Text::kOpenQuotaFull};
  return (*this)(kWords[static_cast<std::size_t>(reason)]);
}

std::string_view PlanView::UnplacedWord(UnplacedReason reason) const {
  constexpr std::array kWords = {Text::kUnplacedTeamFull, Text::kUnplacedNoTable,       Text::kUnplacedPersonBusy,
                                 Text::kUnplacedNoHost,   Text::kUnplacedAbsent,        Text::kUnplacedExcluded,
                                 Text::kUnplacedDeclined, Text::kUnplacedNoInterpreter, Text::kUnplacedOnTour,
                                 Text::kUnplacedNotNeeded};
  return (*this)(kWords[static_cast<std::size_t>(reason)]);
}

std::string_view PlanView::SkipWord(SkipReason reason) const {
  constexpr std::array kWords = {Text::kSkipClosed, Text::kSkipPeopleBusy, Text::kSkipNoTime};
  return (*this)(kWords[static_cast<std::size_t>(reason)]);
}

std::string_view PlanView::StatusWord(const RowReport& row) const {
  if (row.status == RowStatus::kImported && !row.reason.empty()) return (*this)(Text::kWarning);
  constexpr std::array kWords = {Text::kImported, Text::kDuplicate, Text::kError,
                                 Text::kBlank,    Text::kHeading,   Text::kClosing};
  return (*this)(kWords[static_cast<std::size_t>(row.status)]);
}

std::string PlanView::ChangeWord(std::string_view state) const {
  if (state == "matched") return std::string((*this)(Text::kChangeMatched));
  if (state == "open") return std::string((*this)(Text::kChangeOpen));
  for (Decision decision : {Decision::kLocked, Decision::kStruck, Decision::kAdded}) {
    if (state == DecisionName(decision)) return std::string(DecisionWord(decision));
  }
  return std::string(state);
}

std::string PlanView::Count(std::int64_t count) {
  std::string text = std::to_string(count);
  for (std::ptrdiff_t at = std::ssize(text) - 3; at > (count < 0 ? 1 : 0); at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string PlanView::Percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "–";
  return fmt::format("{:.0f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string PlanView::Score(double score) {
  return fmt::format("{:.2f}", score);
}

bool NeedsAttention(const RowReport& row) {
  return row.status == RowStatus::kError || row.status == RowStatus::kDuplicate ||
         (row.status == RowStatus::kImported && !row.reason.empty());
}

std::string MaskPhone(std::string_view phone) {
  if (phone.empty()) return "";
  if (phone.size() < 8) return "****";
  // The ends of the number of a valid text; a number in other digits is masked whole.
  if (!std::all_of(phone.begin(), phone.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return "****";
  return fmt::format("{}****{}", phone.substr(0, 3), phone.substr(phone.size() - 2));
}

std::string MaskEmail(std::string_view email) {
  if (email.empty()) return "";
  const std::size_t at = email.find('@');
  if (at == std::string_view::npos || at == 0) return "***";
  return fmt::format("{}***{}", TakeCodePoints(email, 1), email.substr(at));
}

std::string MaskName(std::string_view name) {
  return name.empty() ? "" : fmt::format("{}**", TakeCodePoints(name, 1));
}

std::string TableRoom(const PlanView& view, std::string_view table) {
  if (!view.plan().event) return "";
  for (const EventTable& one : view.plan().event->tables) {
    if (one.id == table) return one.room;
  }
  return "";
}

std::vector<GridSession> TimetableGrid(const PlanView& view) {
  const Plan& plan = view.plan();
  std::vector<GridSession> sessions;
  std::map<std::string, std::pair<std::size_t, std::size_t>, std::less<>> place_of_slot;
  std::map<std::string, std::size_t, std::less<>> session_number;
  const auto session_of = [&](std::string_view id) {
    const auto [found, is_new] = session_number.emplace(id, sessions.size());
    if (is_new) sessions.push_back({.title = std::string(id)});
    return found->second;
  };
  if (plan.event) {
    for (const EventSession& session : plan.event->sessions) {
      const std::string day = session.start ? DayLabel(*session.start, view.language()) : "";
      sessions[session_of(session.id)].title = JoinWith(" · ", {day, session.title, session.place});
    }
    for (const EventSlot& slot : plan.event->slots) {
      const std::size_t session = session_of(slot.session);
      const std::string clock = ClockRange(slot.start, slot.end);
      place_of_slot.emplace(slot.id, std::pair(session, sessions[session].slots.size()));
      sessions[session].slots.push_back(
          {.id = slot.id, .label = clock.empty() ? slot.id : clock, .tables = slot.tables});
    }
  }
  // Rounds, and whatever slot or table a meeting names beyond the event's own: a meeting never falls out of the grid.
  for (std::size_t i = 0; i < plan.meetings.size(); ++i) {
    const PlannedMeeting& meeting = plan.meetings[i];
    auto place = place_of_slot.find(meeting.slot);
    if (place == place_of_slot.end()) {
      const std::size_t session = session_of(meeting.session);
      place = place_of_slot.emplace(meeting.slot, std::pair(session, sessions[session].slots.size())).first;
      const std::string time = view.Show(meeting).time;
      sessions[session].slots.push_back({.id = meeting.slot, .label = time.empty() ? meeting.slot : time});
    }
    GridSlot& slot = sessions[place->second.first].slots[place->second.second];
    if (std::find(slot.tables.begin(), slot.tables.end(), meeting.table) == slot.tables.end()) {
      slot.tables.push_back(meeting.table);
    }
    slot.meetings[meeting.table].push_back(static_cast<std::int32_t>(i));
  }
  std::erase_if(sessions, [](const GridSession& session) { return session.slots.empty(); });
  for (GridSession& session : sessions) {
    for (const GridSlot& slot : session.slots) {
      for (const std::string& table : slot.tables) {
        if (std::find(session.tables.begin(), session.tables.end(), table) == session.tables.end()) {
          session.tables.push_back(table);
        }
      }
    }
  }
  return sessions;
}

}  // namespace magpie::report
