#include "knowledge/linker.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <compare>
#include <optional>
#include <string>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

using Graph = KnowledgeGraph::BoostGraph;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

struct HalfLink {
  std::uint32_t from = 0, to = 0;
  Relation relation = Relation::kBroader;
  LinkDirection direction = LinkDirection::kForward;
  friend auto operator<=>(const HalfLink&, const HalfLink&) = default;
};

std::optional<std::string> Misfit(const Concept& from, const Concept& to, const WrittenLink& link) {
  const auto no_trouble = [](const Concept& end) { return end.kind != ConceptKind::kTrouble; };
  if (link.relation == Relation::kCures) {
    const bool forward = link.direction == LinkDirection::kForward;
    const Concept& cured = forward ? to : from;
    if (no_trouble(cured)) return fmt::format("{} is cured and is no trouble", cured.zh);
    if (!forward && !no_trouble(to)) return fmt::format("{} is cured by a trouble, {}", from.zh, to.zh);
  }
  if (link.relation == Relation::kCausedBy && no_trouble(from)) {
    return fmt::format("{} has a cause and is no trouble", from.zh);
  }
  if (link.relation == Relation::kUsedIn && !no_trouble(to)) return fmt::format("{} is used in a trouble", from.zh);
  return std::nullopt;
}

struct OnlyBroader {
  const Graph* graph = nullptr;
  bool operator()(const Edge& edge) const {
    const KnowledgeGraph::Link& link = (*graph)[edge];
    return link.relation == Relation::kBroader && link.direction == LinkDirection::kForward;
  }
};

struct Cycle {
  std::uint32_t from = 0, to = 0;
};

struct CycleFinder : boost::dfs_visitor<> {
  template <typename AnyGraph>
  void back_edge(const Edge& edge, const AnyGraph& graph) const {
    throw Cycle{static_cast<std::uint32_t>(source(edge, graph)), static_cast<std::uint32_t>(target(edge, graph))};
  }
};

std::optional<Cycle> FindBroaderCycle(const Graph& graph) {
  try {
    const boost::filtered_graph<Graph, OnlyBroader> broader(graph, OnlyBroader{&graph});
    boost::depth_first_search(broader, boost::visitor(CycleFinder()));
  } catch (const Cycle& cycle) {
    return cycle;
  }
  return std::nullopt;
}

}  // namespace

Handles::Handles(std::span<const Concept> concepts) : concepts_(concepts), next_(concepts.size(), kNone) {
  first_.reserve(concepts.size());
  for (std::size_t i = concepts.size(); i-- > 0;) {
    const auto [place, added] = first_.try_emplace(concepts[i].zh, static_cast<std::uint32_t>(i));
    if (!added) next_[i] = std::exchange(place->second, static_cast<std::uint32_t>(i));
  }
}

std::vector<ConceptIndex> Handles::Find(std::string_view zh, std::string_view field) const {
  std::vector<ConceptIndex> all, inside;
  const auto found = first_.find(zh);
  for (std::uint32_t i = found == first_.end() ? kNone : found->second; i != kNone; i = next_[i]) {
    all.push_back(ConceptIndex(i));
    if (concepts_[i].field == field) inside.push_back(ConceptIndex(i));
  }
  return inside.empty() ? all : inside;
}

absl::StatusOr<LinkedGraph> LinkConcepts(const std::filesystem::path& folder, const KnowledgeText& text,
                                         const Handles& handles) {
  std::vector<HalfLink> halves;
  halves.reserve(2 * text.links.size());
  for (const WrittenLink& link : text.links) {
    const Concept& from = text.concepts[static_cast<std::size_t>(link.from.value)];
    const auto error = [&](std::string_view what) { return KnowledgeError(folder / from.file, link.line, what); };
    const std::string_view key = link.direction == LinkDirection::kForward ? RelationName(link.relation) : "cured-by";
    const std::vector<ConceptIndex> found = handles.Find(link.to, from.field);
    if (found.empty()) return error(fmt::format("{}: {} names nothing known: {}", from.zh, key, link.to));
    if (found.size() > 1) {
      return error(fmt::format("{}: {} {} is ambiguous, it stands in {} places", from.zh, key, link.to, found.size()));
    }
    if (found[0] == link.from) return error(fmt::format("{}: {} names itself", from.zh, key));
    const Concept& to = text.concepts[static_cast<std::size_t>(found[0].value)];
    if (const std::optional<std::string> what = Misfit(from, to, link)) return error(*what);

    auto a = static_cast<std::uint32_t>(link.from.value), b = static_cast<std::uint32_t>(found[0].value);
    if (link.direction == LinkDirection::kReverse) std::swap(a, b);
    const bool both = link.relation == Relation::kAlternative;
    halves.push_back({a, b, link.relation, LinkDirection::kForward});
    halves.push_back({b, a, link.relation, both ? LinkDirection::kForward : LinkDirection::kReverse});
  }
  std::sort(halves.begin(), halves.end());
  halves.erase(std::unique(halves.begin(), halves.end()), halves.end());  // written on both sides

  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;
  std::vector<KnowledgeGraph::Link> links;
  ends.reserve(halves.size());
  links.reserve(halves.size());
  for (const HalfLink& half : halves) {
    ends.emplace_back(half.from, half.to);
    links.push_back({half.relation, half.direction});
  }
  LinkedGraph result;
  result.link_count = halves.size() / 2;
  result.graph = Graph(boost::edges_are_sorted, ends.begin(), ends.end(), links.begin(),
                       static_cast<std::uint32_t>(text.concepts.size()));
  if (const std::optional<Cycle> cycle = FindBroaderCycle(result.graph)) {
    const Concept& from = text.concepts[cycle->from];
    return KnowledgeError(folder / from.file, from.line,
                          fmt::format("cycle in broader: {} -> {}", from.zh, text.concepts[cycle->to].zh));
  }
  return result;
}

}  // namespace magpie
