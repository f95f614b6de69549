// Reads the tours of an event and the ways between its places.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_object.h"
#include "magpie/ingest/event.h"

namespace magpie {

class TourReader {
 public:
  explicit TourReader(EventIssues* issues) : issues_(issues) {}

  void ReadWay(EventObject* object);
  void ReadTour(EventObject* object);
  const std::string& last() const { return tours_.back().tour.id; }  // the tour that was read last
  // A stop of the tour of this id or title; where the tour has the same stop already, one more window of it.
  void ReadStop(EventObject* object, const std::string& tour);
  void ReadWindow(EventObject* object);  // of the stop that was read last

  // The id of a person, or an error at `where`.
  using FindPerson = std::function<std::string(const std::string& name, const std::string& where)>;
  // Once slots and people are known: gives the event its tours and its ways, those over other places too.
  void Connect(Event* event, const FindPerson& find_person);

 private:
  struct ReadTourItem {
    std::string where, party;
    EventTour tour;
  };
  struct Window {
    std::optional<Time> start, end;
    std::string where;
  };
  struct ReadStopItem {
    std::string where, tour;
    EventStop stop;
    std::optional<int> minutes;
    std::vector<Window> windows;
  };

  void ConnectPeople(const Event& event, const FindPerson& find_person, ReadTourItem* item);
  void ConnectStop(const ReadStopItem& item);
  void AddWindows(const ReadStopItem& item, const EventTour& tour, EventStop* stop);
  void WarnOfAbsences(const Event& event, const ReadTourItem& item);
  void WarnOfWays(const Event& event);
  void JoinWays(Event* event);

  EventIssues* issues_;
  std::vector<std::string> where_ways_;
  std::vector<EventTravel> ways_;
  std::vector<ReadTourItem> tours_;
  std::vector<ReadStopItem> stops_;
};

}  // namespace magpie
