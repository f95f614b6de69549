#include "report/graph_layout.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace magpie::report {
namespace {

constexpr int kSweeps = 12;  // the crossings of sparse pictures settle after five to eight

using Places = std::map<std::int32_t, double>;

Places PlacesOf(const std::vector<std::int32_t>& order) {
  Places places;
  // Both sides span the same height, whatever their sizes.
  const double step = order.size() > 1 ? 1.0 / static_cast<double>(order.size() - 1) : 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<double>(i) * step;
  return places;
}

// Sorts one side by the weighted mean place of its neighbours on the other.
void Sweep(const std::vector<Curve>& curves, bool sort_left, Block* block) {
  const Places other = PlacesOf(sort_left ? block->right : block->left);
  std::map<std::int32_t, std::pair<double, double>> sums;  // node -> sum of weight x place, sum of weight
  for (const Curve& curve : curves) {
    auto& [sum, weight] = sums[sort_left ? curve.left : curve.right];
    const double w = 0.05 + curve.weight;
    sum += w * other.at(sort_left ? curve.right : curve.left);
    weight += w;
  }
  std::vector<std::int32_t>& side = sort_left ? block->left : block->right;
  std::sort(side.begin(), side.end(), [&](std::int32_t a, std::int32_t b) {
    const double mean_a = sums.at(a).first / sums.at(a).second, mean_b = sums.at(b).first / sums.at(b).second;
    return mean_a != mean_b ? mean_a < mean_b : a < b;
  });
}

std::vector<std::vector<Curve>> Components(const std::vector<Curve>& curves) {
  std::map<std::int32_t, std::size_t> left_number, right_number;
  for (const Curve& curve : curves) left_number.emplace(curve.left, left_number.size());
  for (const Curve& curve : curves) right_number.emplace(curve.right, left_number.size() + right_number.size());
  std::vector<std::size_t> root(left_number.size() + right_number.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  const auto find = [&](std::size_t node) {
    while (root[node] != node) node = root[node] = root[root[node]];
    return node;
  };
  for (const Curve& curve : curves) root[find(right_number.at(curve.right))] = find(left_number.at(curve.left));
  std::map<std::size_t, std::vector<Curve>> groups;
  std::map<std::size_t, std::int32_t> first_left;
  for (const Curve& curve : curves) {
    const std::size_t group = find(left_number.at(curve.left));
    groups[group].push_back(curve);
    const auto [least, is_new] = first_left.emplace(group, curve.left);
    if (!is_new) least->second = std::min(least->second, curve.left);
  }
  std::vector<std::pair<std::int32_t, std::size_t>> order;
  for (const auto& [group, least] : first_left) order.emplace_back(least, group);
  std::sort(order.begin(), order.end());
  std::vector<std::vector<Curve>> components;
  for (const auto& [least, group] : order) components.push_back(std::move(groups.at(group)));
  return components;
}

// A component that is too tall, cut along its left order into blocks of at most `rows` rows.
void CutBlock(const Block& whole, std::size_t rows, std::vector<Block>* out) {
  std::map<std::int32_t, std::vector<Curve>> by_left;
  for (const Curve& curve : whole.curves) by_left[curve.left].push_back(curve);
  std::vector<Curve> piece;
  std::set<std::int32_t> left, right;
  for (std::int32_t node : whole.left) {
    const std::vector<Curve>& own = by_left.at(node);
    std::set<std::int32_t> joined = right;
    for (const Curve& curve : own) joined.insert(curve.right);
    if (!piece.empty() && std::max(left.size() + 1, joined.size()) > rows) {
      out->push_back(OrderBlock(std::move(piece)));
      piece.clear();
      left.clear();
      joined.clear();
      for (const Curve& curve : own) joined.insert(curve.right);
    }
    left.insert(node);
    right = std::move(joined);
    piece.insert(piece.end(), own.begin(), own.end());
  }
  if (!piece.empty()) out->push_back(OrderBlock(std::move(piece)));
}

}  // namespace

std::int64_t CountCrossings(const Block& block) {
  const Places left = PlacesOf(block.left), right = PlacesOf(block.right);
  std::int64_t crossings = 0;
  for (std::size_t i = 0; i < block.curves.size(); ++i) {
    const double left_i = left.at(block.curves[i].left), right_i = right.at(block.curves[i].right);
    for (std::size_t j = i + 1; j < block.curves.size(); ++j) {
      const double a = left.at(block.curves[j].left) - left_i, b = right.at(block.curves[j].right) - right_i;
      crossings += a * b < 0;
    }
  }
  return crossings;
}

Block OrderBlock(std::vector<Curve> curves) {
  Block block;
  block.curves = std::move(curves);
  for (const Curve& curve : block.curves) {
    block.left.push_back(curve.left);
    block.right.push_back(curve.right);
  }
  for (std::vector<std::int32_t>* side : {&block.left, &block.right}) {
    std::sort(side->begin(), side->end());
    side->erase(std::unique(side->begin(), side->end()), side->end());
  }
  Block best = block;
  std::int64_t fewest = CountCrossings(block);
  for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
    Sweep(block.curves, sweep % 2 == 1, &block);
    const std::int64_t crossings = CountCrossings(block);
    if (crossings < fewest) {
      fewest = crossings;
      best = block;
    }
  }
  return best;
}

std::vector<std::vector<Block>> LayPanels(const std::vector<Curve>& curves, std::size_t rows) {
  std::vector<Block> blocks;
  for (std::vector<Curve>& component : Components(curves)) {
    Block block = OrderBlock(std::move(component));
    if (block.rows() <= rows) {
      blocks.push_back(std::move(block));
    } else {
      CutBlock(block, rows, &blocks);
    }
  }
  std::vector<std::vector<Block>> panels;
  std::size_t used = 0;
  for (Block& block : blocks) {
    if (panels.empty() || used + block.rows() > rows) {
      panels.emplace_back();
      used = 0;
    }
    used += block.rows();
    panels.back().push_back(std::move(block));
  }
  return panels;
}

}  // namespace magpie::report
