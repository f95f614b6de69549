// The inner loop of lexical search that lanes make faster, one version for each instruction set. Whole numbers: all give the
// same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "magpie/base/instruction_set.h"

namespace magpie {

// Lists with an impact for every document, in groups within which no document's sum leaves 8 bits.
class DenseSum {
 public:
  void Clear() { lists_.clear(), ends_.clear(), most_ = 0; }
  // `most` is the largest impact of the list.
  void Add(const std::uint8_t* impacts, std::uint32_t most) {
    most_ += most;
    if (ends_.empty() || most_ > 0xFF) {
      ends_.push_back(lists_.size());
      most_ = most;
    }
    lists_.push_back(impacts);
    ends_.back() = lists_.size();
  }
  bool empty() const { return lists_.empty(); }

  std::vector<const std::uint8_t*>& lists() { return lists_; }
  const std::vector<const std::uint8_t*>& lists() const { return lists_; }
  const std::vector<std::size_t>& ends() const { return ends_; }  // of the groups, in lists()

 private:
  std::vector<const std::uint8_t*> lists_;
  std::vector<std::size_t> ends_;
  std::uint32_t most_ = 0;  // of the last group
};

struct LexicalFound {
  std::uint16_t document;
  std::uint16_t score;
};

// Writes the documents d in [begin, end) with counters[d] + lists[0][d] + lists[1][d] + ... >= least to found[], ascending,
// and says how many; those whose bit in admitted[] is clear are passed over (null = none is). begin and end are multiples of
// 64 up to 2^16, least > 0, no sum leaves 16 bits; found has room for end - begin.
using FindDocuments = std::size_t (*)(const std::uint16_t* counters, const DenseSum& dense, std::size_t begin,
                                      std::size_t end, std::uint16_t least, const std::uint64_t* admitted,
                                      LexicalFound* found);

FindDocuments FindDocumentsFor(InstructionSet set);

}  // namespace magpie
