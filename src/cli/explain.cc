// magpie explain: what speaks for a pair and what against it.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie::cli {
namespace {

struct ExplainArguments {
  ListArguments lists;
  std::string need, offering;
  std::string audience = "broker", language = "zh", out;
  bool json = false;
};

absl::StatusOr<Audience> ParseAudience(const std::string& text) {
  if (text == "firm") return Audience::kFirm;
  if (text == "broker") return Audience::kBroker;
  if (text == "official") return Audience::kOfficial;
  return MakeError(Reason::kBadArgument, "--for", fmt::format("is '{}'; use firm, broker or official", text));
}

std::string Quotes(const std::vector<Span>& spans, bool zh) {
  std::string text;
  for (const Span& span : spans) {
    if (!text.empty()) text += zh ? "、" : ", ";
    text += zh ? "「" + span.quote + "」" : "\"" + span.quote + "\"";
  }
  return text;
}

void AppendReasons(std::string_view heading, const std::vector<PairReason>& reasons, bool zh, std::string* out) {
  if (reasons.empty()) return;
  *out += fmt::format("{}\n", heading);
  for (const PairReason& reason : reasons) {
    *out += fmt::format("  {:+.3f}  {}\n", reason.share, reason.sentence);
    const std::string need = Quotes(reason.need_spans, zh), offering = Quotes(reason.offering_spans, zh);
    if (!need.empty()) *out += fmt::format("          {} {}\n", zh ? "需求：" : "need:", need);
    if (!offering.empty()) *out += fmt::format("          {} {}\n", zh ? "供给：" : "offering:", offering);
  }
}

std::string Heading(const Listing& listing) {
  return listing.record.id + "  " + listing.record.title;
}

std::string RenderText(const Explanation& explanation, const std::string& need, const std::string& offering, bool zh) {
  const ScoredPair& pair = explanation.pair;
  std::string out = fmt::format("{}\n{}\n", need, offering);
  static constexpr std::string_view kGradesZh[] = {"无相关", "弱相关", "较强相关", "强相关"};
  static constexpr std::string_view kGradesEn[] = {"none", "weak", "fairly strong", "strong"};
  const std::size_t grade = static_cast<std::size_t>(pair.grade);
  out += zh ? fmt::format("匹配度 {:.3f}，{}\n", pair.score, kGradesZh[grade])
            : fmt::format("score {:.3f}, {}\n", pair.score, kGradesEn[grade]);
  out += explanation.summary + '\n';
  AppendReasons(zh ? "\n匹配依据" : "\nevidence", explanation.evidence, zh, &out);
  AppendReasons(zh ? "\n不匹配原因" : "\nobjections", explanation.objections, zh, &out);
  if (!explanation.margins.empty()) {
    out += zh ? "\n条件\n" : "\nconstraints\n";
    for (const Margin& margin : explanation.margins) {
      out += fmt::format("  {} {}{}\n",
                         !margin.known ? "?"
                         : margin.met  ? "+"
                                       : "-",
                         margin.sentence, margin.must ? (zh ? "（必须）" : " (must)") : "");
    }
  }
  return out;
}

}  // namespace

nlohmann::json SpansJson(const std::vector<Span>& spans) {
  static constexpr const char* kFields[] = {"title", "description", "keywords"};
  nlohmann::json list = nlohmann::json::array();
  for (const Span& span : spans) {
    list.push_back({{"field", kFields[static_cast<int>(span.field)]},
                    {"begin", span.begin},
                    {"end", span.end},
                    {"quote", span.quote}});
  }
  return list;
}

namespace {

nlohmann::json ReasonsJson(const std::vector<PairReason>& reasons) {
  nlohmann::json list = nlohmann::json::array();
  for (const PairReason& reason : reasons) {
    list.push_back({{"kind", reason.kind},
                    {"share", reason.share},
                    {"sentence", reason.sentence},
                    {"need", SpansJson(reason.need_spans)},
                    {"offering", SpansJson(reason.offering_spans)}});
  }
  return list;
}

std::string RenderJson(const Explanation& explanation, const std::string& need_id, const std::string& offering_id) {
  nlohmann::ordered_json json;
  json["need_id"] = need_id;
  json["offering_id"] = offering_id;
  json["score"] = explanation.pair.score;
  json["grade"] = explanation.pair.grade;
  json["rejected"] = explanation.pair.rejected;
  for (int c = 0; c < kComponentCount; ++c) {
    json["components"][std::string(ComponentName(static_cast<Component>(c)))] = explanation.pair.components[c];
  }
  json["summary"] = explanation.summary;
  json["evidence"] = ReasonsJson(explanation.evidence);
  json["objections"] = ReasonsJson(explanation.objections);
  json["margins"] = nlohmann::json::array();
  for (const Margin& margin : explanation.margins) {
    json["margins"].push_back({{"constraint", WordName(margin.constraint)},
                               {"known", margin.known},
                               {"met", margin.met},
                               {"must", margin.must},
                               {"amount", margin.amount},
                               {"unit", margin.unit},
                               {"sentence", margin.sentence}});
  }
  return json.dump(2) + '\n';
}

absl::StatusOr<int> RunExplain(const ExplainArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Audience audience, ParseAudience(arguments.audience));
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  const bool zh = language == Language::kZh;
  if (!arguments.lists.server.address.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.lists));
    MAGPIE_ASSIGN_OR_RETURN(
        const RemoteExplanation answer,
        client->Explain(arguments.need, arguments.offering, audience, language, MakeContext(arguments.lists.threads)));
    MAGPIE_RETURN_IF_ERROR(WriteOutput(
        arguments.out, arguments.json ? RenderJson(answer.explanation, arguments.need, arguments.offering)
                                      : RenderText(answer.explanation, arguments.need, arguments.offering, zh)));
    return kDone;
  }
  MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists));
  const Snapshot& snapshot = *session.lists.snapshot;
  const NeedIndex need = snapshot.FindNeed(arguments.need);
  if (!need.valid()) {
    return MakeError(Reason::kNeedNotFound, "--need",
                     fmt::format("'{}' is not in {}", arguments.need, arguments.lists.files.needs));
  }
  const OfferingIndex offering = snapshot.FindOffering(arguments.offering);
  if (!offering.valid()) {
    return MakeError(Reason::kOfferingNotFound, "--offering",
                     fmt::format("'{}' is not in {}", arguments.offering, arguments.lists.files.offerings));
  }
  MAGPIE_RETURN_IF_ERROR(MakeScorer(&session));
  const Explanation explanation = session.scorer->Explain(need, offering, audience, language);
  const std::string text =
      arguments.json ? RenderJson(explanation, snapshot.need(need).record.id, snapshot.offering(offering).record.id)
                     : RenderText(explanation, Heading(snapshot.need(need)), Heading(snapshot.offering(offering)), zh);
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, text));
  return session.ExitStatus(arguments.lists.strict);
}

}  // namespace

void AddExplainCommand(Program* program) {
  auto explain = std::make_shared<ExplainArguments>();
  CLI::App* command = program->app.add_subcommand("explain", "what speaks for a pair, and what against it");
  AddListArguments(command, &explain->lists);
  command->add_option("--need", explain->need, "id of the need")->required()->type_name("ID");
  command->add_option("--offering", explain->offering, "id of the offering")->required()->type_name("ID");
  command->add_option("--for", explain->audience, "for whom: firm, broker or official")->capture_default_str();
  command->add_option("--lang", explain->language, "zh or en")->capture_default_str();
  command->add_flag("--json", explain->json, "kind, byte spans, share and words as JSON");
  command->add_option("--out", explain->out, "where the text goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Example:\n  magpie explain --needs needs.jsonl --offerings offerings.jsonl --need N0040 --offering O0495 "
      "--for firm --lang en");
  command->callback([program, explain] { program->run = [explain] { return RunExplain(*explain); }; });
}

}  // namespace magpie::cli
