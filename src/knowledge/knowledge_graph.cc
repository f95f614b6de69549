#include "magpie/knowledge/knowledge_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/graph/dijkstra_shortest_paths_no_color_map.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <functional>
#include <limits>
#include <mutex>
#include <tuple>
#include <utility>

#include "knowledge/files.h"
#include "knowledge/linker.h"
#include "knowledge/name_finder.h"
#include "knowledge/parser.h"
#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Graph = KnowledgeGraph::BoostGraph;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

constexpr int kFar = std::numeric_limits<int>::max() / 2;

// As tools/lint-knowledge folds them: signs that writers put in or leave out at will do not tell names apart.
std::string Folded(std::string_view name) {
  constexpr std::u32string_view kSigns = U"-_'.,，。·/";
  const std::string normal = NormalizeText(name);
  std::string folded;
  for (std::size_t i = 0; i < normal.size();) {
    const char32_t c = NextCodePoint(normal, &i);
    if (!IsSpace(c) && kSigns.find(c) == std::u32string_view::npos) AppendCodePoint(c, &folded);
  }
  return folded;
}

bool Bears(const Concept& known, const std::string& folded) {
  const auto same = [&](std::string_view name) { return Folded(name) == folded; };
  return std::any_of(known.names_zh.begin(), known.names_zh.end(), same) ||
         std::any_of(known.names_en.begin(), known.names_en.end(), same);
}

// All names into the finder. `problem` (may be null) receives the first name that stands for two concepts of a field.
NameFinder NamesOf(const std::filesystem::path& folder, std::span<const Concept> concepts, absl::Status* problem) {
  std::size_t count = 0;
  for (const Concept& made : concepts) count += made.names_zh.size() + made.names_en.size();
  NameFinder finder(count);
  for (std::size_t i = 0; i < concepts.size(); ++i) {
    const Concept& made = concepts[i];
    for (const std::vector<std::string_view>* names : {&made.names_zh, &made.names_en}) {
      for (std::string_view name : *names) {
        const ConceptIndex index(static_cast<std::int64_t>(i));
        for (ConceptIndex other : finder.Add(name, NormalizeText(name), index)) {
          if (problem == nullptr || !problem->ok()) break;
          const Concept& known = concepts[static_cast<std::size_t>(other.value)];
          if (other == index || known.field != made.field || !Bears(known, Folded(name))) continue;
          *problem = KnowledgeError(folder / made.file, made.line,
                                    fmt::format("{} already names {} ({}:{})", name, known.zh, known.file, known.line));
        }
      }
    }
  }
  return finder;
}

// What one Dijkstra from a concept found.
struct Search {
  std::vector<int> cost;
  std::vector<Edge> last_edge;          // the edge that reaches a concept; only where cost says it was reached
  std::vector<std::uint32_t> in_order;  // examined concepts, by rising cost
};

struct Stop {};

class SearchVisitor : public boost::dijkstra_visitor<> {
 public:
  SearchVisitor(Search* search, std::uint32_t to, int most_cost) : search_(search), to_(to), most_cost_(most_cost) {}
  void examine_vertex(std::uint32_t vertex, const Graph&) const {
    if (search_->cost[vertex] > most_cost_) throw Stop();
    search_->in_order.push_back(vertex);
    if (vertex == to_) throw Stop();
  }
  void edge_relaxed(const Edge& edge, const Graph& graph) const { search_->last_edge[target(edge, graph)] = edge; }

 private:
  Search* search_;
  std::uint32_t to_;
  int most_cost_;
};

// Ends at `to`, or when all within `most_cost` are examined.
Search RunDijkstra(const Graph& graph, ConceptIndex from, ConceptIndex to, int most_cost) {
  Search search;
  search.cost.assign(num_vertices(graph), kFar);
  search.last_edge.resize(num_vertices(graph));
  const auto start = static_cast<std::uint32_t>(from.value);
  search.cost[start] = 0;
  const auto weight =
      boost::make_function_property_map<Edge>([&graph](const Edge& edge) { return LinkCost(graph[edge].relation); });
  const auto index = get(boost::vertex_index, graph);
  try {
    boost::dijkstra_shortest_paths_no_color_map_no_init(
        graph, start, boost::dummy_property_map(), boost::make_iterator_property_map(search.cost.begin(), index),
        weight, index, std::less<>(), std::plus<>(), kFar, 0,
        SearchVisitor(&search, static_cast<std::uint32_t>(to.value), most_cost));
  } catch (const Stop&) {
    // Boost's visitors end a search this way.
  }
  return search;
}

}  // namespace

struct KnowledgeGraph::Parts {
  std::vector<std::string> file_names;
  std::vector<std::string> bytes;  // of each file: copied, for an editor may cut a mapped file under the program
  std::string id;
  KnowledgeText text;
  std::unique_ptr<const Handles> handles;
  LinkedGraph links;
  // The finder of names is half of the loading and only some programs ask it, so it is made when first asked. Whether
  // names are told apart was checked when the files were stamped, and the manifest's hashes say that they are those.
  mutable std::once_flag names_made;
  mutable NameFinder names;
  const NameFinder& Names() const {
    std::call_once(names_made, [this] { names = NamesOf({}, text.concepts, nullptr); });
    return names;
  }

  static absl::StatusOr<std::unique_ptr<const Parts>> Build(const std::filesystem::path& models, bool check_manifest);
};

absl::StatusOr<std::unique_ptr<const KnowledgeGraph::Parts>> KnowledgeGraph::Parts::Build(
    const std::filesystem::path& models, bool check_manifest) {
  auto parts = std::make_unique<Parts>();
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<ModelFile> files, OpenKnowledgeFiles(models, check_manifest));
  std::string hashes;
  for (const ModelFile& file : files) {
    parts->file_names.push_back(file.path.filename().string());
    parts->bytes.emplace_back(file.file.bytes());
    hashes += fmt::format("{} {}\n", file.sha256, parts->file_names.back());
  }
  parts->id = fmt::format("knowledge-{}", Sha256Hex(hashes).substr(0, 12));
  MAGPIE_RETURN_IF_ERROR(ParseFields(files[0].path, parts->bytes[0], &parts->text));
  for (std::size_t i = 1; i < files.size(); ++i) {
    MAGPIE_RETURN_IF_ERROR(ParseConcepts(files[i].path, parts->file_names[i], parts->bytes[i], &parts->text));
  }
  const std::filesystem::path folder = KnowledgeFolder(models);
  if (!check_manifest) {
    absl::Status problem;
    std::call_once(parts->names_made, [&] { parts->names = NamesOf(folder, parts->text.concepts, &problem); });
    MAGPIE_RETURN_IF_ERROR(problem);
  }
  parts->handles = std::make_unique<const Handles>(parts->text.concepts);
  MAGPIE_ASSIGN_OR_RETURN(parts->links, LinkConcepts(folder, parts->text, *parts->handles));
  return parts;
}

int LinkCost(Relation relation) {
  switch (relation) {
    case Relation::kCures:
      return 2;
    case Relation::kAlternative:
    case Relation::kCausedBy:
      return 3;
    case Relation::kBroader:
      return 4;
    case Relation::kMadeFrom:
    case Relation::kMeasuredBy:
      return 5;
    case Relation::kUsedIn:
      return 6;
  }
  return kFar;
}

absl::StatusOr<std::shared_ptr<const KnowledgeGraph>> KnowledgeGraph::Load(const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(auto parts, Parts::Build(models, /*check_manifest=*/true));
  return std::shared_ptr<const KnowledgeGraph>(new KnowledgeGraph(std::move(parts)));
}

absl::StatusOr<std::shared_ptr<const KnowledgeGraph>> KnowledgeGraph::LoadUnstamped(
    const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(auto parts, Parts::Build(models, /*check_manifest=*/false));
  return std::shared_ptr<const KnowledgeGraph>(new KnowledgeGraph(std::move(parts)));
}

KnowledgeGraph::KnowledgeGraph(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
KnowledgeGraph::~KnowledgeGraph() = default;

std::string_view KnowledgeGraph::id() const {
  return parts_->id;
}
std::span<const std::string> KnowledgeGraph::files() const {
  return parts_->file_names;
}
std::span<const KnowledgeField> KnowledgeGraph::fields() const {
  return parts_->text.fields;
}
std::span<const Concept> KnowledgeGraph::concepts() const {
  return parts_->text.concepts;
}
std::size_t KnowledgeGraph::link_count() const {
  return parts_->links.link_count;
}
const KnowledgeGraph::BoostGraph& KnowledgeGraph::boost() const {
  return parts_->links.graph;
}

ConceptIndex KnowledgeGraph::FindHandle(std::string_view zh, std::string_view field) const {
  const std::vector<ConceptIndex> found = parts_->handles->Find(zh, field);
  return found.size() == 1 ? found[0] : ConceptIndex();
}

std::vector<ConceptIndex> KnowledgeGraph::Neighbours(ConceptIndex from, Relation relation,
                                                     LinkDirection direction) const {
  if (relation == Relation::kAlternative) direction = LinkDirection::kForward;  // as both halves are stored
  std::vector<ConceptIndex> found;
  const Graph& graph = boost();
  for (auto [edge, end] = out_edges(static_cast<std::uint32_t>(from.value), graph); edge != end; ++edge) {
    const Link& link = graph[*edge];
    if (link.relation == relation && link.direction == direction) found.push_back(ConceptIndex(target(*edge, graph)));
  }
  return found;
}

std::vector<Mention> KnowledgeGraph::Find(std::string_view text, const AnalyzedText& analyzed) const {
  return parts_->Names().Find(text, analyzed);
}

std::vector<PathStep> KnowledgeGraph::Path(ConceptIndex from, ConceptIndex to, int most_cost) const {
  const Graph& graph = boost();
  const Search search = RunDijkstra(graph, from, to, most_cost);
  std::vector<PathStep> path;
  if (search.cost[static_cast<std::size_t>(to.value)] > most_cost) return path;
  for (ConceptIndex at = to; at != from;) {
    const Edge& edge = search.last_edge[static_cast<std::size_t>(at.value)];
    const ConceptIndex before(source(edge, graph));
    path.push_back({before, at, graph[edge].relation, graph[edge].direction});
    at = before;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<Reached> KnowledgeGraph::Within(ConceptIndex from, int most_cost) const {
  const Search search = RunDijkstra(boost(), from, ConceptIndex(), most_cost);
  std::vector<Reached> reached;
  reached.reserve(search.in_order.size());
  for (std::uint32_t vertex : search.in_order) reached.push_back({ConceptIndex(vertex), search.cost[vertex]});
  std::sort(reached.begin(), reached.end(), [](const Reached& a, const Reached& b) {
    return std::tuple(a.cost, a.concept_index) < std::tuple(b.cost, b.concept_index);
  });
  return reached;
}

}  // namespace magpie
