// A dictionary of words with their costs, as a trie in level order that is used straight from a mapped file.
//
// Cost     of a word = kCostUnit * ln(total / count), rounded: what the word adds to a path through the word graph.
//          The cheapest path is the likeliest one.
// Format   docs/design/text.md. Words are sequences of characters of the basic plane; others cannot be stored.
// Threads  a const Dictionary may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/text/model_file.h"

namespace magpie {

class Dictionary {
 public:
  static constexpr int kVersion = 1;
  static constexpr double kCostUnit = 256.0;
  static constexpr std::uint32_t kRoot = 0;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // Refuses bytes that are not a well-formed dictionary (kModelMismatch); `name` stands in the message.
  static absl::StatusOr<Dictionary> Open(std::string_view bytes, const std::filesystem::path& name);

  // The node below `node` along `c`, kNone where no word goes on that way.
  std::uint32_t Child(std::uint32_t node, char32_t c) const {
    if (c > 0xFFFF) return kNone;
    return node == kRoot ? first_[c] : ChildBelow(node, static_cast<char16_t>(c));
  }
  // The cost of the word that ends here, 0 where none does.
  std::uint32_t cost(std::uint32_t node) const { return cost_[node]; }

  bool Contains(std::string_view word) const;
  std::uint32_t word_count() const { return word_count_; }
  // The cost of a character that is in no word: that of a count of 1.
  std::uint32_t unknown_cost() const { return CostOf(1, total_); }

  static std::uint32_t CostOf(double count, double total);

 private:
  std::uint32_t ChildBelow(std::uint32_t node, char16_t c) const;

  const std::uint32_t* child_begin_ = nullptr;
  const char16_t* label_ = nullptr;
  const std::uint16_t* cost_ = nullptr;
  std::uint32_t word_count_ = 0;
  double total_ = 1;
  std::vector<std::uint32_t> first_;  // the root's children by character
};

// The file of a dictionary; counts are of normalised words, total is what costs are measured against.
std::string BuildDictionary(const std::map<std::u16string, double>& counts, double total);

}  // namespace magpie
