// The two halves of reading an event: a workbook becomes the JSON form, the JSON form becomes an Event.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "event_object.h"
#include "magpie/ingest/event.h"

namespace magpie {

// An event in the JSON form of docs/formats.md. `labels` says for each list ("wishes") where its items came from
// ("sheet wishes, row 8"), for messages; a list without labels is named by its JSON path. `warnings` are those of the
// conversion.
struct EventDocument {
  nlohmann::json root;
  std::map<std::string, std::vector<std::string>> labels;
  std::vector<std::string> warnings;
};

absl::StatusOr<EventDocument> EventDocumentFromWorkbook(const std::string& path);
// Checks every reference, turns names into ids, and makes what the event leaves open (slots from sessions, tables of
// slots, absences by time).
absl::StatusOr<Event> EventFromDocument(const EventDocument& document);

// The rule about demo tables, until the tables are known.
struct DemoRule {
  bool stated = false;
  std::vector<std::string> tables;
  std::string where;
};

// One stated rule: kept as a member of the event's rules, or a warning that it is not known.
void ReadEventRule(EventObject* object, EventIssues* issues, Event* event, DemoRule* demo);

// What contradicts itself in an event whose references are all sound, and what is missing for any meeting at all.
void CheckEvent(const Event& event, EventIssues* issues);

// Appends slots of `minutes` with `pause` minutes between them, from the session's start to its end, around its plenary
// parts; ids "S1-1", "S1-2", ... False where that would be more than 10,000 slots in all.
bool MakeSessionSlots(const EventSession& session, int minutes, int pause, std::vector<EventSlot>* slots);

}  // namespace magpie
