#include "retrieval/term_lists.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace magpie {
namespace {

constexpr std::size_t kRound = std::size_t{1} << 22;  // occurrences held at a time, about
constexpr std::size_t kPart = std::size_t{1} << 12;   // of these, sorted at a time: 64 KiB
constexpr int kMostPartBits = 10;                     // more parts than this are written too far apart
constexpr int kFineBits = 12;                         // of the terms, by which a part is spread
constexpr std::ptrdiff_t kInserted = 32;              // so many are sorted by insertion

// Puts the part sorted by term, stable, into `sorted`. Hashes need little more than the spreading by those bits that follow the first `known_bits`,
// which all of the part share; a group of more than a few is nearly always one term.
void SortPart(std::span<const Occurrence> part, int known_bits, std::vector<Occurrence>* sorted) {
  const auto less = [](const Occurrence& a, const Occurrence& b) { return a.term < b.term; };
  const auto group_of = [&](const Occurrence& o) {
    return static_cast<std::size_t>(o.term << known_bits >> (64 - kFineBits));
  };
  std::array<std::uint32_t, (1 << kFineBits) + 1> next = {};
  for (const Occurrence& o : part) ++next[group_of(o) + 1];
  for (std::size_t g = 1; g < next.size(); ++g) next[g] += next[g - 1];
  sorted->resize(part.size());
  for (const Occurrence& o : part) (*sorted)[next[group_of(o)]++] = o;
  auto begin = sorted->begin();  // next[g] is now where group g ends
  for (std::size_t g = 0; g + 1 < next.size(); ++g) {
    const auto end = sorted->begin() + next[g];
    if (!std::is_sorted(begin, end, less)) {
      if (end - begin > kInserted) {
        std::stable_sort(begin, end, less);
      } else {
        for (auto at = begin; at != end; ++at) std::rotate(std::upper_bound(begin, at, *at, less), at, at + 1);
      }
    }
    begin = end;
  }
}

}  // namespace

void ForEachTerm(TermBags documents, const std::function<void(std::span<const Occurrence> occurrences)>& visit) {
  std::size_t total = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) total += documents[d].size();
  // A round is a range of the terms, a part a range of a round's.
  const int round_bits = std::bit_width(total / kRound);
  const int part_bits = std::min(kMostPartBits, static_cast<int>(std::bit_width((total >> round_bits) / kPart)));
  const auto part_of = [&](std::uint64_t term) {
    return part_bits == 0 ? 0 : static_cast<std::size_t>(term << round_bits >> (64 - part_bits));
  };
  std::vector<std::uint32_t> at(documents.size(), 0);  // the first term of each bag that is still to come
  std::vector<Occurrence> occurrences, sorted;
  for (std::uint64_t round = 0; round < std::uint64_t{1} << round_bits; ++round) {
    const auto in_round = [&](std::uint64_t term) { return round_bits == 0 || term >> (64 - round_bits) == round; };
    std::vector<std::size_t> next((std::size_t{1} << part_bits) + 1, 0);
    for (std::size_t d = 0; d < documents.size(); ++d) {
      const TermBag& document = documents[d];
      for (std::size_t i = at[d]; i < document.size() && in_round(document[i].term); ++i) {
        ++next[part_of(document[i].term) + 1];
      }
    }
    for (std::size_t p = 1; p < next.size(); ++p) next[p] += next[p - 1];
    occurrences.resize(next.back());
    for (std::size_t d = 0; d < documents.size(); ++d) {
      const TermBag& document = documents[d];
      std::uint32_t& i = at[d];
      for (; i < document.size() && in_round(document[i].term); ++i) {
        const TermCount& term = document[i];
        occurrences[next[part_of(term.term)]++] = {term.term, static_cast<std::uint32_t>(d), term.count};
      }
    }
    std::size_t first = 0;  // next[p] is now where part p ends
    for (std::size_t p = 0; p + 1 < next.size(); ++p) {
      const std::span<const Occurrence> part(occurrences.data() + first, next[p] - first);
      first = next[p];
      SortPart(part, round_bits + part_bits, &sorted);
      for (std::size_t i = 0, end = 0; i < sorted.size(); i = end) {
        for (end = i + 1; end < sorted.size() && sorted[end].term == sorted[i].term;) ++end;
        visit(std::span(sorted).subspan(i, end - i));
      }
    }
  }
}

}  // namespace magpie
