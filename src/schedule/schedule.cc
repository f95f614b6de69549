#include "magpie/schedule/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "answer.h"
#include "board.h"
#include "finish.h"
#include "magpie/base/status.h"
#include "search.h"
#include "selection.h"

namespace magpie {
namespace {

std::string_view ReasonSentence(UnplacedReason reason) {
  switch (reason) {
    case UnplacedReason::kTeamFull:
      return "the team's max_meetings or max_per_session are used up by other meetings that must be held";
    case UnplacedReason::kNoTable:
      return "no suitable table is free when both sides are";
    case UnplacedReason::kPersonBusy:
      return "the person has no free slot left";
    case UnplacedReason::kNoHost:
      return "no host of the team is free when the person is";
    case UnplacedReason::kAbsent:
      return "the person and the team's hosts are never there together";
    case UnplacedReason::kExcluded:
      return "the pair is excluded";
    case UnplacedReason::kDeclined:
      return "the invitation was declined";
    case UnplacedReason::kNoInterpreter:
      return "no interpreter who speaks both sides' languages is free when both sides are";
    case UnplacedReason::kOnTour:
      return "the person or the team's hosts are on a tour whenever the other side is there";
    case UnplacedReason::kNotNeeded:
      return "the request it stands by was placed";
  }
  return "";
}

std::string NameRequest(const Event& event, const MeetingRequest& request) {
  std::string name = fmt::format("{} with team {}", event.people[static_cast<std::size_t>(request.person)].id,
                                 event.teams[static_cast<std::size_t>(request.team)].id);
  if (request.wish >= 0)
    name = fmt::format("wish {}: {}", event.wishes[static_cast<std::size_t>(request.wish)].id, name);
  if (request.fixed_slot >= 0) {
    name += fmt::format(" in slot {}", event.slots[static_cast<std::size_t>(request.fixed_slot)].id);
  }
  if (request.fixed_table >= 0) {
    name += fmt::format(" at table {}", event.tables[static_cast<std::size_t>(request.fixed_table)].id);
  }
  return name;
}

// kPlanConflict naming the requests that must be held and cannot be, each with the meetings that stand against it.
absl::Status Conflict(const Event& event, const std::vector<MeetingRequest>& requests, const Board& board) {
  const FairModel& model = board.model();
  std::vector<std::string> sentences;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const int request = static_cast<int>(i);
    const auto& r = model.requests[i];
    if (r.rank != 0 || board.placed(request)) continue;
    std::vector<std::string> against;
    for (std::size_t j = 0; j < requests.size(); ++j) {
      const auto& other = model.requests[j];
      const int meeting = static_cast<int>(j);
      if (other.rank != 0 || !board.placed(meeting)) continue;
      const bool same_slot = r.fixed_slot >= 0 && r.fixed_slot == board.at(meeting).slot;
      const bool same_table = r.fixed_table >= 0 && r.fixed_table == board.at(meeting).table;
      if (other.guest == r.guest || other.team == r.team || (same_slot && (r.fixed_table < 0 || same_table))) {
        against.push_back(NameRequest(event, requests[j]));
      }
    }
    std::string sentence = fmt::format("{} cannot be held: {}", NameRequest(event, requests[i]),
                                       ReasonSentence(ReasonOpen(board, request)));
    if (against.size() > 6) against.resize(6);
    if (!against.empty()) sentence += fmt::format(" (also required: {})", fmt::join(against, "; "));
    sentences.push_back(std::move(sentence));
  }
  if (sentences.empty()) return absl::OkStatus();
  return MakeError(Reason::kPlanConflict, "event",
                   fmt::format("{} that must be held cannot be: {}. Free one of them, move absences or limits, or drop "
                               "the rule that requires it",
                               sentences.size() == 1 ? "a meeting" : fmt::format("{} meetings", sentences.size()),
                               fmt::join(sentences, ". ")));
}

// What goes first: the selected, and of those the ones with the fewest slots to choose from. The numbers of the
// requests come last, so that their order in the list hardly matters.
std::vector<int> SearchOrder(const FairModel& model, const std::vector<MeetingRequest>& requests,
                             const Selection& selection) {
  std::vector<std::size_t> possible(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) possible[r] = model.PossibleSlots(model.requests[r]).size();
  std::vector<int> order;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    if (possible[r] > 0 && model.requests[r].instead_of < 0) order.push_back(static_cast<int>(r));
  }
  const auto key = [&](int i) {
    const auto r = static_cast<std::size_t>(i);
    const auto& m = model.requests[r];
    const bool chosen = selection.chosen[r];
    return std::tuple(!chosen, m.rank, m.fixed_slot < 0, chosen ? possible[r] : 0, -m.gain, m.guest, m.team, !m.demo,
                      m.fixed_slot, m.fixed_table, i);
  };
  std::sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b); });
  return order;
}

}  // namespace

std::string_view UnplacedReasonName(UnplacedReason reason) {
  static constexpr std::array<std::string_view, 10> kNames = {"TEAM_FULL", "NO_TABLE",  "PERSON_BUSY", "NO_HOST",
                                                              "ABSENT",    "EXCLUDED",  "DECLINED",    "NO_INTERPRETER",
                                                              "ON_TOUR",   "NOT_NEEDED"};
  return kNames[static_cast<std::size_t>(reason)];
}

absl::StatusOr<Timetable> ScheduleMeetings(const Event& event, const std::vector<MeetingRequest>& requests,
                                           std::uint64_t seed, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckRequests(event, requests));
  MAGPIE_ASSIGN_OR_RETURN(std::vector<Tour> tours, PlanTours(event, requests, context));
  const FairModel model(event, requests, tours);
  MAGPIE_ASSIGN_OR_RETURN(const Selection selection, SelectRequests(model, context));
  Board board(model);
  ScheduleSearch search(&board, seed, context);
  MAGPIE_RETURN_IF_ERROR(search.Run(SearchOrder(model, requests, selection), selection.bound));
  search.PlaceSubstitutes();
  EndLongWaits(&board);
  KeepTables(&board);
  MAGPIE_RETURN_IF_ERROR(Conflict(event, requests, board));

  Timetable timetable = TimetableOf(board);
  timetable.bound = {selection.bound, selection.most};
  timetable.tours = std::move(tours);
  return timetable;
}

}  // namespace magpie
