#include "generate/material.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>

#include "generate/text_parts.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/analyzer.h"
#include "magpie/vector/encoder.h"

namespace magpie::generate {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;
// Texts of a topic, for each side and language: the nearest quarter of its field's, within these.
constexpr std::size_t kLeastNear = 6, kMostNear = 40;

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

// A vector in whole numbers, whose products are the same on every machine.
using Row = std::vector<std::int16_t>;

class RowMaker {
 public:
  static absl::StatusOr<RowMaker> Load(const std::filesystem::path& models) {
    RowMaker maker;
    MAGPIE_ASSIGN_OR_RETURN(maker.analyzer_, Analyzer::Load(models));
    MAGPIE_ASSIGN_OR_RETURN(maker.encoder_, Encoder::Load(models));
    return maker;
  }
  const Analyzer& analyzer() const { return *analyzer_; }
  absl::StatusOr<Row> Make(const AnalyzedText& text) const {
    constexpr float kScale = 127;
    const AnalyzedText* const texts[] = {&text};
    std::vector<float> vector(static_cast<std::size_t>(encoder_->dimension()));
    RunContext alone;
    alone.threads = 1;
    MAGPIE_RETURN_IF_ERROR(encoder_->Encode(texts, vector, alone));
    Row row;
    for (const float value : vector) row.push_back(static_cast<std::int16_t>(std::lround(value * kScale)));
    return row;
  }

 private:
  std::shared_ptr<const Analyzer> analyzer_;
  std::shared_ptr<const Encoder> encoder_;
};

int Product(const Row& a, const Row& b) {
  int product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) product += a[i] * b[i];
  return product;
}

// A listing of a group, taken apart; made by several threads, each its own.
struct CutListing {
  Side side = Side::kNeed;
  Language language = Language::kZh;
  SourceText text;
  Row row;
};

absl::StatusOr<CutListing> CutOne(const nlohmann::json& json, Side side, const RowMaker& rows,
                                  const KnowledgeGraph& graph) {
  CutListing cut;
  cut.side = side;
  cut.language = json.value("lang", "zh") == "en" ? Language::kEn : Language::kZh;
  const std::string title = json.value("title", "");
  const std::string text = title + '\n' + json.value("description", "");
  const AnalyzedText analyzed = rows.analyzer().Analyze(text);
  std::vector<Mention> of_title, of_description;
  const auto body = static_cast<std::uint32_t>(title.size() + 1);
  for (Mention mention : graph.Find(text, analyzed)) {
    if (mention.end <= title.size()) of_title.push_back(mention);
    if (mention.begin < body) continue;
    mention.begin -= body;
    mention.end -= body;
    of_description.push_back(mention);
  }
  cut.text.parts = CutTitle(title, cut.language, of_title, graph);
  cut.text.clauses = CutDescription(std::string_view(text).substr(body), cut.language, of_description, graph);
  MAGPIE_ASSIGN_OR_RETURN(cut.row, rows.Make(analyzed));
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
    MAGPIE_ASSIGN_OR_RETURN(const RowMaker rows, RowMaker::Load(models));
    material_.fields_.resize(graph().fields().size());
    material_.concepts_.resize(graph().fields().size());
    for (std::uint32_t i = 0; i < graph().concepts().size(); ++i) {
      const Concept& one = graph().concepts()[i];
      if (one.kind != ConceptKind::kTrouble) material_.concepts_[FieldOf(one.field)].push_back(i);
    }
    MAGPIE_RETURN_IF_ERROR(ReadTexts(models, rows, context));
    AddTopics();
    AddLooseOffers();
    constexpr std::int64_t kBlock = 64;
    const auto size = static_cast<std::int64_t>(material_.topics_.size());
    return ParallelFor(context, size, kBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        MAGPIE_RETURN_IF_ERROR(AddNear(rows, &material_.topics_[i]));
      }
      return absl::OkStatus();
    });
  }

 private:
  using Concepts = std::vector<std::uint32_t>;

  const KnowledgeGraph& graph() const { return *material_.graph_; }

  std::uint32_t FieldOf(std::string_view code) const {
    const auto fields = graph().fields();
    const auto at = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.code == code; });
    return static_cast<std::uint32_t>(at - fields.begin());
  }

  absl::Status ReadTexts(const std::filesystem::path& models, const RowMaker& rows, const RunContext& context) {
    std::vector<nlohmann::json> groups;
    for (const KnowledgeField& field : graph().fields()) {
      MAGPIE_RETURN_IF_ERROR(ReadGroups(models / "examples" / fmt::format("{}.jsonl", field.code), &groups));
    }
    std::vector<std::vector<CutListing>> cut(groups.size());
    constexpr std::int64_t kBlock = 64;
    const auto size = static_cast<std::int64_t>(groups.size());
    MAGPIE_RETURN_IF_ERROR(ParallelFor(context, size, kBlock, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        MAGPIE_ASSIGN_OR_RETURN(cut[i].emplace_back(), CutOne(groups[i]["need"], Side::kNeed, rows, graph()));
        for (const nlohmann::json& offering : groups[i]["offerings"]) {
          MAGPIE_ASSIGN_OR_RETURN(cut[i].emplace_back(), CutOne(offering, Side::kOffering, rows, graph()));
        }
      }
      return absl::OkStatus();
    }));
    for (std::size_t i = 0; i < groups.size(); ++i) AddGroup(groups[i].value("field", ""), std::move(cut[i]));
    return absl::OkStatus();
  }

  void AddGroup(const std::string& field_code, std::vector<CutListing> group) {
    const std::uint32_t field = FieldOf(field_code);
    if (field == material_.fields_.size()) return;
    for (CutListing& listing : group) {
      if (listing.text.clauses.empty()) continue;
      const std::size_t side = Place(listing.side), language = Place(listing.language);
      std::vector<SourceText>& texts = material_.texts_[side][language];
      material_.fields_[field][side][language].push_back(static_cast<std::uint32_t>(texts.size()));
      texts.push_back(std::move(listing.text));
      rows_[side][language].push_back(std::move(listing.row));
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
      material_.topics_.push_back(std::move(topic));
    }
  }

  std::string TextOf(const Topic& topic, Language language) const {
    std::string text;
    const auto add = [&](const std::vector<std::string_view>& phrases) {
      for (const std::string_view phrase : phrases) text.append(phrase) += '\n';
    };
    const bool chinese = language == Language::kZh;
    const Concept& trouble = graph().concepts()[topic.trouble];
    add(chinese ? trouble.names_zh : trouble.names_en);
    add(chinese ? trouble.says_zh : trouble.says_en);
    for (const Concepts* concepts : {&topic.cures, &topic.objects}) {
      for (const std::uint32_t one : *concepts) {
        add(chinese ? graph().concepts()[one].names_zh : graph().concepts()[one].names_en);
      }
    }
    return text;
  }

  absl::Status AddNear(const RowMaker& rows, Topic* topic) const {
    for (const Language language : {Language::kZh, Language::kEn}) {
      MAGPIE_ASSIGN_OR_RETURN(const Row wanted, rows.Make(rows.analyzer().Analyze(TextOf(*topic, language))));
      for (const Side side : {Side::kNeed, Side::kOffering}) {
        std::vector<std::pair<int, std::uint32_t>> order;  // by falling product, then by number
        for (const std::uint32_t text : material_.fields_[topic->field][Place(side)][Place(language)]) {
          order.emplace_back(-Product(wanted, rows_[Place(side)][Place(language)][text]), text);
        }
        std::sort(order.begin(), order.end());
        order.resize(std::min(order.size(), std::clamp(order.size() / 4, kLeastNear, kMostNear)));
        for (const auto& [product, text] : order) topic->near[Place(side)][Place(language)].push_back(text);
      }
    }
    return absl::OkStatus();
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
  BySideAndLanguage<std::vector<Row>> rows_;  // of the texts
};

absl::StatusOr<std::shared_ptr<const Material>> Material::Load(const std::filesystem::path& models,
                                                               const RunContext& context) {
  auto material = std::make_shared<Material>();
  MAGPIE_RETURN_IF_ERROR(MaterialReader(material.get()).Read(models, context));
  return material;
}

}  // namespace magpie::generate
