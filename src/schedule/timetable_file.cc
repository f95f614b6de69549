#include "magpie/schedule/timetable_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

using Json = nlohmann::ordered_json;

absl::Status Wrong(const std::string& where, const std::string& message) {
  return MakeError(Reason::kFieldInvalid, where, message);
}

// Numbers of the event's people, teams, slots and tables by id.
class Names {
 public:
  explicit Names(const Event& event) : event_(event) {}

  absl::StatusOr<std::int32_t> Person(const std::string& id, const std::string& where) const {
    return Find(event_.people, id, where);
  }
  absl::StatusOr<std::int32_t> Team(const std::string& id, const std::string& where) const {
    return Find(event_.teams, id, where);
  }
  absl::StatusOr<std::int32_t> Slot(const std::string& id, const std::string& where) const {
    return Find(event_.slots, id, where);
  }
  absl::StatusOr<std::int32_t> Table(const std::string& id, const std::string& where) const {
    return Find(event_.tables, id, where);
  }

 private:
  // "" is none.
  template <typename Item>
  static absl::StatusOr<std::int32_t> Find(const std::vector<Item>& items, const std::string& id,
                                           const std::string& where) {
    if (id.empty()) return -1;
    const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.id == id; });
    if (found != items.end()) return static_cast<std::int32_t>(found - items.begin());
    return MakeError(Reason::kEventInvalid, where, fmt::format("names \"{}\", which the event does not have", id));
  }

  const Event& event_;
};

template <typename Item>
std::string IdOf(const std::vector<Item>& items, std::int32_t index) {
  return index < 0 ? std::string() : items[static_cast<std::size_t>(index)].id;
}

void Put(Json* object, const char* member, const std::string& text) {
  if (!text.empty()) (*object)[member] = text;
}

// Members of one object; the first that is of another kind than asked for is the error.
class Members {
 public:
  Members(const Json& object, std::string where, absl::Status* error)
      : object_(object), where_(std::move(where)), error_(error) {
    if (!object.is_object()) Fail("", "is no object with members");
  }

  std::string Text(const char* member) { return Get<std::string>(member, "a text"); }
  bool Flag(const char* member) { return Get<bool>(member, "true or false"); }
  std::int64_t Whole(const char* member, std::int64_t otherwise) {
    return object_.is_object() && object_.contains(member) ? Get<std::int64_t>(member, "a whole number") : otherwise;
  }
  std::vector<std::string> Texts(const char* member) {
    return Get<std::vector<std::string>>(member, "a list of texts");
  }
  std::string At(const char* member) const { return fmt::format("{}.{}", where_, member); }

 private:
  template <typename Value>
  Value Get(const char* member, std::string_view kind) {
    if (!object_.is_object() || !object_.contains(member)) return Value();
    try {
      return object_.at(member).get<Value>();
    } catch (const nlohmann::json::exception&) {
      Fail(member, fmt::format("is not {}", kind));
      return Value();
    }
  }
  void Fail(const char* member, const std::string& message) {
    if (error_->ok()) *error_ = Wrong(*member == '\0' ? where_ : At(member), message);
  }

  const Json& object_;
  std::string where_;
  absl::Status* error_;
};

absl::StatusOr<Json> Parse(std::string_view text, std::string_view what) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return MakeError(Reason::kBadFile, "", fmt::format("{} is not a JSON object", what));
  }
  return json;
}

// Calls body(members) for each object of a list that may be missing; `around` names the object that has it, "tours[0].".
template <typename Body>
absl::Status ForEach(const Json& root, const char* list, const Body& body, const std::string& around = "") {
  if (!root.contains(list)) return absl::OkStatus();
  if (!root.at(list).is_array()) return Wrong(around + list, "is not a list");
  absl::Status error;
  for (std::size_t i = 0; i < root.at(list).size(); ++i) {
    const std::string where = fmt::format("{}{}[{}]", around, list, i);
    Members members(root.at(list)[i], where, &error);
    MAGPIE_RETURN_IF_ERROR(error);
    const absl::Status status = body(&members);
    MAGPIE_RETURN_IF_ERROR(error);
    MAGPIE_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

Json RequestToJson(const Event& event, const MeetingRequest& request) {
  Json out = Json::object();
  out["person"] = IdOf(event.people, request.person);
  for (std::int32_t other : request.others) out["others"].push_back(IdOf(event.people, other));
  out["team"] = IdOf(event.teams, request.team);
  out["priority"] = request.priority;
  out["gain"] = request.gain;
  if (request.demo_table) out["demo_table"] = true;
  Put(&out, "wish", IdOf(event.wishes, request.wish));
  Put(&out, "need", request.need);
  Put(&out, "offering", request.offering);
  Put(&out, "fixed_slot", IdOf(event.slots, request.fixed_slot));
  Put(&out, "fixed_table", IdOf(event.tables, request.fixed_table));
  if (request.required) out["required"] = true;
  if (request.declined) out["declined"] = true;
  if (request.instead_of >= 0) out["instead_of"] = request.instead_of;
  return out;
}

absl::Status ReadRequest(const Event& event, const Names& names, Members* item, FairState* state) {
  MeetingRequest request;
  MAGPIE_ASSIGN_OR_RETURN(request.person, names.Person(item->Text("person"), item->At("person")));
  for (const std::string& id : item->Texts("others")) {
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t other, names.Person(id, item->At("others")));
    request.others.push_back(other);
  }
  MAGPIE_ASSIGN_OR_RETURN(request.team, names.Team(item->Text("team"), item->At("team")));
  request.priority = static_cast<int>(item->Whole("priority", 2));
  request.gain = item->Whole("gain", 0);
  request.demo_table = item->Flag("demo_table");
  if (const std::string wish = item->Text("wish"); !wish.empty()) {
    const auto found = std::find_if(event.wishes.begin(), event.wishes.end(),
                                    [&](const EventWish& candidate) { return candidate.id == wish; });
    if (found != event.wishes.end()) request.wish = static_cast<std::int32_t>(found - event.wishes.begin());
  }
  request.need = item->Text("need");
  request.offering = item->Text("offering");
  MAGPIE_ASSIGN_OR_RETURN(request.fixed_slot, names.Slot(item->Text("fixed_slot"), item->At("fixed_slot")));
  MAGPIE_ASSIGN_OR_RETURN(request.fixed_table, names.Table(item->Text("fixed_table"), item->At("fixed_table")));
  request.required = item->Flag("required");
  request.declined = item->Flag("declined");
  request.instead_of = static_cast<std::int32_t>(item->Whole("instead_of", -1));
  state->requests.push_back(std::move(request));
  return absl::OkStatus();
}

std::optional<MeetingState> StateOf(std::string_view name) {
  for (int state = 0; state <= static_cast<int>(MeetingState::kNoShow); ++state) {
    if (MeetingStateName(static_cast<MeetingState>(state)) == name) return static_cast<MeetingState>(state);
  }
  return std::nullopt;
}

absl::Status ReadMeeting(const Names& names, Members* item, FairState* state) {
  Meeting meeting;
  meeting.request = static_cast<std::int32_t>(item->Whole("request", -1));
  if (meeting.request < 0 || meeting.request >= std::ssize(state->requests)) {
    return Wrong(item->At("request"), "is the number of no request");
  }
  MAGPIE_ASSIGN_OR_RETURN(meeting.slot, names.Slot(item->Text("slot"), item->At("slot")));
  MAGPIE_ASSIGN_OR_RETURN(meeting.table, names.Table(item->Text("table"), item->At("table")));
  MAGPIE_ASSIGN_OR_RETURN(meeting.guest, names.Person(item->Text("guest"), item->At("guest")));
  MAGPIE_ASSIGN_OR_RETURN(meeting.host, names.Person(item->Text("host"), item->At("host")));
  MAGPIE_ASSIGN_OR_RETURN(meeting.interpreter, names.Person(item->Text("interpreter"), item->At("interpreter")));
  if (meeting.slot < 0 || meeting.table < 0 || meeting.guest < 0) {
    return Wrong(item->At("slot"), "a meeting needs its slot, table and guest");
  }
  const std::string word = item->Text("state");
  const std::optional<MeetingState> known = word.empty() ? MeetingState::kPlanned : StateOf(word);
  if (!known) {
    return Wrong(item->At("state"),
                 fmt::format("is \"{}\"; write one of planned, confirmed, held, declined, no_show", word));
  }
  state->timetable.meetings.push_back(meeting);
  state->states.push_back(*known);
  return absl::OkStatus();
}

absl::StatusOr<PersonAway> ReadAway(const Names& names, Members* item) {
  PersonAway away;
  MAGPIE_ASSIGN_OR_RETURN(away.person, names.Person(item->Text("person"), item->At("person")));
  if (away.person < 0) return Wrong(item->At("person"), "is missing");
  MAGPIE_ASSIGN_OR_RETURN(away.from_slot, names.Slot(item->Text("from"), item->At("from")));
  MAGPIE_ASSIGN_OR_RETURN(away.to_slot, names.Slot(item->Text("to"), item->At("to")));
  return away;
}

absl::StatusOr<TableChange> ReadTable(const Names& names, Members* item) {
  TableChange change;
  change.table = item->Text("table");
  if (change.table.empty()) return Wrong(item->At("table"), "is missing");
  for (const std::string& id : item->Texts("slots")) {
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t slot, names.Slot(id, item->At("slots")));
    change.slots.push_back(slot);
  }
  change.lost = !item->Flag("new");
  return change;
}

absl::Status ReadAwayAndTables(const Json& root, const Names& names, FairState* state) {
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "absent", [&](Members* item) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(const PersonAway away, ReadAway(names, item));
    state->away.push_back(away);
    return absl::OkStatus();
  }));
  return ForEach(root, "tables", [&](Members* item) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(TableChange change, ReadTable(names, item));
    state->tables.push_back(std::move(change));
    return absl::OkStatus();
  });
}

std::optional<UnplacedReason> ReasonOf(std::string_view name) {
  for (int reason = 0; reason <= static_cast<int>(UnplacedReason::kNotNeeded); ++reason) {
    if (UnplacedReasonName(static_cast<UnplacedReason>(reason)) == name) return static_cast<UnplacedReason>(reason);
  }
  return std::nullopt;
}

Json TourToJson(const EventTour& tour, const Tour& planned) {
  Json out = {{"tour", tour.id}, {"visits", Json::array()}};
  for (const TourVisit& visit : planned.visits) {
    out["visits"].push_back({{"stop", visit.stop},
                             {"place", tour.stops[static_cast<std::size_t>(visit.stop)].place},
                             {"start", FormatTime(visit.start)},
                             {"end", FormatTime(visit.end)}});
  }
  for (const SkippedStop& skipped : planned.left_out) {
    out["left_out"].push_back({{"stop", skipped.stop},
                               {"place", tour.stops[static_cast<std::size_t>(skipped.stop)].place},
                               {"reason", SkipReasonName(skipped.reason)}});
  }
  out["back"] = FormatTime(planned.back);
  return out;
}

absl::StatusOr<Time> TimeAt(Members* item, const char* member) {
  const std::string text = item->Text(member);
  const std::optional<Time> time = ParseTime(text);
  if (time) return *time;
  return Wrong(item->At(member), fmt::format("\"{}\" is no time", text));
}

// The number of a stop that the tour has and that nothing before has named.
absl::StatusOr<std::int32_t> StopAt(const EventTour& tour, Members* item, std::vector<bool>* seen) {
  const std::int64_t stop = item->Whole("stop", -1);
  if (stop < 0 || stop >= std::ssize(tour.stops) || (*seen)[static_cast<std::size_t>(stop)] ||
      item->Text("place") != tour.stops[static_cast<std::size_t>(stop)].place) {
    return Wrong(item->At("stop"), fmt::format("is no stop of the tour {}, or is given twice", tour.id));
  }
  (*seen)[static_cast<std::size_t>(stop)] = true;
  return static_cast<std::int32_t>(stop);
}

// A tour as it was planned, the next of the event; each of its stops is answered.
absl::Status ReadTour(const Event& event, const Json& json, Members* item, FairState* state) {
  const std::size_t t = state->timetable.tours.size();
  const std::string id = item->Text("tour");
  if (t >= event.tours.size() || event.tours[t].id != id) {
    return Wrong(item->At("tour"), fmt::format("is \"{}\", not the event's tour of this place", id));
  }
  const EventTour& tour = event.tours[t];
  const std::string around = fmt::format("tours[{}].", t);
  Tour planned;
  std::vector<bool> seen(tour.stops.size(), false);
  MAGPIE_ASSIGN_OR_RETURN(planned.back, TimeAt(item, "back"));
  const auto read_visit = [&](Members* visit) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t stop, StopAt(tour, visit, &seen));
    MAGPIE_ASSIGN_OR_RETURN(const Time start, TimeAt(visit, "start"));
    MAGPIE_ASSIGN_OR_RETURN(const Time end, TimeAt(visit, "end"));
    planned.visits.push_back({stop, start, end});
    return absl::OkStatus();
  };
  const auto read_left_out = [&](Members* left) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t stop, StopAt(tour, left, &seen));
    const std::optional<SkipReason> reason = ParseSkipReason(left->Text("reason"));
    if (!reason) return Wrong(left->At("reason"), "is no reason");
    planned.left_out.push_back({stop, *reason});
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(ForEach(json, "visits", read_visit, around));
  MAGPIE_RETURN_IF_ERROR(ForEach(json, "left_out", read_left_out, around));
  if (std::ranges::count(seen, false) > 0) return Wrong(around + "visits", "and left_out do not name every stop");
  state->timetable.tours.push_back(std::move(planned));
  return absl::OkStatus();
}

}  // namespace

std::string FairStateToJson(const Event& event, const FairState& state) {
  Json root = {{"event", event.id}, {"requests", Json::array()}, {"meetings", Json::array()}};
  for (const MeetingRequest& request : state.requests) root["requests"].push_back(RequestToJson(event, request));
  for (std::size_t m = 0; m < state.timetable.meetings.size(); ++m) {
    const Meeting& meeting = state.timetable.meetings[m];
    Json item = {{"request", meeting.request},
                 {"slot", IdOf(event.slots, meeting.slot)},
                 {"table", IdOf(event.tables, meeting.table)},
                 {"guest", IdOf(event.people, meeting.guest)}};
    Put(&item, "host", IdOf(event.people, meeting.host));
    Put(&item, "interpreter", IdOf(event.people, meeting.interpreter));
    item["state"] = MeetingStateName(m < state.states.size() ? state.states[m] : MeetingState::kPlanned);
    root["meetings"].push_back(std::move(item));
  }
  for (const Unplaced& left : state.timetable.unplaced) {
    root["unplaced"].push_back({{"request", left.request}, {"reason", UnplacedReasonName(left.reason)}});
  }
  for (std::size_t t = 0; t < state.timetable.tours.size(); ++t) {
    root["tours"].push_back(TourToJson(event.tours[t], state.timetable.tours[t]));
  }
  for (const EventFixed& fixed : event.fixed) {
    Json item = {{"person", fixed.person}, {"team", fixed.team}};
    Put(&item, "slot", fixed.slot);
    Put(&item, "table", fixed.table);
    root["fixed"].push_back(std::move(item));
  }
  for (const PersonAway& away : state.away) {
    Json item = {{"person", IdOf(event.people, away.person)}};
    Put(&item, "from", IdOf(event.slots, away.from_slot));
    Put(&item, "to", IdOf(event.slots, away.to_slot));
    root["absent"].push_back(std::move(item));
  }
  for (const TableChange& change : state.tables) {
    Json item = {{"table", change.table}};
    for (std::int32_t slot : change.slots) item["slots"].push_back(IdOf(event.slots, slot));
    if (!change.lost) item["new"] = true;
    root["tables"].push_back(std::move(item));
  }
  return root.dump(1) + "\n";
}

absl::StatusOr<FairState> FairStateFromJson(std::string_view json, Event* event) {
  MAGPIE_ASSIGN_OR_RETURN(const Json root, Parse(json, "the timetable"));
  if (const auto id = root.find("event"); id == root.end() || *id != event->id) {
    return MakeError(Reason::kEventInvalid, "event",
                     fmt::format("the timetable is that of another event than \"{}\"", event->id));
  }
  FairState state;
  state.timetable.bound.meetings = -1;  // not kept
  const Names names(*event);
  MAGPIE_RETURN_IF_ERROR(ReadAwayAndTables(root, names, &state));
  for (const TableChange& change : state.tables) {
    const bool known = std::any_of(event->tables.begin(), event->tables.end(),
                                   [&](const EventTable& table) { return table.id == change.table; });
    if (!known && !change.lost) event->tables.push_back({change.table, "", false});
  }
  event->fixed.clear();
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "fixed", [&](Members* item) {
    event->fixed.push_back({item->Text("person"), item->Text("team"), item->Text("slot"), item->Text("table")});
    return absl::OkStatus();
  }));
  MAGPIE_RETURN_IF_ERROR(
      ForEach(root, "requests", [&](Members* item) { return ReadRequest(*event, names, item, &state); }));
  for (std::size_t r = 0; r < state.requests.size(); ++r) {
    const MeetingRequest& request = state.requests[r];
    if (request.person < 0 || request.team < 0 || request.instead_of >= std::ssize(state.requests)) {
      return Wrong(fmt::format("requests[{}]", r),
                   "needs its person and team, and stands in for a request that is there");
    }
  }
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "meetings", [&](Members* item) { return ReadMeeting(names, item, &state); }));
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "unplaced", [&](Members* item) -> absl::Status {
    const std::optional<UnplacedReason> reason = ReasonOf(item->Text("reason"));
    const std::int64_t request = item->Whole("request", -1);
    if (!reason || request < 0 || request >= std::ssize(state.requests)) {
      return Wrong(item->At("reason"), "is no reason, or its request is none");
    }
    state.timetable.unplaced.push_back({static_cast<std::int32_t>(request), *reason});
    return absl::OkStatus();
  }));
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "tours", [&](Members* item) {
    return ReadTour(*event, root.at("tours")[state.timetable.tours.size()], item, &state);
  }));
  if (state.timetable.tours.size() != event->tours.size()) {
    return Wrong("tours", fmt::format("has {} of the event's {} tours; plan the event again",
                                      state.timetable.tours.size(), event->tours.size()));
  }
  return state;
}

absl::StatusOr<FairChanges> ApplyNews(std::string_view json, const Event& event, FairState* state) {
  MAGPIE_ASSIGN_OR_RETURN(const Json root, Parse(json, "the file of news"));
  const Names names(event);
  static constexpr std::array kKnown = {"now",  "absent",   "tables",  "confirmed",
                                        "held", "declined", "no_show", "must_meet"};
  for (const auto& [member, value] : root.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), member) == kKnown.end()) {
      return Wrong(member, fmt::format("is not known; write one of {}", fmt::join(kKnown, ", ")));
    }
  }
  FairChanges changes;
  absl::Status error;
  Members top(root, "news", &error);
  const std::string now = top.Text("now");
  MAGPIE_RETURN_IF_ERROR(error);
  MAGPIE_ASSIGN_OR_RETURN(const std::int32_t now_slot, names.Slot(now, "now"));
  changes.now_slot = std::max(0, now_slot);
  MAGPIE_RETURN_IF_ERROR(ReadAwayAndTables(root, names, state));
  changes.away = state->away;
  changes.tables = state->tables;

  const auto pair_of = [&](Members* item) -> absl::StatusOr<std::pair<std::int32_t, std::int32_t>> {
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t person, names.Person(item->Text("person"), item->At("person")));
    MAGPIE_ASSIGN_OR_RETURN(const std::int32_t team, names.Team(item->Text("team"), item->At("team")));
    if (person < 0 || team < 0) return Wrong(item->At("person"), "name the guest and the team");
    return std::pair(person, team);
  };
  const auto is = [](const MeetingRequest& request, const std::pair<std::int32_t, std::int32_t>& pair) {
    return request.team == pair.second &&
           (request.person == pair.first ||
            std::find(request.others.begin(), request.others.end(), pair.first) != request.others.end());
  };
  for (const auto& [list, becomes] :
       {std::pair("confirmed", MeetingState::kConfirmed), std::pair("held", MeetingState::kHeld),
        std::pair("no_show", MeetingState::kNoShow)}) {
    MAGPIE_RETURN_IF_ERROR(ForEach(root, list, [&, state_now = becomes](Members* item) -> absl::Status {
      MAGPIE_ASSIGN_OR_RETURN(const auto pair, pair_of(item));
      bool found = false;
      for (std::size_t m = 0; m < state->timetable.meetings.size(); ++m) {
        const Meeting& meeting = state->timetable.meetings[m];
        if (!is(state->requests[static_cast<std::size_t>(meeting.request)], pair)) continue;
        state->states[m] = state_now;
        found = true;
      }
      return found ? absl::OkStatus() : Wrong(item->At("person"), "has no meeting with this team in the timetable");
    }));
  }
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "declined", [&](Members* item) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(const auto pair, pair_of(item));
    bool found = false;
    for (std::size_t r = 0; r < state->requests.size(); ++r) {
      if (!is(state->requests[r], pair) || state->requests[r].declined) continue;
      changes.declined.push_back(static_cast<std::int32_t>(r));
      found = true;
    }
    return found ? absl::OkStatus() : Wrong(item->At("person"), "and this team were not asked to meet");
  }));
  MAGPIE_RETURN_IF_ERROR(ForEach(root, "must_meet", [&](Members* item) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(const auto pair, pair_of(item));
    MeetingRequest request;
    request.person = pair.first;
    request.team = pair.second;
    request.priority = 1;
    request.required = true;
    request.need = item->Text("need");
    request.offering = item->Text("offering");
    changes.added.push_back(std::move(request));
    return absl::OkStatus();
  }));
  return changes;
}

}  // namespace magpie
