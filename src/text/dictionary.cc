#include "magpie/text/dictionary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::string_view kMagic = "MAGPIEWD";

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t nodes;
  std::uint32_t words;
  std::uint32_t unused;
  double total;
};
static_assert(sizeof(Header) == 32);

template <typename T>
void AppendRaw(const std::vector<T>& values, std::string* out) {
  out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

std::uint32_t Dictionary::CostOf(double count, double total) {
  const double cost = kCostUnit * std::log(total / std::max(count, 1.0));
  return static_cast<std::uint32_t>(std::lround(std::clamp(cost, 1.0, 65535.0)));
}

absl::StatusOr<Dictionary> Dictionary::Open(std::string_view bytes, const std::filesystem::path& name) {
  Header header;
  if (bytes.size() < sizeof header) return ModelDamaged(name, "is too short for a dictionary");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.magic, 8) != kMagic) return ModelDamaged(name, "is not a Magpie dictionary");
  if (header.version != kVersion) {
    return ModelDamaged(
        name, fmt::format("is a dictionary of version {}, this program reads version {}", header.version, kVersion));
  }
  const std::uint64_t nodes = header.nodes;
  if (nodes == 0 || bytes.size() != sizeof header + 4 * (nodes + 1) + 4 * nodes || !(header.total >= 1)) {
    return ModelDamaged(name, fmt::format("does not have the size of {} nodes", nodes));
  }
  Dictionary dictionary;
  const char* at = bytes.data() + sizeof header;
  dictionary.child_begin_ = reinterpret_cast<const std::uint32_t*>(at);
  dictionary.label_ = reinterpret_cast<const char16_t*>(at + 4 * (nodes + 1));
  dictionary.cost_ = reinterpret_cast<const std::uint16_t*>(at + 4 * (nodes + 1) + 2 * nodes);
  dictionary.word_count_ = header.words;
  dictionary.total_ = header.total;
  std::uint64_t before = 1;
  for (std::uint64_t node = 0; node <= nodes; ++node) {
    const std::uint64_t begin = dictionary.child_begin_[node];
    if (begin < before || begin > nodes || (node < nodes && begin <= node)) {
      return ModelDamaged(name, fmt::format("node {} has its children in a wrong place", node));
    }
    before = begin;
  }
  dictionary.first_.assign(0x10000, kNone);
  for (std::uint32_t child = dictionary.child_begin_[0]; child < dictionary.child_begin_[1]; ++child) {
    dictionary.first_[dictionary.label_[child]] = child;
  }
  return dictionary;
}

std::uint32_t Dictionary::ChildBelow(std::uint32_t node, char16_t c) const {
  const char16_t* const begin = label_ + child_begin_[node];
  const char16_t* const end = label_ + child_begin_[node + 1];
  const char16_t* const found = std::lower_bound(begin, end, c);
  return found != end && *found == c ? static_cast<std::uint32_t>(found - label_) : kNone;
}

bool Dictionary::Contains(std::string_view word) const {
  std::uint32_t node = kRoot;
  for (std::size_t i = 0; i < word.size() && node != kNone;) node = Child(node, NextCodePoint(word, &i));
  return node != kNone && node != kRoot && cost(node) != 0;
}

std::string BuildDictionary(const std::map<std::u16string, double>& counts, double total) {
  struct Range {  // the words that share a prefix of `depth` characters
    std::map<std::u16string, double>::const_iterator begin, end;
    std::size_t depth;
  };
  std::vector<std::uint32_t> child_begin;
  std::vector<char16_t> label = {0};
  std::vector<std::uint16_t> cost = {0};
  std::deque<Range> level = {{counts.begin(), counts.end(), 0}};
  // The queue holds the nodes in level order, so the children of each node get numbers that follow one another.
  while (!level.empty()) {
    Range range = level.front();
    level.pop_front();
    child_begin.push_back(static_cast<std::uint32_t>(label.size()));
    if (range.begin != range.end && range.begin->first.size() == range.depth) ++range.begin;
    while (range.begin != range.end) {
      const char16_t c = range.begin->first[range.depth];
      const auto first = range.begin;
      while (range.begin != range.end && range.begin->first[range.depth] == c) ++range.begin;
      label.push_back(c);
      const bool word = first->first.size() == range.depth + 1;
      cost.push_back(word ? static_cast<std::uint16_t>(Dictionary::CostOf(first->second, total)) : 0);
      level.push_back({first, range.begin, range.depth + 1});
    }
  }
  child_begin.push_back(static_cast<std::uint32_t>(label.size()));
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = Dictionary::kVersion;
  header.nodes = static_cast<std::uint32_t>(label.size());
  header.words = static_cast<std::uint32_t>(counts.size() - counts.count(u""));
  header.total = total;
  std::string out(reinterpret_cast<const char*>(&header), sizeof header);
  AppendRaw(child_begin, &out);
  AppendRaw(label, &out);
  AppendRaw(cost, &out);
  return out;
}

}  // namespace magpie
