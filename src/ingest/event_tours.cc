#include "event_tours.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace magpie {
namespace {

constexpr std::size_t kMostPlaces = 500;

}  // namespace

void TourReader::ReadWay(EventObject* object) {
  EventTravel way;
  way.from = object->Text({"from"});
  way.to = object->Text({"to"});
  const std::optional<int> minutes = object->Whole({"minutes"}, 0, kMinutesOfDay);
  if (way.from.empty() || way.to.empty()) issues_->Fail(object->where(), "needs two places, from and to");
  if (!minutes) issues_->Fail(object->At("minutes"), "is missing; say how long the way takes");
  way.minutes = minutes.value_or(0);
  where_ways_.push_back(object->where());
  ways_.push_back(std::move(way));
}

void TourReader::ReadTour(EventObject* object) {
  ReadTourItem item;
  item.where = object->where();
  EventTour& tour = item.tour;
  tour.title = object->Text({"title"});
  tour.id = object->Text({"id"});
  if (tour.id.empty()) tour.id = tour.title;
  if (tour.id.empty()) issues_->Fail(object->At("id"), "is missing; give every tour an id or a title of its own");
  if (std::ranges::any_of(tours_, [&](const ReadTourItem& other) { return other.tour.id == tour.id; })) {
    issues_->Fail(object->At("id"), fmt::format("tour \"{}\" is given twice; ids must differ", tour.id));
  }
  item.party = object->Text({"party", "firm"});
  tour.people = object->Texts({"people"});
  if (item.party.empty() && tour.people.empty()) {
    issues_->Fail(object->At("people"), "is missing; name the people who travel, or their party");
  }
  tour.from = object->Text({"from"});
  tour.to = object->Text({"to"});
  const std::optional<Time> start = object->Instant({"start"}), end = object->Instant({"end"});
  if (!start) issues_->Fail(object->At("start"), "is missing; say when the tour leaves");
  if (!end) issues_->Fail(object->At("end"), "is missing; say when the tour must be back");
  object->CheckSpan(start, end);
  tour.start = start.value_or(Time());
  tour.end = end.value_or(Time());
  tours_.push_back(std::move(item));
}

void TourReader::ReadStop(EventObject* object, const std::string& tour) {
  ReadStopItem item;
  item.where = object->where();
  item.tour = tour;
  item.stop.party = object->Text({"party", "firm"});
  item.stop.place = object->Text({"place"});
  if (item.stop.place.empty()) item.stop.place = item.stop.party;
  if (item.stop.place.empty()) issues_->Fail(object->At("place"), "is missing; name the place or the party visited");
  item.minutes = object->Whole({"minutes"}, 1, kMinutesOfDay);
  stops_.push_back(std::move(item));
  ReadWindow(object);
}

void TourReader::ReadWindow(EventObject* object) {
  const std::optional<Time> start = object->Instant({"start"}), end = object->Instant({"end"});
  object->CheckSpan(start, end);
  if (start || end) {
    stops_.back().windows.push_back({start, end, object->where()});
  } else if (object->where() != stops_.back().where) {
    issues_->Fail(object->where(), "says no time; give start or end, or both");
  }
}

void TourReader::Connect(Event* event, const FindPerson& find_person) {
  event->travel = std::move(ways_);
  for (ReadTourItem& item : tours_) ConnectPeople(*event, find_person, &item);
  for (const ReadStopItem& item : stops_) {
    if (!issues_->failed()) ConnectStop(item);
  }
  for (ReadTourItem& item : tours_) {
    EventTour& tour = item.tour;
    if (tour.stops.empty()) issues_->Fail(MemberOf(item.where, "stops"), "is missing; list the places to visit");
    if (tour.stops.size() > kMostTourStops) {
      issues_->Fail(MemberOf(item.where, "stops"),
                    fmt::format("are {}; a tour has at most {}: make two of it", tour.stops.size(), kMostTourStops));
    }
    if (std::ranges::any_of(event->slots, [](const EventSlot& slot) { return !slot.start || !slot.end; })) {
      issues_->Fail(
          item.where,
          "needs slots with times, to know which meetings it keeps people from; give every slot start and end");
    }
    if (tour.from.empty() && !event->sessions.empty()) tour.from = event->sessions.front().place;
    if (tour.to.empty()) tour.to = tour.from;
    if (issues_->failed()) return;
    WarnOfAbsences(*event, item);
    event->tours.push_back(tour);
  }
  WarnOfWays(*event);
  JoinWays(event);
}

void TourReader::ConnectPeople(const Event& event, const FindPerson& find_person, ReadTourItem* item) {
  std::vector<std::string> named = std::exchange(item->tour.people, {});
  for (std::string& person : named) person = find_person(person, MemberOf(item->where, "people"));
  if (!item->party.empty()) {
    const std::size_t before = named.size();
    for (const EventPerson& person : event.people) {
      if (person.party == item->party) named.push_back(person.id);
    }
    if (named.size() == before) {
      issues_->Fail(MemberOf(item->where, "party"), fmt::format("nobody of \"{}\" is at the event", item->party));
    }
  }
  for (std::string& person : named) {
    if (std::ranges::count(item->tour.people, person) == 0) item->tour.people.push_back(std::move(person));
  }
}

void TourReader::ConnectStop(const ReadStopItem& item) {
  const auto called = [&](const std::string& name) { return !name.empty() && name == item.tour; };
  auto found = std::ranges::find_if(tours_, [&](const ReadTourItem& tour) { return called(tour.tour.id); });
  if (found == tours_.end()) {
    found = std::ranges::find_if(tours_, [&](const ReadTourItem& tour) { return called(tour.tour.title); });
  }
  if (found == tours_.end()) {
    return issues_->Fail(MemberOf(item.where, "tour"),
                         item.tour.empty()
                             ? "is missing; name the tour that makes this stop"
                             : fmt::format("names the tour \"{}\", which the event does not have", item.tour));
  }
  EventTour& tour = found->tour;
  const auto same = std::ranges::find_if(tour.stops, [&](const EventStop& stop) {
    return stop.place == item.stop.place && stop.party == item.stop.party;
  });
  if (same == tour.stops.end()) {
    EventStop stop = item.stop;
    stop.minutes = item.minutes.value_or(stop.minutes);
    AddWindows(item, tour, &stop);
    tour.stops.push_back(std::move(stop));
    return;
  }
  if (same->windows.empty() || item.windows.empty()) {
    return issues_->Fail(item.where, fmt::format("names the stop \"{}\" again; give each of them start and end, the "
                                                 "windows of one visit, or remove one",
                                                 item.stop.place));
  }
  if (item.minutes && *item.minutes != same->minutes) {
    return issues_->Fail(MemberOf(item.where, "minutes"),
                         fmt::format("is {}, but the same visit has {} before", *item.minutes, same->minutes));
  }
  AddWindows(item, tour, &*same);
}

void TourReader::AddWindows(const ReadStopItem& item, const EventTour& tour, EventStop* stop) {
  for (const Window& window : item.windows) {
    const TimeSpan span{window.start.value_or(tour.start), window.end.value_or(tour.end)};
    if (span.end <= span.start) {
      issues_->Fail(window.where, fmt::format("lies outside the tour, which goes from {} to {}", FormatTime(tour.start),
                                              FormatTime(tour.end)));
    }
    stop->windows.push_back(span);
  }
}

// A tour goes on without those who are absent.
void TourReader::WarnOfAbsences(const Event& event, const ReadTourItem& item) {
  for (const EventPerson& person : event.people) {
    if (std::ranges::count(item.tour.people, person.id) == 0) continue;
    const auto meanwhile = [&](const EventSlot& slot) {
      return *slot.start < item.tour.end && item.tour.start < *slot.end &&
             std::ranges::count(person.absent_slots, slot.id) > 0;
    };
    const auto slot = std::ranges::find_if(event.slots, meanwhile);
    if (slot == event.slots.end()) continue;
    issues_->Warn(fmt::format("{}: {} is absent in slot {}, between start and end of the tour; it goes on without",
                              item.where, person.id, slot->id));
  }
}

void TourReader::WarnOfWays(const Event& event) {
  std::set<std::string> places, reached;
  for (const EventSession& session : event.sessions) places.insert(session.place);
  for (const EventTravel& way : event.travel) reached.insert({way.from, way.to});
  for (std::size_t t = 0; t < event.tours.size(); ++t) {
    const EventTour& tour = event.tours[t];
    for (const EventStop& stop : tour.stops) {
      if (!reached.contains(stop.place) && stop.place != tour.from) {
        issues_->Warn(
            fmt::format("{}: travel names no way to \"{}\": it counts as next door", tours_[t].where, stop.place));
      }
      places.insert(stop.place);
    }
    places.insert({tour.from, tour.to});
  }
  for (std::size_t w = 0; w < event.travel.size(); ++w) {
    for (const std::string& place : {event.travel[w].from, event.travel[w].to}) {
      if (places.contains(place)) continue;
      issues_->Warn(fmt::format("{}: no session or tour is at \"{}\"", where_ways_[w], place));
    }
  }
}

// Two places of sessions or tours that no way joins, but several do one after another, get the shortest of these.
void TourReader::JoinWays(Event* event) {
  std::map<std::string, std::vector<std::pair<std::string, int>>> ways;
  for (const EventTravel& way : event->travel) {
    ways[way.from].emplace_back(way.to, way.minutes);
    ways[way.to].emplace_back(way.from, way.minutes);
  }
  std::set<std::string> places;
  for (const EventSession& session : event->sessions) places.insert(session.place);
  for (const EventTour& tour : event->tours) {
    places.insert({tour.from, tour.to});
    for (const EventStop& stop : tour.stops) places.insert(stop.place);
  }
  if (event->travel.empty()) return;
  if (places.size() > kMostPlaces) {
    return issues_->Fail("travel",
                         fmt::format("sessions and tours are at {} places; ways between more than {} are not joined",
                                     places.size(), kMostPlaces));
  }
  for (const std::string& from : places) {
    std::map<std::string, int> shortest;  // Dijkstra
    std::set<std::pair<int, std::string>> open = {{0, from}};
    while (!open.empty()) {
      const auto [minutes, place] = *open.begin();
      open.erase(open.begin());
      if (!shortest.emplace(place, minutes).second) continue;
      for (const auto& [next, more] : ways[place]) open.emplace(minutes + more, next);
    }
    for (auto to = places.upper_bound(from); to != places.end(); ++to) {
      const auto found = shortest.find(*to);
      const bool named = std::ranges::any_of(ways[from], [&](const auto& way) { return way.first == *to; });
      if (found != shortest.end() && !named) event->travel.push_back({from, *to, found->second});
    }
  }
}

}  // namespace magpie
