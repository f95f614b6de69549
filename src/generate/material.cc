#include "generate/material.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "generate/text_parts.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/analyzer.h"

namespace magpie::generate {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;
constexpr std::size_t kMostNear = 200;  // texts of a topic, side and language

// The kinds that an offering may be about.
bool IsOffered(ConceptKind kind) {
  return kind != ConceptKind::kTrouble && kind != ConceptKind::kObject && kind != ConceptKind::kEffect &&
         kind != ConceptKind::kMeasure;
}

ResourceKind ResourceOf(std::string_view field) {
  if (field == "talent") return ResourceKind::kTalent;
  if (field == "capital") return ResourceKind::kCapital;
  if (field == "platforms") return ResourceKind::kPlatform;
  if (field == "raw_materials") return ResourceKind::kMaterial;
  if (field == "sites") return ResourceKind::kSite;
  return ResourceKind::kTechnology;
}

absl::Status ReadGroups(const std::filesystem::path& file, std::vector<nlohmann::json>* groups) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kLargestFile));
  int line = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view row = std::string_view(bytes).substr(at, end - at);
    at = end + 1;
    ++line;
    if (row.empty()) continue;
    nlohmann::json group = nlohmann::json::parse(row, nullptr, false);
    const bool whole = group.is_object() && group.contains("field") && group.contains("need") &&
                       group.contains("offerings") && group["offerings"].is_array();
    if (!whole) {
      return MakeError(Reason::kBadFile, file.filename().string(),
                       fmt::format("{} line {} is no group of judged examples", file.filename().string(), line));
    }
    groups->push_back(std::move(group));
  }
  return absl::OkStatus();
}

// A listing of a group, taken apart; made by several threads, each its own.
struct CutListing {
  Side side = Side::kNeed;
  Language language = Language::kZh;
  int grade = 3;
  SourceText text;
  std::vector<std::uint32_t> concepts;  // that it names
};

CutListing CutOne(const nlohmann::json& json, Side side, const Analyzer& analyzer, const KnowledgeGraph& graph) {
  CutListing cut;
  cut.side = side;
  cut.language = json.value("lang", "zh") == "en" ? Language::kEn : Language::kZh;
  cut.grade = json.value("grade", 3);
  const auto mentions_of = [&](const std::string& text) {
    const std::vector<Mention> mentions = graph.Find(text, analyzer.Analyze(text));
    for (const Mention& mention : mentions) {
      cut.concepts.push_back(static_cast<std::uint32_t>(mention.concept_index.value));
    }
    return mentions;
  };
  const std::string title = json.value("title", "");
  const std::string description = json.value("description", "");
  cut.text.parts = CutTitle(title, cut.language, mentions_of(title), graph);
  cut.text.clauses = CutDescription(description, cut.language, mentions_of(description), graph);
  return cut;
}

}  // namespace

class MaterialReader {
 public:
  explicit MaterialReader(Material* material) : material_(*material) {}

  absl::Status Read(const std::filesystem::path& models, const RunContext& context) {
    MAGPIE_ASSIGN_OR_RETURN(material_.graph_, KnowledgeGraph::Load(models));
    MAGPIE_ASSIGN_OR_RETURN(material_.grammars_[0], LoadGrammar(Language::kZh));
    MAGPIE_ASSIGN_OR_RETURN(material_.grammars_[1], LoadGrammar(Language::kEn));
    SortConcepts();
    MAGPIE_RETURN_IF_ERROR(ReadTexts(models, context));
    AddTopics();
    AddLooseOffers();
    return absl::OkStatus();
  }

 private:
  using Concepts = std::vector<std::uint32_t>;

  const KnowledgeGraph& graph() const { return *material_.graph_; }

  std::uint32_t FieldOf(std::string_view code) const {
    const auto fields = graph().fields();
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.code == code; });
    return static_cast<std::uint32_t>(at - fields.begin());
  }

  void SortConcepts() {
    material_.fields_.resize(graph().fields().size());
    for (std::uint32_t i = 0; i < graph().concepts().size(); ++i) {
      const Concept& one = graph().concepts()[i];
      material_.fields_[FieldOf(one.field)].concepts[static_cast<std::size_t>(one.kind)].push_back(i);
    }
  }

  absl::Status ReadTexts(const std::filesystem::path& models, const RunContext& context) {
    MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Analyzer> analyzer, Analyzer::Load(models));
    std::vector<nlohmann::json> groups;
    for (const KnowledgeField& field : graph().fields()) {
      MAGPIE_RETURN_IF_ERROR(ReadGroups(models / "examples" / fmt::format("{}.jsonl", field.code), &groups));
    }
    std::vector<std::vector<CutListing>> cut(groups.size());
    constexpr std::int64_t kBlock = 64;
    const auto size = static_cast<std::int64_t>(groups.size());
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, size, kBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        cut[i].push_back(CutOne(groups[i]["need"], Side::kNeed, *analyzer, graph()));
        for (const nlohmann::json& offering : groups[i]["offerings"]) {
          cut[i].push_back(CutOne(offering, Side::kOffering, *analyzer, graph()));
        }
      }
      return absl::OkStatus();
    }));
    for (std::size_t i = 0; i < groups.size(); ++i) AddGroup(groups[i].value("field", ""), &cut[i]);
    return absl::OkStatus();
  }

  void AddGroup(const std::string& field_code, std::vector<CutListing>* group) {
    const std::uint32_t field = FieldOf(field_code);
    if (field == material_.fields_.size()) return;
    std::vector<std::uint32_t> numbers;
    for (CutListing& listing : *group) {
      const auto side = static_cast<std::size_t>(listing.side), language = static_cast<std::size_t>(listing.language);
      auto& texts = material_.texts_[side][language];
      numbers.push_back(static_cast<std::uint32_t>(texts.size()));
      if (!listing.text.clauses.empty()) material_.fields_[field].texts[side][language].push_back(numbers.back());
      texts.push_back(std::move(listing.text));
    }
    // Near a concept: the texts that name it, and those that answer a need that names it or are answered by it.
    for (const CutListing& naming : *group) {
      for (std::size_t i = 0; i < group->size(); ++i) {
        const CutListing& other = (*group)[i];
        const bool same = &naming == &other;
        const bool answers = naming.side != other.side && std::min(naming.grade, other.grade) >= 2;
        if ((!same && !answers) ||
            material_.texts_[Place(other.side)][Place(other.language)][numbers[i]].clauses.empty()) {
          continue;
        }
        for (const std::uint32_t one : naming.concepts) {
          near_[Place(other.side)][Place(other.language)][one].insert(numbers[i]);
        }
      }
    }
  }

  template <typename Enum>
  static std::size_t Place(Enum value) {
    return static_cast<std::size_t>(value);
  }

  Concepts Linked(std::uint32_t from, Relation relation, LinkDirection direction) const {
    Concepts linked;
    for (const ConceptIndex to : graph().Neighbours(ConceptIndex(from), relation, direction)) {
      linked.push_back(static_cast<std::uint32_t>(to.value));
    }
    return linked;
  }

  // Of everything that is linked to the trouble or to a cure, what is of that kind.
  void SortLinked(const Concepts& linked, Topic* topic) const {
    for (const std::uint32_t one : linked) {
      Concepts* const into = graph().concepts()[one].kind == ConceptKind::kObject      ? &topic->objects
                             : graph().concepts()[one].kind == ConceptKind::kMaterial  ? &topic->materials
                             : graph().concepts()[one].kind == ConceptKind::kEquipment ? &topic->equipment
                             : graph().concepts()[one].kind == ConceptKind::kMeasure   ? &topic->measures
                                                                                       : nullptr;
      if (into != nullptr && std::find(into->begin(), into->end(), one) == into->end()) into->push_back(one);
    }
  }

  void AddTopics() {
    for (std::uint32_t i = 0; i < graph().concepts().size(); ++i) {
      const Concept& trouble = graph().concepts()[i];
      if (trouble.kind != ConceptKind::kTrouble) continue;
      Topic topic;
      topic.trouble = i;
      topic.cures = Linked(i, Relation::kCures, LinkDirection::kReverse);
      if (topic.cures.empty()) continue;
      topic.field = FieldOf(trouble.field);
      topic.resource = ResourceOf(trouble.field);
      topic.causes = Linked(i, Relation::kCausedBy, LinkDirection::kForward);
      SortLinked(Linked(i, Relation::kUsedIn, LinkDirection::kForward), &topic);
      SortLinked(Linked(i, Relation::kMeasuredBy, LinkDirection::kForward), &topic);
      for (const std::uint32_t cure : topic.cures) {
        SortLinked({cure}, &topic);
        SortLinked(Linked(cure, Relation::kMadeFrom, LinkDirection::kForward), &topic);
        SortLinked(Linked(cure, Relation::kMeasuredBy, LinkDirection::kForward), &topic);
        SortLinked(Linked(cure, Relation::kUsedIn, LinkDirection::kForward), &topic);
      }
      AddNear(&topic);
      material_.topics_.push_back(std::move(topic));
    }
  }

  void AddNear(Topic* topic) const {
    Concepts named = {topic->trouble};
    named.insert(named.end(), topic->cures.begin(), topic->cures.end());
    named.insert(named.end(), topic->objects.begin(), topic->objects.end());
    for (std::size_t side = 0; side < 2; ++side) {
      for (std::size_t language = 0; language < 2; ++language) {
        std::set<std::uint32_t> texts;
        for (const std::uint32_t one : named) {
          const auto found = near_[side][language].find(one);
          if (found == near_[side][language].end() || texts.size() >= kMostNear) continue;
          texts.insert(found->second.begin(), found->second.end());
        }
        topic->near[side][language].assign(texts.begin(), texts.end());
      }
    }
  }

  void AddLooseOffers() {
    std::unordered_map<std::uint32_t, std::uint32_t> topic_of;  // of a trouble, cure or object: the first that names it
    std::vector<std::vector<std::uint32_t>> topics_of_field(material_.fields_.size());
    for (std::uint32_t i = 0; i < material_.topics_.size(); ++i) {
      const Topic& topic = material_.topics_[i];
      topics_of_field[topic.field].push_back(i);
      for (const Concepts* concepts : {&topic.cures, &topic.objects, &topic.materials}) {
        for (const std::uint32_t one : *concepts) topic_of.emplace(one, i);
      }
    }
    for (std::uint32_t i = 0; i < graph().concepts().size(); ++i) {
      const Concept& one = graph().concepts()[i];
      const std::uint32_t field = FieldOf(one.field);
      const bool is_loose = IsOffered(one.kind) && ResourceOf(one.field) == ResourceKind::kTechnology &&
                            Linked(i, Relation::kCures, LinkDirection::kForward).empty();
      if (!is_loose || topics_of_field[field].empty()) continue;
      std::uint32_t nearest = topics_of_field[field][i % topics_of_field[field].size()];
      for (const Relation relation :
           {Relation::kAlternative, Relation::kBroader, Relation::kUsedIn, Relation::kMadeFrom}) {
        const Concepts linked = Linked(i, relation, LinkDirection::kForward);
        const auto known =
            std::find_if(linked.begin(), linked.end(), [&](std::uint32_t to) { return topic_of.contains(to); });
        if (known == linked.end()) continue;
        nearest = topic_of[*known];
        break;
      }
      material_.loose_.push_back({i, nearest});
    }
  }

  Material& material_;
  BySideAndLanguage<std::map<std::uint32_t, std::set<std::uint32_t>>> near_;  // by concept
};

absl::StatusOr<std::shared_ptr<const Material>> Material::Load(const std::filesystem::path& models,
                                                               const RunContext& context) {
  auto material = std::make_shared<Material>();
  MAGPIE_RETURN_IF_ERROR(MaterialReader(material.get()).Read(models, context));
  return material;
}

}  // namespace magpie::generate
