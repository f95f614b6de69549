// magpie clinic: what needs do not say, what to ask, which candidates the answers tell apart.
#include "magpie/engine/clinic.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "magpie/base/status.h"
#include "magpie/base/tsv.h"

namespace magpie::cli {
namespace {

struct ClinicArguments {
  ListArguments lists;
  std::vector<std::string> needs;
  std::string language = "zh", out;
  bool json = false, missing = false;
};

// "TRL 6" of the field, else the quotes.
std::string Said(const NeedFinding& finding) {
  std::string said = finding.value;
  for (const Span& span : finding.spans) {
    if (!said.empty()) said += " | ";
    said += span.quote;
  }
  return said;
}

std::string RenderTable(const std::vector<NeedDiagnosis>& diagnoses, bool only_missing) {
  std::string out = "need_id\taspect\tstate\tsaid\tquestion\tcandidates\n";
  for (const NeedDiagnosis& diagnosis : diagnoses) {
    for (const NeedFinding& finding : diagnosis.findings) {
      if (only_missing && finding.state != FindingState::kMissing) continue;
      const std::string said = Said(finding);
      AppendTsvLine(
          std::vector<std::string_view>{diagnosis.need_id, NeedAspectName(finding.aspect),
                                        FindingStateName(finding.state), said, finding.question, finding.effect},
          &out);
    }
  }
  return out;
}

std::string RenderJson(const std::vector<NeedDiagnosis>& diagnoses, bool only_missing) {
  std::string out;
  for (const NeedDiagnosis& diagnosis : diagnoses) {
    nlohmann::ordered_json json;
    json["need_id"] = diagnosis.need_id;
    json["title"] = diagnosis.title;
    json["findings"] = nlohmann::ordered_json::array();
    for (const NeedFinding& finding : diagnosis.findings) {
      if (only_missing && finding.state != FindingState::kMissing) continue;
      nlohmann::ordered_json item;
      item["aspect"] = NeedAspectName(finding.aspect);
      item["state"] = FindingStateName(finding.state);
      if (finding.state == FindingState::kPresent) {
        if (!finding.field.empty()) item["field"] = finding.field;
        if (!finding.value.empty()) item["value"] = finding.value;
        item["spans"] = SpansJson(finding.spans);
      } else if (finding.state == FindingState::kMissing) {
        item["question"] = finding.question;
        item["groups"] = nlohmann::ordered_json::array();
        for (const CandidateGroup& group : finding.groups) {
          item["groups"].push_back({{"says", group.says}, {"offering_ids", group.offering_ids}});
        }
        item["effect"] = finding.effect;
      }
      json["findings"].push_back(std::move(item));
    }
    out += json.dump() + '\n';
  }
  return out;
}

absl::StatusOr<std::vector<NeedDiagnosis>> DiagnoseLists(const ClinicArguments& arguments, Session* session,
                                                         Language language) {
  const Snapshot& snapshot = *session->lists.snapshot;
  std::vector<NeedIndex> needs;
  for (const std::string& id : arguments.needs) {
    needs.push_back(snapshot.FindNeed(id));
    if (!needs.back().valid()) {
      return MakeError(Reason::kNeedNotFound, "--need",
                       fmt::format("'{}' is not in {}", id, arguments.lists.files.needs));
    }
  }
  for (std::int32_t i = 0; arguments.needs.empty() && i < snapshot.need_count(); ++i) needs.emplace_back(i);
  const bool with_candidates = !arguments.lists.files.offerings.empty();
  if (with_candidates) MAGPIE_RETURN_IF_ERROR(MakeScorer(session));
  const Models& models = session->engine->models();
  std::vector<NeedDiagnosis> diagnoses(needs.size());
  const auto total = static_cast<std::int64_t>(needs.size());
  MAGPIE_RETURN_IF_ERROR(ParallelFor(session->context, total, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::size_t row = static_cast<std::size_t>(i);
      diagnoses[row] = DiagnoseNeed(snapshot.need(needs[row]).record, models, language);
      if (with_candidates) AddCandidateGroups(*session->scorer, needs[row], models, language, &diagnoses[row]);
    }
    session->context.Report("clinic", end, total);
    return absl::OkStatus();
  }));
  return diagnoses;
}

absl::StatusOr<int> RunClinic(const ClinicArguments& arguments) {
  MAGPIE_ASSIGN_OR_RETURN(const Language language, ParseLanguage(arguments.language));
  std::vector<NeedDiagnosis> diagnoses;
  int status = kDone;
  if (!arguments.lists.server.address.empty()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectTo(arguments.lists));
    MAGPIE_ASSIGN_OR_RETURN(RemoteDiagnoses answer,
                            client->Diagnose(arguments.needs, language, MakeContext(arguments.lists.threads)));
    diagnoses = std::move(answer.diagnoses);
  } else {
    MAGPIE_ASSIGN_OR_RETURN(Session session, OpenSession(arguments.lists, false));
    MAGPIE_ASSIGN_OR_RETURN(diagnoses, DiagnoseLists(arguments, &session, language));
    status = session.ExitStatus(arguments.lists.strict);
  }
  MAGPIE_RETURN_IF_ERROR(WriteOutput(arguments.out, arguments.json ? RenderJson(diagnoses, arguments.missing)
                                                                   : RenderTable(diagnoses, arguments.missing)));
  return status;
}

}  // namespace

void AddClinicCommand(Program* program) {
  auto clinic = std::make_shared<ClinicArguments>();
  CLI::App* command = program->app.add_subcommand("clinic", "what needs do not say yet, and what to ask");
  AddListArguments(command, &clinic->lists);
  command->add_option("--need", clinic->needs, "id of a need; may be given several times (default: all)")
      ->type_name("ID");
  command->add_option("--lang,--language", clinic->language, "of the questions: zh or en")->capture_default_str();
  command->add_flag("--missing", clinic->missing, "only what is missing");
  command->add_flag("--json", clinic->json, "one JSON object a need, with byte spans and groups of candidates");
  command->add_option("--out", clinic->out, "where the table goes (default: standard output)")->type_name("FILE");
  command->footer(
      "Prints a table need_id, aspect, state, said, question, candidates with tabs between. With --offerings (or a\n"
      "server) the last column says which of the ten best candidates the answer would tell apart.\n"
      "Example:\n  magpie clinic --needs needs.jsonl --offerings offerings.jsonl --need N0040 --missing --lang en");
  command->callback([program, clinic] { program->run = [clinic] { return RunClinic(*clinic); }; });
}

}  // namespace magpie::cli
