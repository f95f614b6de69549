#include "magpie/ingest/event.h"

#include <fmt/format.h>

#include <utility>

#include "event_reader.h"
#include "file_kind.h"
#include "json_reader.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::uint64_t kEventBytes = 64u << 20;  // an event of 100,000 wishes has some 15 MB

absl::StatusOr<Event> EventFromText(std::string_view text, const std::string& name) {
  MAGPIE_ASSIGN_OR_RETURN(nlohmann::json root, ParseDocument(text, name, "the event"));
  return EventFromDocument({std::move(root), {}, {}});
}

}  // namespace

int TravelMinutes(const Event& event, const std::string& from, const std::string& to) {
  if (from == to) return 0;
  for (const EventTravel& way : event.travel) {
    if ((way.from == from && way.to == to) || (way.from == to && way.to == from)) return way.minutes;
  }
  return 0;
}

std::string DisplayName(const EventPerson& person) {
  if (!person.name.empty()) return person.name;
  return person.role.empty() ? person.id : person.role;
}

std::string DisplayName(const EventTeam& team) {
  return team.name.empty() ? team.id : team.name;
}

absl::StatusOr<Event> EventFromJson(std::string_view json) {
  return EventFromText(json, "event");
}

absl::StatusOr<Event> ReadEvent(const std::string& path) {
  const std::string ending = ToNfkcFolded(std::filesystem::path(path).extension().string());
  if (ending == ".xlsx") {
    MAGPIE_ASSIGN_OR_RETURN(const EventDocument document, EventDocumentFromWorkbook(path));
    return EventFromDocument(document);
  }
  if (ending != ".json") {
    return MakeError(
        Reason::kUnsupportedFile, path,
        fmt::format("an event is read from .json or .xlsx, not from \"{}\"; save it as one of them", ending));
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kEventBytes));
  return EventFromText(text, FileLabel(path));
}

}  // namespace magpie
