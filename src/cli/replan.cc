// magpie replan: a timetable is changed while the fair goes on.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"
#include "magpie/ingest/event.h"
#include "magpie/schedule/timetable_file.h"

namespace magpie::cli {
namespace {

constexpr std::uint64_t kFileBytes = 256u << 20;

struct ReplanArguments {
  std::string event, plan, news, out, language = "zh";
  int stand_by = 2;
};

std::string PersonName(const Event& event, std::int32_t person) {
  return person < 0 ? std::string() : DisplayName(event.people[static_cast<std::size_t>(person)]);
}

std::string TeamName(const Event& event, std::int32_t team) {
  return DisplayName(event.teams[static_cast<std::size_t>(team)]);
}

std::string PlaceOf(const Event& event, const Meeting& meeting) {
  if (meeting.request < 0) return "";
  return event.slots[static_cast<std::size_t>(meeting.slot)].id + " " +
         event.tables[static_cast<std::size_t>(meeting.table)].id;
}

std::string MeetingsTable(const Replan& replan) {
  const Event& event = replan.event;
  std::string out = "slot\ttable\tguest_id\tguest\tteam_id\tteam\thost_id\thost\tneed_id\toffering_id\tstate\n";
  for (std::size_t m = 0; m < replan.timetable.meetings.size(); ++m) {
    const Meeting& meeting = replan.timetable.meetings[m];
    const MeetingRequest& request = replan.requests[static_cast<std::size_t>(meeting.request)];
    const auto id = [](const auto& items, std::int32_t index) {
      return index < 0 ? std::string() : items[static_cast<std::size_t>(index)].id;
    };
    const std::vector<std::string> cells = {id(event.slots, meeting.slot),
                                            id(event.tables, meeting.table),
                                            id(event.people, meeting.guest),
                                            PersonName(event, meeting.guest),
                                            id(event.teams, request.team),
                                            TeamName(event, request.team),
                                            id(event.people, meeting.host),
                                            PersonName(event, meeting.host),
                                            request.need,
                                            request.offering,
                                            std::string(MeetingStateName(replan.states[m]))};
    AppendTsvLine(std::vector<std::string_view>(cells.begin(), cells.end()), &out);
  }
  return out;
}

std::string ChangesTable(const Replan& replan) {
  std::string out = "change\tcause\tguest\tteam\tbefore\tafter\tkept_promise\n";
  for (const MeetingChange& change : replan.changes) {
    const MeetingRequest& request = replan.requests[static_cast<std::size_t>(change.request)];
    const std::vector<std::string> cells = {
        std::string(ChangeKindName(change.kind)), std::string(ChangeCauseName(change.cause)),
        PersonName(replan.event, request.person), TeamName(replan.event, request.team),
        PlaceOf(replan.event, change.before),     PlaceOf(replan.event, change.after),
        change.kept_promise ? "yes" : "no"};
    AppendTsvLine(std::vector<std::string_view>(cells.begin(), cells.end()), &out);
  }
  return out;
}

std::string StandByTable(const Replan& replan, const std::vector<StandByPair>& pairs) {
  std::string out = "slot\tguest\tteam\thost\tinstead_of\n";
  const auto guest_of = [&](std::int32_t request) {
    return request < 0 ? std::string()
                       : PersonName(replan.event, replan.requests[static_cast<std::size_t>(request)].person);
  };
  for (const StandByPair& pair : pairs) {
    const MeetingRequest& request = replan.requests[static_cast<std::size_t>(pair.request)];
    const std::vector<std::string> cells = {replan.event.slots[static_cast<std::size_t>(pair.slot)].id,
                                            PersonName(replan.event, pair.guest), TeamName(replan.event, request.team),
                                            PersonName(replan.event, pair.host), guest_of(pair.instead_of)};
    AppendTsvLine(std::vector<std::string_view>(cells.begin(), cells.end()), &out);
  }
  return out;
}

absl::StatusOr<int> RunReplan(const ReplanArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  const bool zh = language == Language::kZh;
  MAGPIE_ASSIGN_OR_RETURN(Event event, ReadEvent(arguments.event));
  const std::filesystem::path before = std::filesystem::path(arguments.plan) / "timetable.json";
  MAGPIE_ASSIGN_OR_RETURN(const std::string state_json, ReadFile(before.string(), kFileBytes));
  MAGPIE_ASSIGN_OR_RETURN(FairState state, FairStateFromJson(state_json, &event));
  MAGPIE_ASSIGN_OR_RETURN(const std::string news, ReadFile(arguments.news, kFileBytes));
  MAGPIE_ASSIGN_OR_RETURN(const FairChanges changes, ApplyNews(news, event, &state));
  MAGPIE_ASSIGN_OR_RETURN(const Replan replan, ReplanMeetings(event, state.requests, state.timetable, state.states,
                                                              changes, MakeContext(0)));
  if (const auto broken = CheckTimetable(replan.event, replan.requests, replan.timetable); !broken.empty()) {
    return MakeError(Reason::kInternal, "timetable",
                     fmt::format("the timetable breaks {} rules, the first: {}", broken.size(), broken.front()));
  }
  const std::vector<std::int32_t> count(replan.event.slots.size(), arguments.stand_by);
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<StandByPair> stand_by,
                          PlanStandBy(replan.event, replan.requests, replan.timetable, {}, count));

  state.requests = replan.requests;
  state.timetable = replan.timetable;
  state.states = replan.states;
  const std::filesystem::path folder = arguments.out;
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "meetings.tsv", MeetingsTable(replan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "changes.tsv", ChangesTable(replan)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "standby.tsv", StandByTable(replan, stand_by)));
  MAGPIE_RETURN_IF_ERROR(WriteFile(folder / "timetable.json", FairStateToJson(replan.event, state)));
  MAGPIE_RETURN_IF_ERROR(WriteOutput(
      "", fmt::format(fmt::runtime(zh ? "洽谈 {} 场：{} 场改期或换桌，{} 场取消，{} 场新增；候补 {} 对\n"
                                      : "{} meetings: {} moved, {} dropped, {} added; {} stand-by pairs\n"),
                      replan.timetable.meetings.size(), replan.moved, replan.dropped, replan.added, stand_by.size())));
  return kDone;
}

}  // namespace

void AddReplanCommand(Program* program) {
  auto replan = std::make_shared<ReplanArguments>();
  CLI::App* command = program->app.add_subcommand(
      "replan", "change a timetable while the fair goes on: who is late or away, tables, refusals, new must-meets");
  command->add_option("--event", replan->event, "the event file that the plan was made with")
      ->required()
      ->type_name("FILE");
  command->add_option("--plan", replan->plan, "folder of the plan, or of the re-plan before")
      ->required()
      ->type_name("DIR");
  command->add_option("--news", replan->news, "what has changed (.json), see docs/formats.md")
      ->required()
      ->type_name("FILE");
  command->add_option("--out", replan->out, "folder for the new timetable; made if it is missing")
      ->required()
      ->type_name("DIR");
  command->add_option("--stand-by", replan->stand_by, "pairs that stand by in each slot")->capture_default_str();
  command->add_option("--lang,--language", replan->language, "zh or en")->capture_default_str();
  command->footer(
      "What is past stays, what is confirmed stays if the rules allow it at all, and as little as possible moves.\n"
      "Writes meetings.tsv, changes.tsv (what moved and why), standby.tsv and timetable.json, which the next\n"
      "re-plan goes on from. News that the host H1 is away from slot S1-2 on, at the beginning of S1-2:\n"
      "  {\"now\": \"S1-2\", \"absent\": [{\"person\": \"H1\", \"from\": \"S1-2\"}]}\n"
      "Example:\n  magpie replan --event event.json --plan plan --news news.json --out plan2");
  command->callback([program, replan] { program->run = [replan] { return RunReplan(*replan); }; });
}

}  // namespace magpie::cli
