#include "train/lessons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie::train {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;
constexpr std::string_view kHeldOut[] = {"light_industry", "marine", "mining", "public_services"};

void AddConcepts(const KnowledgeGraph& graph, Lessons* lessons) {
  for (const Concept& concept_of : graph.concepts()) {
    ConceptLesson& lesson = lessons->concepts.emplace_back();
    lesson.names_zh.assign(concept_of.names_zh.begin(), concept_of.names_zh.end());
    lesson.names_en.assign(concept_of.names_en.begin(), concept_of.names_en.end());
    lesson.says.assign(concept_of.says_zh.begin(), concept_of.says_zh.end());
    lesson.says.insert(lesson.says.end(), concept_of.says_en.begin(), concept_of.says_en.end());
  }
  for (std::uint32_t i = 0; i < graph.concepts().size(); ++i) {
    for (const Relation relation : {Relation::kBroader, Relation::kCures, Relation::kCausedBy, Relation::kMadeFrom,
                                    Relation::kUsedIn, Relation::kMeasuredBy, Relation::kAlternative}) {
      for (const ConceptIndex to : graph.Neighbours(ConceptIndex(i), relation, LinkDirection::kForward)) {
        const auto other = static_cast<std::uint32_t>(to.value);
        relation == Relation::kCures ? lessons->cures.emplace_back(other, i) : lessons->links.emplace_back(i, other);
      }
    }
  }
}

std::string TextOf(const nlohmann::json& listing) {
  std::string text = listing.at("title").get<std::string>() + "\n" + listing.value("description", "") + "\n";
  if (listing.contains("keywords")) {
    for (const nlohmann::json& keyword : listing["keywords"]) text += keyword.get<std::string>() + "\n";
  }
  return text;
}

absl::Status AddGroups(const std::filesystem::path& file, Taught taught, Lessons* lessons) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kLargestFile));
  int line = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view row = std::string_view(bytes).substr(at, end - at);
    at = end + 1;
    ++line;
    if (row.empty()) continue;
    try {
      const nlohmann::json json = nlohmann::json::parse(row);
      GroupLesson group;
      const auto add_halves = [&](const nlohmann::json& listing) {
        std::string body = listing.value("description", "");
        if (!body.empty()) group.title_body.emplace_back(listing.at("title").get<std::string>(), std::move(body));
      };
      add_halves(json.at("need"));
      group.need = TextOf(json.at("need"));
      for (const nlohmann::json& offering : json.at("offerings")) {
        const int grade = offering.at("grade").get<int>();
        add_halves(offering);
        if (grade == 3) group.answers.push_back(TextOf(offering));
        if (grade == 0) group.decoys.push_back(TextOf(offering));
      }
      const bool is_for_encoder =
          IsForEncoder(json.at("field").get<std::string>(), json.at("group").get<std::string>(), taught);
      if (is_for_encoder && !group.answers.empty()) lessons->groups.push_back(std::move(group));
    } catch (const nlohmann::json::exception& error) {
      return MakeError(
          Reason::kBadFile, file.filename().string(),
          fmt::format("{} line {} is no group of judged examples: {}", file.filename().string(), line, error.what()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsForEncoder(std::string_view field, std::string_view group, Taught taught) {
  if (std::find(std::begin(kHeldOut), std::end(kHeldOut), field) != std::end(kHeldOut)) return false;
  if (taught == Taught::kAll) return true;
  // Of a number divisible by four the last two digits are; the groups are numbered with four.
  const std::size_t digits = std::min<std::size_t>(2, group.size());
  return std::atoi(std::string(group.substr(group.size() - digits)).c_str()) % 4 != 0;
}

absl::StatusOr<Lessons> ReadLessons(const KnowledgeGraph& graph, const std::filesystem::path& examples, Taught taught) {
  Lessons lessons;
  AddConcepts(graph, &lessons);
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(examples, error)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  if (error) {
    return MakeError(Reason::kFileNotFound, examples.string(),
                     "the folder of judged examples cannot be read: " + examples.string());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) MAGPIE_RETURN_IF_ERROR(AddGroups(file, taught, &lessons));
  return lessons;
}

}  // namespace magpie::train
