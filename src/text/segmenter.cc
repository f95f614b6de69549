#include "text/segmenter.h"

#include <algorithm>

namespace magpie {
namespace {

// What a run of letters or figures costs as a word of its own: that of a word met once in 600,000. A dictionary word
// that holds one (3d打印) wins where it is cheaper than the run and the rest.
constexpr double kRunShare = 600'000;

}  // namespace

void Segmenter::Cut(std::span<const Atom> atoms, std::vector<Atom>* words) {
  const std::size_t n = atoms.size();
  const bool has_han = std::any_of(atoms.begin(), atoms.end(), [](const Atom& a) { return a.kind == TokenKind::kHan; });
  if (!has_han) {
    words->insert(words->end(), atoms.begin(), atoms.end());
    return;
  }
  const std::uint32_t run_cost = Dictionary::CostOf(1, kRunShare);
  best_.assign(n + 1, 0);
  end_of_.assign(n + 1, 0);
  for (std::size_t i = n; i-- > 0;) {
    best_[i] = best_[i + 1] + (atoms[i].kind == TokenKind::kHan ? dictionary_.unknown_cost() : run_cost);
    end_of_[i] = static_cast<std::uint32_t>(i + 1);
    std::uint32_t node = Dictionary::kRoot;
    for (std::size_t j = i; j < n; ++j) {
      for (std::size_t c = atoms[j].begin; c < atoms[j].end && node != Dictionary::kNone; ++c) {
        node = dictionary_.Child(node, text_.at(c));
      }
      if (node == Dictionary::kNone) break;
      const std::uint32_t cost = dictionary_.cost(node);
      if (cost == 0) continue;
      // Among equals the longer word wins.
      if (const std::uint64_t total = best_[j + 1] + cost; total <= best_[i]) {
        best_[i] = total;
        end_of_[i] = static_cast<std::uint32_t>(j + 1);
      }
    }
  }
  for (std::size_t i = 0; i < n; i = end_of_[i]) {
    const std::span<const Atom> parts = atoms.subspan(i, end_of_[i] - i);
    const bool han = std::all_of(parts.begin(), parts.end(), [](const Atom& a) { return a.kind == TokenKind::kHan; });
    const TokenKind kind = parts.size() == 1 ? parts[0].kind : han ? TokenKind::kHan : TokenKind::kMixed;
    words->push_back({parts.front().begin, parts.back().end, kind});
  }
}

}  // namespace magpie
