#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <cmath>

#include "magpie/service/convert.h"

namespace magpie {
namespace {

constexpr std::int32_t kMaxWhatIfs = 100;

// The fields of v1::Components are numbered as the enum Component counts, from 1: reflection reads and writes them all.
const google::protobuf::FieldDescriptor* ComponentField(int component) {
  return v1::Components::descriptor()->FindFieldByNumber(component + 1);
}

void WriteSpans(const std::vector<Span>& spans, google::protobuf::RepeatedPtrField<v1::TextSpan>* out) {
  for (const Span& span : spans) {
    v1::TextSpan& item = *out->Add();
    item.set_field(static_cast<v1::TextSpan::Field>(static_cast<int>(span.field) + 1));
    item.set_begin(static_cast<std::int32_t>(span.begin));
    item.set_end(static_cast<std::int32_t>(span.end));
    item.set_quote(span.quote);
  }
}

std::vector<Span> ReadSpans(const google::protobuf::RepeatedPtrField<v1::TextSpan>& spans) {
  std::vector<Span> result;
  for (const v1::TextSpan& item : spans) {
    Span& span = result.emplace_back();
    if (item.field() == v1::TextSpan::FIELD_DESCRIPTION) span.field = Span::Field::kDescription;
    if (item.field() == v1::TextSpan::FIELD_KEYWORDS) span.field = Span::Field::kKeywords;
    span.begin = static_cast<std::uint32_t>(item.begin());
    span.end = static_cast<std::uint32_t>(item.end());
    span.quote = item.quote();
  }
  return result;
}

void WriteReasons(const std::vector<PairReason>& reasons, google::protobuf::RepeatedPtrField<v1::PairReason>* out) {
  for (const PairReason& reason : reasons) {
    v1::PairReason& item = *out->Add();
    item.set_kind(reason.kind);
    item.set_sentence(reason.sentence);
    WriteSpans(reason.need_spans, item.mutable_need_spans());
    WriteSpans(reason.offering_spans, item.mutable_offering_spans());
    item.set_share(reason.share);
  }
}

std::vector<PairReason> ReadReasons(const google::protobuf::RepeatedPtrField<v1::PairReason>& reasons) {
  std::vector<PairReason> result;
  for (const v1::PairReason& item : reasons) {
    result.push_back(
        {item.kind(), item.sentence(), ReadSpans(item.need_spans()), ReadSpans(item.offering_spans()), item.share()});
  }
  return result;
}

absl::Status ReadCount(std::int32_t value, std::string_view field, std::int32_t least, std::int32_t most,
                       std::int32_t* out) {
  if (value < least || value > most) {
    return MakeError(Reason::kFieldInvalid, field, fmt::format("{} lies outside {} to {}", value, least, most));
  }
  *out = value;
  return absl::OkStatus();
}

}  // namespace

v1::Components ComponentsToProto(const ScoredPair& pair) {
  v1::Components out;
  for (int i = 0; i < kComponentCount; ++i) {
    out.GetReflection()->SetFloat(&out, ComponentField(i), pair.components[i]);
  }
  return out;
}

void ComponentsFromProto(const v1::Components& components, ScoredPair* pair) {
  for (int i = 0; i < kComponentCount; ++i) {
    pair->components[i] = components.GetReflection()->GetFloat(components, ComponentField(i));
  }
}

void ToProto(const Explanation& explanation, v1::ExplainMatchResponse* response) {
  WriteReasons(explanation.evidence, response->mutable_evidence());
  WriteReasons(explanation.objections, response->mutable_objections());
  for (const Margin& margin : explanation.margins) {
    v1::Margin& item = *response->add_margins();
    item.set_constraint(WordToProto<v1::Constraint>(margin.constraint));
    item.set_known(margin.known);
    item.set_met(margin.met);
    item.set_must(margin.must);
    if (margin.known) item.set_amount(margin.amount);
    item.set_unit(margin.unit);
    item.set_sentence(margin.sentence);
  }
  response->set_summary(explanation.summary);
}

absl::StatusOr<Explanation> FromProto(const v1::ExplainMatchResponse& response) {
  Explanation explanation;
  explanation.pair.score = response.match().score();
  explanation.pair.grade = response.match().grade();
  explanation.pair.rejected = response.match().rejected();
  ComponentsFromProto(response.match().components(), &explanation.pair);
  explanation.evidence = ReadReasons(response.evidence());
  explanation.objections = ReadReasons(response.objections());
  for (const v1::Margin& item : response.margins()) {
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<Constraint> constraint,
                            WordFromProto<Constraint>(item.constraint(), "margins.constraint"));
    Margin& margin = explanation.margins.emplace_back();
    margin.constraint = constraint.value_or(Constraint::kResource);
    margin.known = item.known();
    margin.met = item.met();
    margin.must = item.must();
    margin.amount = item.amount();
    margin.unit = item.unit();
    margin.sentence = item.sentence();
  }
  explanation.summary = response.summary();
  return explanation;
}

void ToProto(const NeedDiagnosis& diagnosis, v1::DiagnoseNeedResponse* response) {
  response->set_need_external_id(diagnosis.need_id);
  response->set_title(diagnosis.title);
  for (const NeedFinding& finding : diagnosis.findings) {
    v1::NeedFinding& item = *response->add_findings();
    item.set_aspect(static_cast<v1::NeedAspect>(static_cast<int>(finding.aspect) + 1));
    item.set_state(static_cast<v1::NeedFinding::State>(static_cast<int>(finding.state) + 1));
    item.set_field(finding.field);
    item.set_value(finding.value);
    WriteSpans(finding.spans, item.mutable_spans());
    item.set_question(finding.question);
    for (const CandidateGroup& group : finding.groups) {
      v1::CandidateGroup& out = *item.add_groups();
      out.set_says(group.says);
      for (const std::string& id : group.offering_ids) out.add_offering_external_ids(id);
    }
    item.set_effect(finding.effect);
  }
}

absl::StatusOr<NeedDiagnosis> FromProto(const v1::DiagnoseNeedResponse& response) {
  NeedDiagnosis diagnosis{response.need_external_id(), response.title(), {}};
  for (const v1::NeedFinding& item : response.findings()) {
    if (item.aspect() < v1::NEED_ASPECT_MATERIAL || item.aspect() > v1::NEED_ASPECT_MODE ||
        item.state() < v1::NeedFinding::STATE_PRESENT || item.state() > v1::NeedFinding::STATE_NOT_ASKED) {
      return MakeError(Reason::kFieldInvalid, "findings",
                       fmt::format("aspect {} in state {} is unknown; is the server newer than this program?",
                                   static_cast<int>(item.aspect()), static_cast<int>(item.state())));
    }
    NeedFinding& finding = diagnosis.findings.emplace_back();
    finding.aspect = static_cast<NeedAspect>(item.aspect() - 1);
    finding.state = static_cast<FindingState>(item.state() - 1);
    finding.field = item.field();
    finding.value = item.value();
    finding.spans = ReadSpans(item.spans());
    finding.question = item.question();
    for (const v1::CandidateGroup& group : item.groups()) {
      finding.groups.push_back(
          {group.says(), {group.offering_external_ids().begin(), group.offering_external_ids().end()}});
    }
    finding.effect = item.effect();
  }
  return diagnosis;
}

absl::Status FromProto(const v1::MatchRunOptions& options, std::string_view prefix, PlanOptions* plan,
                       ConstraintSet* must) {
  const auto path = [&](std::string_view field) { return std::string(prefix) + std::string(field); };
  if (options.has_need_capacity()) {
    MAGPIE_RETURN_IF_ERROR(
        ReadCount(options.need_capacity(), path("need_capacity"), 0, kUnlimited, &plan->need_capacity));
  }
  if (options.has_offering_capacity()) {
    MAGPIE_RETURN_IF_ERROR(
        ReadCount(options.offering_capacity(), path("offering_capacity"), 0, kUnlimited, &plan->offering_capacity));
  }
  if (options.has_party_capacity()) {
    MAGPIE_RETURN_IF_ERROR(
        ReadCount(options.party_capacity(), path("party_capacity"), 0, kUnlimited, &plan->party_capacity));
  }
  if (options.has_candidates()) {
    MAGPIE_RETURN_IF_ERROR(ReadCount(options.candidates(), path("candidates"), 1, 1'000, &plan->candidates));
  }
  if (options.has_threshold()) {
    if (!(options.threshold() >= 0 && options.threshold() <= 1)) {  // also false for NaN
      return MakeError(Reason::kFieldInvalid, path("threshold"),
                       fmt::format("{} lies outside 0 to 1", options.threshold()));
    }
    plan->threshold = options.threshold();
  }
  MAGPIE_RETURN_IF_ERROR(ReadCount(options.need_minimum(), path("need_minimum"), 0, kUnlimited, &plan->need_minimum));
  MAGPIE_RETURN_IF_ERROR(
      ReadCount(options.offering_minimum(), path("offering_minimum"), 0, kUnlimited, &plan->offering_minimum));
  if (!v1::MatchObjective_IsValid(options.objective())) {
    return MakeError(Reason::kFieldInvalid, path("objective"),
                     fmt::format("{} is no objective", static_cast<int>(options.objective())));
  }
  if (options.objective() != v1::MATCH_OBJECTIVE_UNSPECIFIED) {
    plan->objective = static_cast<Objective>(options.objective() - 1);
  }
  if (!(options.fairness() >= 0 && options.fairness() <= 1)) {
    return MakeError(Reason::kFieldInvalid, path("fairness"),
                     fmt::format("{} lies outside 0 to 1", options.fairness()));
  }
  plan->dial = options.fairness();
  MAGPIE_ASSIGN_OR_RETURN(plan->rules, FromProto(options.rules(), path("rules.")));
  if (options.has_what_if_count()) {
    MAGPIE_RETURN_IF_ERROR(
        ReadCount(options.what_if_count(), path("what_if_count"), 0, kMaxWhatIfs, &plan->what_ifs.emplace()));
  }
  plan->dial_curve = options.fairness_curve();
  plan->keep_problem = options.keep_problem();
  if (options.has_time_limit()) {
    const double seconds = static_cast<double>(options.time_limit().seconds()) + options.time_limit().nanos() * 1e-9;
    if (!(seconds > 0 && seconds <= kMostTimeLimit)) {
      return MakeError(Reason::kFieldInvalid, path("time_limit"),
                       fmt::format("{:g} s; above 0 and at most a week", seconds));
    }
    plan->time_limit = seconds;
  }
  plan->all_pairs = options.all_pairs();
  for (int i = 0; i < options.must_size(); ++i) {
    const std::string field = fmt::format("{}must[{}]", prefix, i);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<Constraint> constraint,
                            WordFromProto<Constraint>(options.must(i), field));
    if (!constraint) return MakeError(Reason::kFieldInvalid, field, "an unspecified value has no place in a list");
    must->Add(*constraint);
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::optional<Language> language,
                          WordFromProto<Language>(options.language(), path("language")));
  plan->language = language.value_or(Language::kZh);
  if (options.has_seed()) plan->seed = static_cast<std::uint64_t>(options.seed());
  return absl::OkStatus();
}

v1::MatchRunOptions ToProto(const PlanOptions& plan, ConstraintSet must) {
  v1::MatchRunOptions out;
  out.set_need_capacity(plan.need_capacity);
  out.set_offering_capacity(plan.offering_capacity);
  out.set_party_capacity(plan.party_capacity);
  out.set_threshold(plan.threshold);
  out.set_candidates(plan.candidates);
  out.set_all_pairs(plan.all_pairs);
  for (const Constraint constraint : must.Values()) out.add_must(WordToProto<v1::Constraint>(constraint));
  out.set_language(WordToProto<v1::Language>(plan.language));
  out.set_seed(static_cast<std::int64_t>(plan.seed));
  out.set_need_minimum(plan.need_minimum);
  out.set_offering_minimum(plan.offering_minimum);
  out.set_objective(static_cast<v1::MatchObjective>(static_cast<int>(plan.objective) + 1));
  out.set_fairness(plan.dial);
  if (!plan.rules.empty()) *out.mutable_rules() = ToProto(plan.rules);
  if (plan.what_ifs) out.set_what_if_count(*plan.what_ifs);
  out.set_fairness_curve(plan.dial_curve);
  out.set_keep_problem(plan.keep_problem);
  if (plan.time_limit) {
    *out.mutable_time_limit() =
        google::protobuf::util::TimeUtil::MillisecondsToDuration(std::llround(*plan.time_limit * 1000));
  }
  return out;
}

v1::MatchRunCounts ToProto(const PlanFunnel& funnel, std::size_t open_count) {
  v1::MatchRunCounts out;
  out.set_need_count(funnel.needs);
  out.set_offering_count(funnel.offerings);
  out.set_candidate_count(funnel.candidates);
  out.set_rejected_count(funnel.rejected.value_or(0));
  out.set_above_threshold_count(funnel.above_threshold);
  out.set_match_count(funnel.matches);
  out.set_matched_need_count(funnel.needs_matched);
  out.set_matched_offering_count(funnel.offerings_matched);
  out.set_open_listing_count(static_cast<std::int64_t>(open_count));
  return out;
}

v1::OpenReason ToProto(OpenReason reason) {
  return static_cast<v1::OpenReason>(static_cast<int>(reason) + 1);
}

}  // namespace magpie
