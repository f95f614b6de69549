#include "report/shown_tours.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace magpie::report {
namespace {

ShownTour ShowTour(const PlanView& view, const EventTour& tour, const Tour& planned) {
  ShownTour shown{.tour = &tour, .planned = &planned, .title = tour.title.empty() ? tour.id : tour.title};
  for (const EventPerson& person : view.plan().event->people) {
    if (std::ranges::count(tour.people, person.id) == 0) continue;
    shown.people.push_back(DisplayName(person));
    if (!person.party.empty() && std::ranges::count(shown.parties, person.party) == 0) {
      shown.parties.push_back(person.party);
    }
  }
  const bool zh = view.language() == Language::kZh;
  const std::string who =
      fmt::format("{}", fmt::join(shown.parties.empty() ? shown.people : shown.parties, zh ? "、" : ", "));
  const std::string leaves = FormatClock(tour.start), back = FormatClock(planned.back);
  const auto place = [&](const std::string& name) { return name.empty() ? std::string(view(Text::kVenue)) : name; };
  const std::string from = place(tour.from), to = place(tour.to);
  shown.line = zh ? view.Format(Text::kTourLine, who, leaves, from, back, to)
                  : view.Format(Text::kTourLine, who, from, leaves, to, back);
  const auto stop = [&](std::int32_t index) { return &tour.stops[static_cast<std::size_t>(index)]; };
  for (const TourVisit& visit : planned.visits) {
    shown.stops.push_back({stop(visit.stop), &visit, "VISITED", view.When(visit.start, visit.end)});
  }
  for (const SkippedStop& skipped : planned.left_out) {
    shown.stops.push_back({stop(skipped.stop), nullptr, SkipReasonName(skipped.reason),
                           view.Format(Text::kLeftOut, view.SkipWord(skipped.reason))});
  }
  return shown;
}

}  // namespace

std::vector<ShownTour> ShownTours(const PlanView& view) {
  const Plan& plan = view.plan();
  std::vector<ShownTour> tours;
  if (!plan.event || !plan.fair_state) return tours;
  const std::vector<Tour>& planned = plan.fair_state->timetable.tours;
  for (std::size_t t = 0; t < planned.size(); ++t) tours.push_back(ShowTour(view, plan.event->tours[t], planned[t]));
  return tours;
}

}  // namespace magpie::report
