// magpie promise: how many meetings can be guaranteed to whom, before packages are sold.
#include "magpie/schedule/promise.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie::cli {
namespace {

struct PromiseArguments {
  std::vector<std::string> groups, teams;
  PromiseOffer offer;
  bool even = false, fixed = false, json = false;
  std::string language = "zh", out;
};

// "8", "0.1", "10%".
std::optional<double> NumberOf(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return percent ? value / 100 : value;
}

// The parts of "NAME=a:b:c" as numbers, missing ones left as they are; at least `least` must be there.
absl::Status ReadParts(const std::string& option, const std::string& text, std::size_t least, std::string* name,
                       std::vector<double>* parts) {
  const std::string plain = ToNfkc(TrimSpace(text));
  const std::size_t equals = plain.rfind('=');
  const auto refuse = [&](std::string_view what) {
    return MakeError(Reason::kBadArgument, option, fmt::format("\"{}\" {}; see magpie promise --help", text, what));
  };
  if (equals == std::string::npos || equals == 0) return refuse("has no NAME= before its numbers");
  *name = plain.substr(0, equals);
  std::size_t count = 0;
  for (std::size_t at = equals + 1; at <= plain.size(); ++count) {
    const std::size_t end = std::min(plain.find(':', at), plain.size());
    const std::optional<double> value = NumberOf(std::string_view(plain).substr(at, end - at));
    if (!value) return refuse(fmt::format("has \"{}\" where a number is expected", plain.substr(at, end - at)));
    if (count == parts->size()) return refuse(fmt::format("has more than {} numbers", parts->size()));
    (*parts)[count] = *value;
    at = end + 1;
  }
  if (count < least) return refuse(fmt::format("has fewer than {} numbers", least));
  return absl::OkStatus();
}

absl::StatusOr<std::int32_t> WholeOf(const std::string& option, double value) {
  if (value >= 0 && value <= kMaxPromiseCount && value == static_cast<std::int32_t>(value)) {
    return static_cast<std::int32_t>(value);
  }
  return MakeError(Reason::kBadArgument, option,
                   fmt::format("{} is not a whole number from 0 to {}", value, kMaxPromiseCount));
}

absl::Status ReadOffer(const PromiseArguments& arguments, PromiseOffer* offer) {
  for (const std::string& text : arguments.groups) {
    PromiseGroup group;
    std::vector<double> parts = {0, 0, 0, 1};
    MAGPIE_RETURN_IF_ERROR(ReadParts("--group", text, 2, &group.name, &parts));
    MAGPIE_ASSIGN_OR_RETURN(group.count, WholeOf("--group", parts[0]));
    MAGPIE_ASSIGN_OR_RETURN(group.promised, WholeOf("--group", parts[1]));
    group.no_show = parts[2];
    group.reach = parts[3];
    offer->groups.push_back(std::move(group));
  }
  for (const std::string& text : arguments.teams) {
    PromiseTeams teams;
    std::vector<double> parts = {0, kMaxPromiseCount, 0};
    MAGPIE_RETURN_IF_ERROR(ReadParts("--teams", text, 1, &teams.name, &parts));
    MAGPIE_ASSIGN_OR_RETURN(teams.count, WholeOf("--teams", parts[0]));
    MAGPIE_ASSIGN_OR_RETURN(teams.capacity, WholeOf("--teams", parts[1]));
    teams.no_show = parts[2];
    offer->teams.push_back(std::move(teams));
  }
  offer->wishes = arguments.even ? PromiseWishes::kEven : PromiseWishes::kAny;
  offer->replan = !arguments.fixed;
  return absl::OkStatus();
}

std::string Step(const PromiseOffer& offer, const PromiseStep& step, bool zh) {
  switch (step.limit) {
    case PromiseLimit::kTables:
      return zh ? "多一张桌" : "one more table";
    case PromiseLimit::kSlots:
      return zh ? "多一个时段" : "one more slot";
    case PromiseLimit::kTeamCapacity:
      return zh ? "每个团队多接待一场" : "one more meeting of each team";
    default:
      return fmt::format(fmt::runtime(zh ? "多一个团队（{}）" : "one more team ({})"),
                         offer.teams[static_cast<std::size_t>(step.teams)].name);
  }
}

std::string LimitWords(PromiseLimit limit, bool zh) {
  switch (limit) {
    case PromiseLimit::kTables:
      return zh ? "桌数" : "tables";
    case PromiseLimit::kTeamCapacity:
      return zh ? "团队的接待场数" : "the meetings that teams take";
    case PromiseLimit::kReach:
      return zh ? "企业合适的团队太少，或可能都想见同样的团队" : "firms suit too few teams, or may all want the same";
    case PromiseLimit::kTeamNoShow:
      return zh ? "团队缺席" : "teams that stay away";
    case PromiseLimit::kSlots:
      return zh ? "时段数" : "slots";
    case PromiseLimit::kTeamCount:
      return zh ? "团队数" : "the number of teams";
    case PromiseLimit::kNothing:
      return zh ? "没有" : "none";
  }
  return "";
}

std::string RenderText(const PromiseOffer& offer, const PromiseAnswer& answer, bool zh) {
  std::string out;
  const auto percent = [](double share) { return fmt::format("{:.2f} %", std::floor(share * 10000) / 100); };
  out += zh ? fmt::format("{} 个时段，{} 张桌，要求把握 {}\n", offer.slots, offer.tables, percent(offer.probability))
            : fmt::format("{} slots, {} tables, promises to be kept with {}\n", offer.slots, offer.tables,
                          percent(offer.probability));
  out += zh ? fmt::format("全部承诺同时兑现的概率{} {}：{}\n", answer.estimate ? "约" : "至少", percent(answer.held),
                          answer.holds ? "可以承诺" : "不可承诺")
            : fmt::format("All promises are kept at once with {} {}: {}\n", answer.estimate ? "about" : "at least",
                          percent(answer.held), answer.holds ? "they can be made" : "do not make them");
  out += zh ? "组\t家数\t承诺\t可同时保证\t单独最多\t应预约\n"
            : "group\tfirms\tpromised\tall at once\talone at most\tto book\n";
  for (std::size_t g = 0; g < offer.groups.size(); ++g) {
    out += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", offer.groups[g].name, offer.groups[g].count,
                       offer.groups[g].promised, answer.at_once[g], answer.at_most[g], answer.booked[g]);
  }
  const auto needed = [&](std::int32_t count) {
    return count < 0 ? std::string(zh ? "再多也不够" : "no number is enough") : std::to_string(count);
  };
  out += zh ? fmt::format("兑现承诺需要：桌 {}（时段不变），或时段 {}（桌数不变）\n", needed(answer.tables_needed),
                          needed(answer.slots_needed))
            : fmt::format("The promises need {} tables (slots as they are), or {} slots (tables as they are)\n",
                          needed(answer.tables_needed), needed(answer.slots_needed));
  out += zh ? fmt::format("瓶颈：{}\n", LimitWords(answer.bottleneck, zh))
            : fmt::format("Bottleneck: {}\n", LimitWords(answer.bottleneck, zh));
  for (const PromiseStep& step : answer.steps) {
    out += zh ? fmt::format("{}：可保证的洽谈多 {} 场，承诺兑现 {}\n", Step(offer, step, zh), step.more,
                            percent(step.held))
              : fmt::format("{}: {} more guaranteed meetings, promises kept with {}\n", Step(offer, step, zh),
                            step.more, percent(step.held));
  }
  if (!answer.exact) {
    out += zh ? "人数多，结果按不利一侧取整；真实概率更高。\n"
              : "Too many outcomes to enumerate: rounded against the promise, the true probability is higher.\n";
  }
  return out;
}

std::string RenderJson(const PromiseOffer& offer, const PromiseAnswer& answer) {
  nlohmann::ordered_json json = {{"held", answer.held},
                                 {"holds", answer.holds},
                                 {"exact", answer.exact},
                                 {"estimate", answer.estimate},
                                 {"groups", nlohmann::ordered_json::array()},
                                 {"tables_needed", answer.tables_needed},
                                 {"slots_needed", answer.slots_needed},
                                 {"bottleneck", PromiseLimitName(answer.bottleneck)},
                                 {"steps", nlohmann::ordered_json::array()}};
  for (std::size_t g = 0; g < offer.groups.size(); ++g) {
    json["groups"].push_back({{"name", offer.groups[g].name},
                              {"firms", offer.groups[g].count},
                              {"promised", offer.groups[g].promised},
                              {"at_once", answer.at_once[g]},
                              {"at_most", answer.at_most[g]},
                              {"booked", answer.booked[g]}});
  }
  for (const PromiseStep& step : answer.steps) {
    nlohmann::ordered_json item = {
        {"one_more", PromiseLimitName(step.limit)}, {"held", step.held}, {"more", step.more}};
    if (step.teams >= 0) item["teams"] = offer.teams[static_cast<std::size_t>(step.teams)].name;
    json["steps"].push_back(std::move(item));
  }
  return json.dump() + '\n';
}

absl::StatusOr<int> RunPromise(const PromiseArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  PromiseOffer offer = arguments.offer;
  MAGPIE_RETURN_IF_ERROR(ReadOffer(arguments, &offer));
  MAGPIE_ASSIGN_OR_RETURN(const PromiseAnswer answer, CalculatePromises(offer, MakeContext(0)));
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, arguments.json
                                                        ? RenderJson(offer, answer)
                                                        : RenderText(offer, answer, language == Language::kZh)));
  return kDone;
}

}  // namespace

void AddPromiseCommand(Program* program) {
  auto promise = std::make_shared<PromiseArguments>();
  CLI::App* command =
      program->app.add_subcommand("promise", "how many meetings can be guaranteed to whom, before packages are sold");
  command
      ->add_option("--group", promise->groups,
                   "firms of one package: NAME=FIRMS:MEETINGS[:NO_SHOW[:REACH]], REACH being the share of all teams\n"
                   "that each can sensibly meet (default 1); may be given several times")
      ->required()
      ->type_name("GROUP");
  command
      ->add_option("--teams", promise->teams,
                   "who receives them: NAME=TEAMS[:CAPACITY[:NO_SHOW]], CAPACITY in meetings over the whole event;\n"
                   "may be given several times")
      ->required()
      ->type_name("TEAMS");
  command->add_option("--slots", promise->offer.slots, "slots of the event, one after the other")->required();
  command->add_option("--tables", promise->offer.tables, "tables in each slot")->required();
  command->add_option("--probability", promise->offer.probability, "with which the promises shall be kept")
      ->capture_default_str();
  command->add_flag("--even", promise->even, "take wishes as spread evenly over the teams (an estimate)");
  command->add_flag("--fixed", promise->fixed, "the timetable stands when somebody does not come");
  command->add_flag("--json", promise->json, "one JSON object");
  command->add_option("--lang,--language", promise->language, "zh or en")->capture_default_str();
  command->add_option("--out", promise->out, "where the answer goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Without --even the answer holds whichever teams the firms want, also if all want the same ones.\n"
      "Example: 20 gold firms with 8 meetings, 60 others with 3, a tenth of which stays away, 50 teams:\n"
      "  magpie promise --slots 12 --tables 30 --group gold=20:8:5% --group other=60:3:10%:0.5 --teams all=50:10:4%");
  command->callback([program, promise] { program->run = [promise] { return RunPromise(*promise); }; });
}

}  // namespace magpie::cli
