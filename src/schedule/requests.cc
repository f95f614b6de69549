#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "magpie/base/status.h"
#include "magpie/schedule/schedule.h"

namespace magpie {
namespace {

absl::StatusOr<int> FindId(const std::map<std::string, int>& index, const std::string& id, const std::string& where) {
  const auto found = index.find(id);
  if (found == index.end()) {
    return MakeError(Reason::kEventInvalid, where, fmt::format("names \"{}\", which the event does not have", id));
  }
  return found->second;
}

template <typename Item>
std::map<std::string, int> IndexOf(const std::vector<Item>& items) {
  std::map<std::string, int> index;
  for (std::size_t i = 0; i < items.size(); ++i) index.emplace(items[i].id, static_cast<int>(i));
  return index;
}

std::vector<std::int32_t> PeopleOf(const Event& event, const std::string& party) {
  std::vector<std::int32_t> people;
  for (std::size_t p = 0; p < event.people.size(); ++p) {
    if (event.people[p].party == party) people.push_back(static_cast<std::int32_t>(p));
  }
  return people;
}

}  // namespace

absl::StatusOr<std::vector<MeetingRequest>> RequestsOfWishes(const Event& event) {
  const auto people = IndexOf(event.people), teams = IndexOf(event.teams), slots = IndexOf(event.slots),
             tables = IndexOf(event.tables);
  std::vector<MeetingRequest> requests;
  for (std::size_t w = 0; w < event.wishes.size(); ++w) {
    const EventWish& wish = event.wishes[w];
    MeetingRequest request;
    if (wish.party.empty()) {
      MAGPIE_ASSIGN_OR_RETURN(request.person, FindId(people, wish.person, fmt::format("wish {}, person", wish.id)));
    } else {
      request.others = PeopleOf(event, wish.party);
      if (request.others.empty()) {
        return MakeError(Reason::kEventInvalid, fmt::format("wish {}, party", wish.id),
                         fmt::format("nobody of \"{}\" is at the event", wish.party));
      }
      request.person = request.others.front();
      request.others.erase(request.others.begin());
    }
    MAGPIE_ASSIGN_OR_RETURN(request.team, FindId(teams, wish.team, fmt::format("wish {}, team", wish.id)));
    request.priority = wish.priority;
    request.demo_table = wish.demo_table;
    request.wish = static_cast<std::int32_t>(w);
    request.need = wish.need;
    request.offering = wish.offering;
    requests.push_back(std::move(request));
  }
  for (std::size_t f = 0; f < event.fixed.size(); ++f) {
    const EventFixed& fixed = event.fixed[f];
    const std::string where = fmt::format("fixed[{}]", f);
    MeetingRequest wanted;
    MAGPIE_ASSIGN_OR_RETURN(wanted.person, FindId(people, fixed.person, where + ".person"));
    MAGPIE_ASSIGN_OR_RETURN(wanted.team, FindId(teams, fixed.team, where + ".team"));
    // The first wish for this pair that no other fixed meeting has taken becomes the fixed one.
    auto wish = std::find_if(requests.begin(), requests.end(), [&](const MeetingRequest& r) {
      return r.person == wanted.person && r.team == wanted.team && !r.required;
    });
    if (wish == requests.end()) {
      wanted.priority = 1;
      wish = requests.insert(requests.end(), wanted);
    }
    MeetingRequest& request = *wish;
    request.required = true;
    if (!fixed.slot.empty()) {
      MAGPIE_ASSIGN_OR_RETURN(request.fixed_slot, FindId(slots, fixed.slot, where + ".slot"));
    }
    if (!fixed.table.empty()) {
      MAGPIE_ASSIGN_OR_RETURN(request.fixed_table, FindId(tables, fixed.table, where + ".table"));
    }
  }
  return requests;
}

}  // namespace magpie
