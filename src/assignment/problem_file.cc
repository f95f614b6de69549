#include "magpie/assignment/problem_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "magpie/base/status.h"
#include "reduced_problem.h"

namespace magpie {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "magpie problem 1";
// In the order of Ending.
constexpr std::array<std::string_view, 4> kEndings = {"PROVEN", "GAP", "TIME_LIMIT", "STOPPED"};

Json GroupsToJson(const std::vector<CapacityGroup>& groups, const std::vector<std::string>& names) {
  Json out = Json::array();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    out.push_back({{"name", g < names.size() ? names[g] : std::string()},
                   {"capacity", groups[g].capacity},
                   {"minimum", groups[g].minimum},
                   {"parent", groups[g].parent}});
  }
  return out;
}

// Reads members of one object; after the first error every further read gives nothing.
class Reader {
 public:
  Reader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) Fail("", "is no object");
  }

  template <typename Value>
  Value Get(const char* member) {
    if (!error_.ok()) return Value();
    const auto found = object_.find(member);
    if (found == object_.end()) {
      Fail(member, "is missing");
      return Value();
    }
    return Cast<Value>(*found, At(member));
  }

  // body(reader of one object of the list) for each.
  template <typename Body>
  void ForEach(const char* member, const Body& body) {
    const Json list = Get<Json>(member);
    if (error_.ok() && !list.is_array()) Fail(member, "is no list");
    for (std::size_t i = 0; error_.ok() && i < list.size(); ++i) {
      Reader item(list[i], fmt::format("{}[{}]", At(member), i));
      if (item.error_.ok()) body(&item);
      if (!item.error_.ok()) error_ = item.error_;
    }
  }

  void Fail(std::string_view member, const std::string& message) {
    if (error_.ok()) error_ = MakeError(Reason::kFieldInvalid, member.empty() ? path_ : At(member), message);
  }
  const absl::Status& error() const { return error_; }

 private:
  template <typename Value>
  Value Cast(const Json& json, const std::string& path) {
    if constexpr (std::is_same_v<Value, Json>) {
      return json;
    } else if constexpr (std::is_same_v<Value, std::string>) {
      if (json.is_string()) return json.get<std::string>();
      error_ = MakeError(Reason::kFieldInvalid, path, "is no text");
    } else if constexpr (std::is_same_v<Value, double>) {
      if (json.is_number()) return json.get<double>();
      error_ = MakeError(Reason::kFieldInvalid, path, "is no number");
    } else if constexpr (std::is_integral_v<Value>) {
      // Unsigned numbers above the largest int64 would wrap.
      if (json.is_number_integer() &&
          !(json.is_number_unsigned() && json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())) {
        const auto value = json.get<std::int64_t>();
        if (value >= std::numeric_limits<Value>::min() && value <= std::numeric_limits<Value>::max()) {
          return static_cast<Value>(value);
        }
      }
      error_ = MakeError(Reason::kFieldInvalid, path, "is no whole number in range");
    } else {
      Value list;
      if (!json.is_array()) {
        error_ = MakeError(Reason::kFieldInvalid, path, "is no list");
        return list;
      }
      for (std::size_t i = 0; error_.ok() && i < json.size(); ++i) {
        list.push_back(Cast<typename Value::value_type>(json[i], fmt::format("{}[{}]", path, i)));
      }
      return list;
    }
    return Value();
  }
  std::string At(std::string_view member) const {
    return path_.empty() ? std::string(member) : fmt::format("{}.{}", path_, member);
  }

  const Json& object_;
  std::string path_;
  absl::Status error_;
};

using Numbers = std::vector<std::int32_t>;
using Gains = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

void ReadGroups(const char* member, Reader* root, std::vector<CapacityGroup>* groups, Names* names) {
  root->ForEach(member, [&](Reader* group) {
    names->push_back(group->Get<std::string>("name"));
    groups->push_back({.capacity = group->Get<std::int32_t>("capacity"),
                       .parent = group->Get<std::int32_t>("parent"),
                       .minimum = group->Get<std::int32_t>("minimum")});
  });
}

void ReadPairs(Reader* root, std::vector<Arc>* arcs, Gains* gain, Gains* full_gain) {
  const auto rows = root->Get<std::vector<Gains>>("pairs");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Gains& row = rows[i];
    const auto is_number = [](std::int64_t n) { return n >= 0 && n <= std::numeric_limits<std::int32_t>::max(); };
    if (row.size() != 4 || !is_number(row[0]) || !is_number(row[1])) {
      return root->Fail(fmt::format("pairs[{}]", i), "is no list of need, offering, gain and full gain");
    }
    const Arc arc{static_cast<std::int32_t>(row[0]), static_cast<std::int32_t>(row[1])};
    // The graph sorts its arcs; gains, quotas and the answer name them by the number they have here.
    if (!arcs->empty() && !(arcs->back() < arc)) {
      return root->Fail(fmt::format("pairs[{}]", i), "does not come after the pair before it");
    }
    arcs->push_back(arc);
    gain->push_back(row[2]);
    full_gain->push_back(row[3]);
  }
}

Assignment ReadAnswer(Reader* root) {
  Assignment answer;
  const Json json = root->Get<Json>("answer");
  if (!root->error().ok()) return answer;
  Reader reader(json, "answer");
  answer.arcs = reader.Get<Numbers>("pairs");
  answer.total_gain = reader.Get<std::int64_t>("total_gain");
  answer.bound = reader.Get<std::int64_t>("bound");
  answer.epsilon = reader.Get<double>("epsilon");
  const auto ending = reader.Get<std::string>("ending");
  const auto* const found = std::find(kEndings.begin(), kEndings.end(), ending);
  if (found == kEndings.end()) {
    reader.Fail("ending", "is none of PROVEN, GAP, TIME_LIMIT, STOPPED");
  } else {
    answer.ending = static_cast<Ending>(found - kEndings.begin());
  }
  answer.need_price = reader.Get<Gains>("need_price");
  answer.offering_price = reader.Get<Gains>("offering_price");
  answer.need_group_price = reader.Get<Gains>("need_group_price");
  answer.offering_group_price = reader.Get<Gains>("offering_group_price");
  answer.quota_price = reader.Get<Gains>("quota_price");
  if (!reader.error().ok()) root->Fail(FieldOf(reader.error()), std::string(ErrorText(reader.error())));
  return answer;
}

}  // namespace

std::string SolvedProblemToJson(const SolvedProblem& solved) {
  const AssignmentProblem& problem = solved.problem;
  Json pairs = Json::array();
  for (std::int32_t a = 0; a < solved.graph.arc_count(); ++a) {
    const Arc& arc = solved.graph.arc(a);
    const auto i = static_cast<std::size_t>(a);
    pairs.push_back({arc.left, arc.right, problem.gain[i], solved.full_gain[i]});
  }
  Json quotas = Json::array();
  for (std::size_t q = 0; q < problem.quotas.size(); ++q) {
    const Quota& quota = problem.quotas[q];
    quotas.push_back({{"name", q < solved.quota_names.size() ? solved.quota_names[q] : std::string()},
                      {"pairs", quota.arcs},
                      {"minimum", quota.minimum},
                      {"maximum", quota.maximum}});
  }
  const Assignment& answer = solved.answer;
  const Json json = {
      {"format", kFormat},
      {"needs", solved.need_keys},
      {"offerings", solved.offering_keys},
      {"pairs", std::move(pairs)},
      {"need_capacity", problem.need_capacity},
      {"offering_capacity", problem.offering_capacity},
      {"need_minimum", problem.need_minimum},
      {"offering_minimum", problem.offering_minimum},
      {"need_groups", GroupsToJson(problem.need_groups, solved.need_group_names)},
      {"offering_groups", GroupsToJson(problem.offering_groups, solved.offering_group_names)},
      {"need_group", problem.need_group},
      {"offering_group", problem.offering_group},
      {"quotas", std::move(quotas)},
      {"required", problem.required},
      {"excluded", problem.excluded},
      {"answer",
       {{"pairs", answer.arcs},
        {"total_gain", answer.total_gain},
        {"bound", answer.bound},
        {"ending", kEndings[static_cast<std::size_t>(answer.ending)]},
        {"epsilon", answer.epsilon},
        {"need_price", answer.need_price},
        {"offering_price", answer.offering_price},
        {"need_group_price", answer.need_group_price},
        {"offering_group_price", answer.offering_group_price},
        {"quota_price", answer.quota_price}}},
  };
  return json.dump() + '\n';
}

absl::StatusOr<SolvedProblem> SolvedProblemFromJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (format == json.end() || *format != kFormat) {
    return MakeError(Reason::kBadFile, "", fmt::format("is no JSON object of the format \"{}\"", kFormat));
  }
  Reader root(json, "");
  AssignmentProblem problem;
  Names needs = root.Get<Names>("needs"), offerings = root.Get<Names>("offerings");
  std::vector<Arc> arcs;
  Gains full_gain;
  ReadPairs(&root, &arcs, &problem.gain, &full_gain);
  problem.need_capacity = root.Get<Numbers>("need_capacity");
  problem.offering_capacity = root.Get<Numbers>("offering_capacity");
  problem.need_minimum = root.Get<Numbers>("need_minimum");
  problem.offering_minimum = root.Get<Numbers>("offering_minimum");
  problem.need_group = root.Get<Numbers>("need_group");
  problem.offering_group = root.Get<Numbers>("offering_group");
  Names need_group_names, offering_group_names, quota_names;
  ReadGroups("need_groups", &root, &problem.need_groups, &need_group_names);
  ReadGroups("offering_groups", &root, &problem.offering_groups, &offering_group_names);
  root.ForEach("quotas", [&](Reader* quota) {
    quota_names.push_back(quota->Get<std::string>("name"));
    problem.quotas.push_back({.arcs = quota->Get<Numbers>("pairs"),
                              .minimum = quota->Get<std::int32_t>("minimum"),
                              .maximum = quota->Get<std::int32_t>("maximum")});
  });
  problem.required = root.Get<Numbers>("required");
  problem.excluded = root.Get<Numbers>("excluded");
  Assignment answer = ReadAnswer(&root);
  MAGPIE_RETURN_IF_ERROR(root.error());
  MAGPIE_ASSIGN_OR_RETURN(CandidateGraph graph,
                          CandidateGraph::Build(static_cast<std::int32_t>(needs.size()),
                                                static_cast<std::int32_t>(offerings.size()), std::move(arcs)));
  MAGPIE_RETURN_IF_ERROR(Reduce(graph, problem).status());
  MAGPIE_RETURN_IF_ERROR(CheckQuotas(graph, problem));
  return SolvedProblem{
      std::move(graph),      std::move(problem),   std::move(answer),           std::move(full_gain),
      std::move(needs),      std::move(offerings), std::move(need_group_names), std::move(offering_group_names),
      std::move(quota_names)};
}

}  // namespace magpie
