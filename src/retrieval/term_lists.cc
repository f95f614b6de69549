#include "retrieval/term_lists.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace magpie {
namespace {

constexpr std::size_t kRound = std::size_t{1} << 22;  // occurrences held at a time, about
constexpr std::size_t kPart = std::size_t{1} << 12;   // of these, sorted at a time: 64 KiB
constexpr int kMostPartBits = 10;                     // more parts than this are written too far apart

}  // namespace

void ForEachTerm(std::span<const TermBag> documents,
                 const std::function<void(std::span<const Occurrence> occurrences)>& visit) {
  std::size_t total = 0;
  for (const TermBag& document : documents) total += document.size();
  // A round is a range of the terms, a part a range of a round's.
  const int round_bits = std::bit_width(total / kRound);
  const int part_bits = std::min(kMostPartBits, static_cast<int>(std::bit_width((total >> round_bits) / kPart)));
  const auto part_of = [&](std::uint64_t term) {
    return part_bits == 0 ? 0 : static_cast<std::size_t>(term << round_bits >> (64 - part_bits));
  };
  std::vector<std::uint32_t> at(documents.size(), 0);  // the first term of each bag that is still to come
  std::vector<Occurrence> occurrences;
  for (std::uint64_t round = 0; round < std::uint64_t{1} << round_bits; ++round) {
    const auto in_round = [&](std::uint64_t term) { return round_bits == 0 || term >> (64 - round_bits) == round; };
    std::vector<std::size_t> next((std::size_t{1} << part_bits) + 1, 0);
    for (std::size_t d = 0; d < documents.size(); ++d) {
      for (std::size_t i = at[d]; i < documents[d].size() && in_round(documents[d][i].term); ++i) {
        ++next[part_of(documents[d][i].term) + 1];
      }
    }
    for (std::size_t p = 1; p < next.size(); ++p) next[p] += next[p - 1];
    occurrences.resize(next.back());
    for (std::size_t d = 0; d < documents.size(); ++d) {
      std::uint32_t& i = at[d];
      for (; i < documents[d].size() && in_round(documents[d][i].term); ++i) {
        const TermCount& term = documents[d][i];
        occurrences[next[part_of(term.term)]++] = {term.term, static_cast<std::uint32_t>(d), term.count};
      }
    }
    std::size_t first = 0;  // next[p] is now where part p ends
    for (std::size_t p = 0; p + 1 < next.size(); ++p) {
      const std::span<Occurrence> part(occurrences.data() + first, next[p] - first);
      first = next[p];
      std::sort(part.begin(), part.end(), [](const Occurrence& a, const Occurrence& b) {
        return a.term != b.term ? a.term < b.term : a.document < b.document;
      });
      for (std::size_t i = 0, end = 0; i < part.size(); i = end) {
        for (end = i + 1; end < part.size() && part[end].term == part[i].term;) ++end;
        visit(part.subspan(i, end - i));
      }
    }
  }
}

}  // namespace magpie
