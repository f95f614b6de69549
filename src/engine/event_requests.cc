#include "engine/event_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/plan_text.h"
#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kMatchPriority = 4;
constexpr int kSubstitutes = 3;  // of one match

// Who is at the event for which listing: persons and teams by listing index, in the order of the event.
struct Presence {
  std::map<std::int32_t, std::vector<std::int32_t>> need_people, offering_people, need_teams, offering_teams;

  Presence(const Event& event, const Snapshot& snapshot) {
    for (std::size_t p = 0; p < event.people.size(); ++p) {
      const EventPerson& person = event.people[p];
      for (const std::string& id : person.needs) Add(&need_people, snapshot.FindNeed(id).value, p);
      for (const std::string& id : person.offerings) Add(&offering_people, snapshot.FindOffering(id).value, p);
    }
    for (std::size_t t = 0; t < event.teams.size(); ++t) {
      const EventTeam& team = event.teams[t];
      for (const std::string& id : team.needs) Add(&need_teams, snapshot.FindNeed(id).value, t);
      for (const std::string& id : team.offerings) Add(&offering_teams, snapshot.FindOffering(id).value, t);
    }
  }

 private:
  static void Add(std::map<std::int32_t, std::vector<std::int32_t>>* map, std::int32_t listing, std::size_t who) {
    if (listing >= 0) (*map)[listing].push_back(static_cast<std::int32_t>(who));
  }
};

const std::vector<std::int32_t>& Who(const std::map<std::int32_t, std::vector<std::int32_t>>& map,
                                     std::int32_t listing) {
  static const std::vector<std::int32_t> kNobody;
  const auto entry = map.find(listing);
  return entry == map.end() ? kNobody : entry->second;
}

}  // namespace

absl::StatusOr<std::vector<MeetingRequest>> CollectRequests(const Event& event, const Snapshot& snapshot,
                                                            std::span<const ScoredPair> next_best,
                                                            std::vector<PlannedMatch>* matches) {
  MAGPIE_ASSIGN_OR_RETURN(std::vector<MeetingRequest> requests, RequestsOfWishes(event));
  const Presence presence(event, snapshot);

  // A wish brings a team and everybody of the guest's party together; a second meeting of the same two would take the
  // seat of somebody else.
  std::set<std::pair<std::string, std::int32_t>> wished;
  for (const MeetingRequest& request : requests) {
    wished.emplace(event.people[static_cast<std::size_t>(request.person)].party, request.team);
  }

  // A guest of the one side visits a team of the other; which side is the guest depends on the event. kNobody: not both
  // are there; kAlready: they meet anyway.
  enum class Asked { kNobody, kAlready, kNew };
  const auto ask = [&](const ScoredPair& pair, std::int32_t instead_of) {
    const auto of_sides = [&](const std::vector<std::int32_t>& people, const std::vector<std::int32_t>& teams) {
      if (people.empty() || teams.empty()) return Asked::kNobody;
      const std::int32_t person = people.front(), team = teams.front();
      if (!wished.emplace(event.people[static_cast<std::size_t>(person)].party, team).second) return Asked::kAlready;
      MeetingRequest request;
      request.person = person;
      request.team = team;
      request.priority = kMatchPriority;
      request.gain = std::llround(pair.score * static_cast<double>(kGainPerScore));
      request.need = snapshot.need(pair.need).record.id;
      request.offering = snapshot.offering(pair.offering).record.id;
      request.instead_of = instead_of;
      requests.push_back(std::move(request));
      return Asked::kNew;
    };
    const std::int32_t need = pair.need.value, offering = pair.offering.value;
    const Asked asked = of_sides(Who(presence.need_people, need), Who(presence.offering_teams, offering));
    if (asked != Asked::kNobody) return asked;
    return of_sides(Who(presence.offering_people, offering), Who(presence.need_teams, need));
  };

  std::map<std::int32_t, std::int32_t> request_of_need, request_of_offering;  // the last that asks for each
  for (PlannedMatch& match : *matches) {
    const std::int32_t need = match.pair.need.value, offering = match.pair.offering.value;
    const bool need_here = !Who(presence.need_people, need).empty() || !Who(presence.need_teams, need).empty();
    const bool offering_here =
        !Who(presence.offering_people, offering).empty() || !Who(presence.offering_teams, offering).empty();
    match.in_event = need_here && offering_here;
    if (!match.in_event || ask(match.pair, -1) != Asked::kNew) continue;
    request_of_need[need] = request_of_offering[offering] = static_cast<std::int32_t>(requests.size()) - 1;
  }

  std::map<std::int32_t, int> substitutes;  // of each request
  for (const ScoredPair& pair : next_best) {
    for (const auto& [listing, request_of] :
         {std::pair(pair.need.value, &request_of_need), std::pair(pair.offering.value, &request_of_offering)}) {
      const auto request = request_of->find(listing);
      if (request == request_of->end() || substitutes[request->second] >= kSubstitutes) continue;
      if (ask(pair, request->second) == Asked::kNew) ++substitutes[request->second];
      break;
    }
  }
  return requests;
}

void FillMeetings(const Event& event, const Snapshot& snapshot, const std::vector<MeetingRequest>& requests,
                  const Timetable& timetable, Language language, Plan* plan) {
  // A meeting belongs to a match where the guest stands for one listing of the pair and the team for the other.
  std::unordered_map<std::string, std::int32_t> match_of_pair;
  auto key = [](const std::string& need, const std::string& offering) { return need + '\t' + offering; };
  for (std::size_t m = 0; m < plan->matches.size(); ++m) {
    const ScoredPair& pair = plan->matches[m].pair;
    match_of_pair.emplace(key(snapshot.need(pair.need).record.id, snapshot.offering(pair.offering).record.id),
                          static_cast<std::int32_t>(m));
  }
  auto find_match = [&](const std::vector<std::string>& needs, const std::vector<std::string>& offerings) {
    for (const std::string& need : needs) {
      for (const std::string& offering : offerings) {
        const auto entry = match_of_pair.find(key(need, offering));
        if (entry != match_of_pair.end()) return entry->second;
      }
    }
    return std::int32_t{-1};
  };
  auto one = [](const std::string& id) { return id.empty() ? std::vector<std::string>() : std::vector{id}; };

  for (const Meeting& placed : timetable.meetings) {
    const MeetingRequest& request = requests[static_cast<std::size_t>(placed.request)];
    const EventSlot& slot = event.slots[static_cast<std::size_t>(placed.slot)];
    const EventTable& table = event.tables[static_cast<std::size_t>(placed.table)];
    const EventPerson& guest = event.people[static_cast<std::size_t>(placed.guest)];
    const EventTeam& team = event.teams[static_cast<std::size_t>(request.team)];
    PlannedMeeting meeting;
    meeting.slot = slot.id;
    meeting.session = slot.session;
    meeting.table = table.id;
    meeting.room = table.room;
    if (slot.start) meeting.start = FormatTime(*slot.start);
    if (slot.end) meeting.end = FormatTime(*slot.end);
    meeting.guest = DisplayName(guest);
    meeting.guest_id = guest.id;
    meeting.guest_party = guest.party;
    if (placed.host >= 0) {
      const EventPerson& host = event.people[static_cast<std::size_t>(placed.host)];
      meeting.host = DisplayName(host);
      meeting.host_id = host.id;
    }
    meeting.host_party = team.party;
    meeting.team = DisplayName(team);
    meeting.team_id = team.id;
    meeting.need_id = request.need;
    meeting.offering_id = request.offering;
    if (request.wish >= 0) {
      const EventWish& wish = event.wishes[static_cast<std::size_t>(request.wish)];
      meeting.wish = wish.id;
      meeting.topic = wish.topic;
      meeting.priority = wish.priority;
    }
    if (!request.need.empty()) {
      meeting.match = find_match(one(request.need), request.offering.empty() ? team.offerings : one(request.offering));
    } else if (!request.offering.empty()) {
      meeting.match = find_match(team.needs, one(request.offering));
    }
    if (meeting.match >= 0) {
      PlannedMatch& match = plan->matches[static_cast<std::size_t>(meeting.match)];
      if (meeting.offering_id.empty()) meeting.offering_id = snapshot.offering(match.pair.offering).record.id;
      if (meeting.need_id.empty()) meeting.need_id = snapshot.need(match.pair.need).record.id;
      if (match.meeting == -1) match.meeting = static_cast<std::int32_t>(plan->meetings.size());
    }
    plan->meetings.push_back(std::move(meeting));
  }

  std::map<std::int32_t, const Substitution*> stands_in;
  for (const Substitution& substitution : timetable.substitutions) stands_in[substitution.request] = &substitution;
  for (const Unplaced& left : timetable.unplaced) {
    const MeetingRequest& request = requests[static_cast<std::size_t>(left.request)];
    if (request.instead_of >= 0) continue;  // nobody asked for it
    const EventPerson& guest = event.people[static_cast<std::size_t>(request.person)];
    const EventTeam& team = event.teams[static_cast<std::size_t>(request.team)];
    PlannedUnplaced unplaced;
    unplaced.guest = DisplayName(guest);
    unplaced.guest_party = guest.party;
    unplaced.team = DisplayName(team);
    unplaced.need_id = request.need;
    unplaced.offering_id = request.offering;
    if (request.wish >= 0) {
      unplaced.wish = event.wishes[static_cast<std::size_t>(request.wish)].id;
      unplaced.priority = event.wishes[static_cast<std::size_t>(request.wish)].priority;
    }
    unplaced.reason = left.reason;
    unplaced.sentence = UnplacedSentence(unplaced, language);
    if (const auto by = stands_in.find(left.request); by != stands_in.end()) {
      const MeetingRequest& other = requests[static_cast<std::size_t>(by->second->by)];
      unplaced.sentence +=
          SubstituteSentence(other.need, other.offering,
                             static_cast<double>(by->second->gain_lost) / static_cast<double>(kGainPerScore), language);
    }
    plan->unplaced.push_back(std::move(unplaced));
  }
  plan->funnel.meeting_requests = std::count_if(requests.begin(), requests.end(),
                                                [](const MeetingRequest& request) { return request.instead_of < 0; });
  plan->funnel.meetings = static_cast<std::int64_t>(plan->meetings.size());
}

void FillStandBy(const Event& event, const std::vector<MeetingRequest>& requests, const std::vector<StandByPair>& pairs,
                 Plan* plan) {
  for (const StandByPair& pair : pairs) {
    const MeetingRequest& request = requests[static_cast<std::size_t>(pair.request)];
    const EventPerson& guest = event.people[static_cast<std::size_t>(request.person)];
    const EventTeam& team = event.teams[static_cast<std::size_t>(request.team)];
    const std::string host =
        pair.host < 0 ? std::string() : DisplayName(event.people[static_cast<std::size_t>(pair.host)]);
    std::string instead_of;
    if (pair.instead_of >= 0) {
      const MeetingRequest& other = requests[static_cast<std::size_t>(pair.instead_of)];
      const EventPerson& person = event.people[static_cast<std::size_t>(other.person)];
      instead_of = person.party.empty() ? DisplayName(person) : person.party;
    }
    plan->stand_by.push_back({event.slots[static_cast<std::size_t>(pair.slot)].id, guest.id, DisplayName(guest),
                              guest.party, team.id, DisplayName(team), host, request.need, request.offering,
                              std::move(instead_of)});
  }
}

void FillRounds(const Snapshot& snapshot, Language language, Plan* plan) {
  // Who takes part: a party, or a listing without one, which stands for itself. One numbering for both sides, since a
  // party that seeks and offers is still at one place at a time.
  std::map<std::pair<Side, std::int32_t>, std::int32_t> numbers;
  auto number_of = [&](Side side, PartyIndex party, std::int32_t listing) {
    const std::pair who = party.valid() ? std::pair(Side::kNeed, party.value) : std::pair(side, -1 - listing);
    return numbers.emplace(who, static_cast<std::int32_t>(numbers.size())).first->second;
  };
  std::vector<std::pair<std::int32_t, std::int32_t>> wanted;
  for (const PlannedMatch& match : plan->matches) {
    const auto& [need, offering] = std::pair(match.pair.need, match.pair.offering);
    wanted.emplace_back(number_of(Side::kNeed, snapshot.need(need).party, need.value),
                        number_of(Side::kOffering, snapshot.offering(offering).party, offering.value));
  }
  const std::vector<Round> rounds = PlanRounds(wanted, true);
  std::vector<std::size_t> order(rounds.size());
  for (std::size_t m = 0; m < order.size(); ++m) order[m] = m;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(rounds[a].round, rounds[a].table) < std::pair(rounds[b].round, rounds[b].table);
  });

  auto party_name = [&](PartyIndex party) { return party.valid() ? snapshot.party(party).record.name : std::string(); };
  for (std::size_t m : order) {
    PlannedMatch& match = plan->matches[m];
    const Listing& need = snapshot.need(match.pair.need);
    const Listing& offering = snapshot.offering(match.pair.offering);
    PlannedMeeting meeting;
    meeting.slot = RoundName(rounds[m].round, language);
    meeting.table = fmt::format("T{}", rounds[m].table + 1);
    meeting.guest = meeting.guest_party = party_name(need.party);
    meeting.host = meeting.host_party = party_name(offering.party);
    meeting.team = offering.record.team;
    meeting.need_id = need.record.id;
    meeting.offering_id = offering.record.id;
    meeting.match = static_cast<std::int32_t>(m);
    match.meeting = static_cast<std::int32_t>(plan->meetings.size());
    plan->meetings.push_back(std::move(meeting));
  }
  plan->funnel.meeting_requests = plan->funnel.meetings = static_cast<std::int64_t>(plan->meetings.size());
}

}  // namespace magpie
