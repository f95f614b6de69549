// The tours of a plan as people may see them.
#pragma once

#include <string>
#include <vector>

#include "report/plan_view.h"

namespace magpie::report {

// A stop of a tour, visited or left out.
struct ShownStop {
  const EventStop* stop;
  const TourVisit* visit;  // nullptr where it was left out
  std::string_view state;  // VISITED, or the name of the reason
  std::string when;        // "3月11日（周二） 10:00–10:40", or that it was left out and why
};

struct ShownTour {
  const EventTour* tour;
  const Tour* planned;
  std::string title;                 // or its id
  std::vector<std::string> parties;  // of those who travel, each once
  std::vector<std::string> people;   // by name
  std::string line;                  // who travels, from where when, to where when
  std::vector<ShownStop> stops;      // visits in the order of time, then what was left out
};

// Those of the plan's event; they outlive it no longer than the plan.
std::vector<ShownTour> ShownTours(const PlanView& view);

}  // namespace magpie::report
