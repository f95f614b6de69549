#include "magpie/knowledge/knowledge_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "magpie/base/random.h"
#include "magpie/base/status.h"
#include "unit/knowledge/small_graph.h"

namespace magpie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kModels[] = MAGPIE_SOURCE_DIR "/models";

constexpr char kScale[] = R"(# industrial water

结垢 | scaling
zh: 水垢
kind: trouble
says: 锅炉管里一层白壳子
says-en: a white crust in the tubes

锅炉结垢 | boiler scaling
kind: trouble
ipc: C02F; C02F 5/08
says: 锅炉老要酸洗
broader: 结垢
used-in: 锅炉
caused-by: 硬水
cured-by: 阻垢剂

阻垢剂 | antiscalant
zh: 缓蚀阻垢剂; HEDP
en: scale inhibitor
kind: material
cures: 结垢
alternative: 电子除垢

电子除垢 | electronic descaling
kind: technique
made-from: 线圈

线圈 | coil
kind: object
measured-by: 总硬度

锅炉 | boiler
kind: object

硬水 | hard water
kind: material

总硬度 | total hardness
kind: measure

孤岛 | island
kind: object
used-in: 灯塔

灯塔 | lighthouse
kind: object
)";

std::shared_ptr<const KnowledgeGraph> LoadOrDie(const ModelsFolder& folder) {
  auto graph = KnowledgeGraph::LoadUnstamped(folder.root());
  EXPECT_TRUE(graph.ok()) << graph.status();
  return graph.ok() ? *graph : nullptr;
}

TEST(KnowledgeGraph, ReadsConceptsAsWritten) {
  const ModelsFolder folder(Files{{"environment.water.txt", kScale}});
  const auto graph = LoadOrDie(folder);
  ASSERT_EQ(graph->concepts().size(), 10u);
  const Concept& made = (*graph)[graph->FindHandle("锅炉结垢")];
  EXPECT_EQ(made.zh, "锅炉结垢");
  EXPECT_EQ(made.en, "boiler scaling");
  EXPECT_EQ(made.kind, ConceptKind::kTrouble);
  EXPECT_EQ(made.field, "environment");
  EXPECT_EQ(made.file, "environment.water.txt");
  EXPECT_EQ(made.line, 9);
  EXPECT_THAT(made.ipc, ElementsAre("C02F", "C02F 5/08"));
  EXPECT_THAT(made.says_zh, ElementsAre("锅炉老要酸洗"));
  EXPECT_THAT(made.says_en, IsEmpty());
  const Concept& agent = (*graph)[graph->FindHandle("阻垢剂")];
  EXPECT_THAT(agent.names_zh, ElementsAre("阻垢剂", "缓蚀阻垢剂", "HEDP"));
  EXPECT_THAT(agent.names_en, ElementsAre("antiscalant", "scale inhibitor"));
  ASSERT_EQ(graph->fields().size(), 2u);
  EXPECT_THAT(graph->fields()[0].ipc, ElementsAre("C02F", "B01D"));
  EXPECT_THAT(graph->fields()[1].ipc, IsEmpty());
  EXPECT_FALSE(graph->FindHandle("水垢").valid()) << "a synonym is no handle";
}

TEST(KnowledgeGraph, OutlivesItsFiles) {
  const ModelsFolder folder(Files{{"environment.txt", kScale}});
  const auto graph = LoadOrDie(folder);
  folder.Write("environment.txt", "cut");
  EXPECT_EQ((*graph)[graph->FindHandle("灯塔")].en, "lighthouse");
}

TEST(KnowledgeGraph, WalksLinksBothWays) {
  const ModelsFolder folder(Files{{"environment.txt", kScale}});
  const auto graph = LoadOrDie(folder);
  const auto at = [&](std::string_view zh) { return graph->FindHandle(zh); };
  const auto walk = [&](std::string_view zh, Relation relation, LinkDirection direction) {
    return graph->Neighbours(at(zh), relation, direction);
  };
  EXPECT_EQ(graph->link_count(), 9u);
  EXPECT_THAT(walk("阻垢剂", Relation::kCures, LinkDirection::kForward), ElementsAre(at("结垢"), at("锅炉结垢")));
  EXPECT_THAT(walk("锅炉结垢", Relation::kCures, LinkDirection::kReverse), ElementsAre(at("阻垢剂")));
  EXPECT_THAT(walk("锅炉结垢", Relation::kCures, LinkDirection::kForward), IsEmpty());
  EXPECT_THAT(walk("锅炉", Relation::kUsedIn, LinkDirection::kReverse), ElementsAre(at("锅炉结垢")));
  for (LinkDirection direction : {LinkDirection::kForward, LinkDirection::kReverse}) {
    EXPECT_THAT(walk("阻垢剂", Relation::kAlternative, direction), ElementsAre(at("电子除垢")));
    EXPECT_THAT(walk("电子除垢", Relation::kAlternative, direction), ElementsAre(at("阻垢剂")));
  }
}

TEST(KnowledgeGraph, FindsTheCheapestPath) {
  const ModelsFolder folder(Files{{"environment.txt", kScale}});
  const auto graph = LoadOrDie(folder);
  const auto at = [&](std::string_view zh) { return graph->FindHandle(zh); };
  // 结垢 <- cures - 阻垢剂
  EXPECT_THAT(graph->Path(at("结垢"), at("阻垢剂"), 10),
              ElementsAre(PathStep{at("结垢"), at("阻垢剂"), Relation::kCures, LinkDirection::kReverse}));
  const int cost = LinkCost(Relation::kCures) + LinkCost(Relation::kAlternative) + LinkCost(Relation::kMadeFrom);
  const std::vector<PathStep> far = graph->Path(at("锅炉结垢"), at("线圈"), cost);
  ASSERT_EQ(far.size(), 3u);
  EXPECT_EQ(far[0], (PathStep{at("锅炉结垢"), at("阻垢剂"), Relation::kCures, LinkDirection::kReverse}));
  EXPECT_EQ(far[1], (PathStep{at("阻垢剂"), at("电子除垢"), Relation::kAlternative, LinkDirection::kForward}));
  EXPECT_EQ(far[2], (PathStep{at("电子除垢"), at("线圈"), Relation::kMadeFrom, LinkDirection::kForward}));
  EXPECT_EQ(graph->Path(at("线圈"), at("锅炉结垢"), cost).size(), 3u);

  EXPECT_THAT(graph->Path(at("结垢"), at("结垢"), 10), IsEmpty());
  EXPECT_THAT(graph->Path(at("结垢"), at("灯塔"), 1000), IsEmpty()) << "no way at all";
  EXPECT_THAT(graph->Path(at("结垢"), at("阻垢剂"), LinkCost(Relation::kCures) - 1), IsEmpty()) << "too far";
  EXPECT_THAT(graph->Within(at("结垢"), LinkCost(Relation::kCures)),
              ElementsAre(Reached{at("结垢"), 0}, Reached{at("阻垢剂"), LinkCost(Relation::kCures)}));
}

// The twin: every edge relaxed until nothing changes.
std::vector<int> SlowCosts(const KnowledgeGraph& graph, ConceptIndex from) {
  const auto& boost = graph.boost();
  std::vector<int> cost(num_vertices(boost), 1 << 20);
  cost[static_cast<std::size_t>(from.value)] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto [edge, end] = edges(boost); edge != end; ++edge) {
      const int along = cost[source(*edge, boost)] + LinkCost(boost[*edge].relation);
      if (along >= cost[target(*edge, boost)]) continue;
      cost[target(*edge, boost)] = along;
      changed = true;
    }
  }
  return cost;
}

TEST(KnowledgeGraphProperty, PathsCostWhatTheSlowTwinSays) {
  const auto graph = *KnowledgeGraph::Load(kModels);
  Random random(11);
  const std::size_t count = graph->concepts().size();
  for (int round = 0; round < 10; ++round) {
    const ConceptIndex from(static_cast<std::int64_t>(random.Below(count)));
    const std::vector<int> slow = SlowCosts(*graph, from);
    constexpr int kMostCost = 9;
    std::size_t near = 0;
    for (int cost : slow) near += cost <= kMostCost;
    const std::vector<Reached> reached = graph->Within(from, kMostCost);
    EXPECT_EQ(reached.size(), near);
    for (const Reached& place : reached) {
      const auto to = static_cast<std::size_t>(place.concept_index.value);
      EXPECT_EQ(place.cost, slow[to]);
      int along = 0;
      ConceptIndex at = from;
      for (const PathStep& step : graph->Path(from, place.concept_index, kMostCost)) {
        EXPECT_EQ(step.from, at);
        EXPECT_THAT(graph->Neighbours(step.from, step.relation, step.direction), testing::Contains(step.to));
        along += LinkCost(step.relation);
        at = step.to;
      }
      EXPECT_EQ(at, place.concept_index);
      EXPECT_EQ(along, slow[to]);
    }
  }
}

TEST(KnowledgeGraph, PrefersTheOwnFieldForALink) {
  const std::string sea = "缆 | cable\nkind: object\n\n断 | break\nkind: trouble\nused-in: 缆\n";
  const std::string water = "缆 | rope\nkind: object\n\n松 | slack\nkind: trouble\nused-in: 缆\n";
  const ModelsFolder folder(Files{{"marine.txt", sea}, {"environment.txt", water}});
  const auto graph = LoadOrDie(folder);
  EXPECT_THAT(graph->Neighbours(graph->FindHandle("断"), Relation::kUsedIn, LinkDirection::kForward),
              ElementsAre(graph->FindHandle("缆", "marine")));
  EXPECT_EQ((*graph)[graph->FindHandle("缆", "environment")].en, "rope");
  EXPECT_FALSE(graph->FindHandle("缆").valid());
}

TEST(KnowledgeGraph, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string text;
    int line;
    std::string what;
  };
  const std::string good = "结垢 | scaling\nkind: trouble\n\n药 | agent\nkind: material\n";
  const std::vector<Case> cases = {
      {"结垢 scaling\nkind: trouble\n", 1, "a block begins with"},
      {"结垢 |\nkind: trouble\n", 1, "a block begins with"},
      {"结垢 | scaling | more\nkind: trouble\n", 1, "a block begins with"},
      {"# a comment\n\n结垢 | scaling\nen: scale\n", 3, "结垢 has no kind"},
      {"结垢 | scaling\nkind: worry\n", 2, "unknown kind worry"},
      {"结垢 | scaling\nkind: trouble; object\n", 2, "unknown kind"},
      {"结垢 | scaling\nkind: trouble\ncure: 药\n", 3, "unknown key cure"},
      {"结垢 | scaling\nkind: trouble\nno key here\n", 3, "has no key"},
      {"结垢 | scaling\nkind: trouble\nkind: trouble\n", 3, "key kind stands twice"},
      {"结垢 | scaling\nkind: trouble\nen: a; ; b\n", 3, "empty item in en"},
      {good + "cures: 锈蚀\n", 6, "药: cures names nothing known: 锈蚀"},
      {good + "cures: 药\n", 6, "names itself"},
      {good + "made-from: 结垢\n\n锅 | pan\nkind: object\ncures: 药\n", 10, "药 is cured and is no trouble"},
      {good + "used-in: 结垢\n", 6, "药 is used in a trouble"},
      {good + "caused-by: 结垢\n", 6, "药 has a cause and is no trouble"},
      {good + "\n锈 | rust\nkind: trouble\ncured-by: 结垢\n", 9, "锈 is cured by a trouble"},
      {good + "\n锅 | pan\nkind: object\nen: SCALING\n", 7, "SCALING already names 结垢 (environment.txt:1)"},
      {good + "\n结垢 | crust\nkind: object\n", 7, "结垢 already names"},
      {"甲 | first\nkind: object\nbroader: 乙\n\n乙 | second\nkind: object\nbroader: 甲\n", 5, "cycle in broader"},
      {"结垢 | scaling\r\nkind: trouble\r\n", 1, "carriage return"},
      {"\xEF\xBB\xBF结垢 | scaling\nkind: trouble\n", 1, "byte order mark"},
      {"结垢 | scaling\nkind: trouble", 2, "no line feed at the end"},
      {"结垢 | scaling\xFF\nkind: trouble\n", 1, "not valid UTF-8"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const ModelsFolder folder(Files{{"environment.txt", c.text}});
    const absl::Status status = KnowledgeGraph::LoadUnstamped(folder.root()).status();
    EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch) << status;
    EXPECT_EQ(FieldOf(status), folder.Path("environment.txt").string() + ":" + std::to_string(c.line)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.what));
    EXPECT_THAT(std::string(status.message()), HasSubstr("tools/lint-knowledge"));
  }
}

TEST(KnowledgeGraph, SaysWhatIsWrongBetweenFiles) {
  const std::string cable = "缆 | cable\nkind: object\n", slack = "松 | slack\nkind: trouble\nused-in: 缆\n";
  const auto error = [](const ModelsFolder& folder) {
    return ErrorText(KnowledgeGraph::LoadUnstamped(folder.root()).status());
  };
  EXPECT_THAT(error(ModelsFolder(Files{{"optics.txt", cable}})),
              HasSubstr("field optics does not stand in fields.txt"));
  EXPECT_THAT(error(ModelsFolder(Files{{"fields.txt", "a | b | c\n"}})), HasSubstr("fields.txt:1: want \"code"));
  EXPECT_THAT(error(ModelsFolder(Files{{"fields.txt", "a | b | c | -\na | d | e | -\n"}})),
              HasSubstr("fields.txt:2: field a"));
  EXPECT_THAT(error(ModelsFolder(Files{{"environment.txt", cable},
                                       {"marine.txt", "缆 | rope\nkind: object\n"},
                                       {"fields.txt", std::string(kFields) + "ict | 信息 | computing | G06\n"},
                                       {"ict.txt", slack}})),
              HasSubstr("松: used-in 缆 is ambiguous, it stands in 2 places"));
}

class Manifest : public ::testing::Test {
 protected:
  Manifest() : folder_(Files{{"environment.txt", kScale}}) { folder_.Stamp(); }
  absl::Status Load() const { return KnowledgeGraph::Load(folder_.root()).status(); }
  const ModelsFolder folder_;
};

TEST_F(Manifest, LetsStampedFilesIn) {
  const auto graph = KnowledgeGraph::Load(folder_.root());
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT((*graph)->files(), ElementsAre("fields.txt", "environment.txt"));
  EXPECT_EQ((*graph)->id(), (*KnowledgeGraph::LoadUnstamped(folder_.root()))->id());
  EXPECT_EQ((*graph)->id().size(), std::string_view("knowledge-0123456789ab").size());
}

TEST_F(Manifest, RefusesAlteredAndTruncatedFiles) {
  const std::string stamped = Sha256Hex(kScale);
  const std::string whole = kScale;
  for (const std::string& bytes : {whole + "\n", whole.substr(0, whole.size() / 2), std::string()}) {
    folder_.Write("environment.txt", bytes);
    const absl::Status status = Load();
    EXPECT_EQ(ReasonOf(status), Reason::kModelMismatch);
    EXPECT_EQ(FieldOf(status), folder_.Path("environment.txt").string());
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(stamped), HasSubstr(Sha256Hex(bytes)), HasSubstr("tools/train knowledge")));
  }
}

TEST_F(Manifest, RefusesMissingAndAdditionalFiles) {
  folder_.Write("marine.txt", "缆 | cable\nkind: object\n");
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMismatch);
  EXPECT_THAT(ErrorText(Load()), AllOf(HasSubstr("marine.txt"), HasSubstr("SHA-256"), HasSubstr("does not name"),
                                       HasSubstr("tools/train knowledge")));
  folder_.Stamp();
  EXPECT_TRUE(Load().ok());
  std::filesystem::remove(folder_.Path("marine.txt"));
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMissing);
  EXPECT_EQ(FieldOf(Load()), folder_.Path("marine.txt").string());
  std::filesystem::remove(folder_.root() / "MANIFEST.json");
  EXPECT_EQ(ReasonOf(Load()), Reason::kModelMissing);
  EXPECT_EQ(ReasonOf(KnowledgeGraph::LoadUnstamped(folder_.root() / "nowhere").status()), Reason::kModelMissing);
}

// The last lines of tools/lint-knowledge, by their first column.
std::map<std::string, std::vector<std::string>> LinterTable() {
  std::FILE* pipe = ::popen(MAGPIE_SOURCE_DIR "/tools/lint-knowledge --quiet", "r");
  std::string output;
  for (std::array<char, 4096> buffer; std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe);) {
    output.append(buffer.data(), got);
  }
  EXPECT_EQ(::pclose(pipe), 0) << output;
  std::map<std::string, std::vector<std::string>> table;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string name;
    cells >> name;
    for (std::string cell; cells >> cell;) table[name].push_back(cell);
  }
  return table;
}

TEST(ShippedKnowledge, HoldsWhatTheLinterCounts) {
  const auto graph = KnowledgeGraph::Load(kModels);
  ASSERT_TRUE(graph.ok()) << graph.status();
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Concept& made : (*graph)->concepts()) {
    for (const std::string& row : {std::string(made.field), std::string("total")}) {
      counts[row]["all"] += 1;
      counts[row][std::string(ConceptKindName(made.kind))] += 1;
      counts[row]["says"] += static_cast<int>(made.says_zh.size() + made.says_en.size());
    }
  }
  const auto table = LinterTable();
  const std::vector<std::string>& columns = table.at("field");
  EXPECT_EQ(columns.back(), "links");
  EXPECT_EQ(table.size(), (*graph)->fields().size() + 3) << "heading, total, count of errors";
  for (const auto& [row, counted] : counts) {
    for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
      const auto found = counted.find(columns[i]);
      EXPECT_EQ(table.at(row)[i], std::to_string(found == counted.end() ? 0 : found->second)) << row << columns[i];
    }
  }
  // A link written on both sides is one: seldom.
  const auto written = static_cast<std::size_t>(std::stoi(table.at("total").back()));
  EXPECT_LE((*graph)->link_count(), written);
  EXPECT_GE((*graph)->link_count(), written - written / 20);
}

}  // namespace
}  // namespace magpie
