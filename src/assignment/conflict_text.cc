#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "magpie/assignment/conflict.h"
#include "magpie/base/status.h"

namespace magpie {

std::string ConflictText(const CandidateGraph& graph, const Conflict& conflict, Language language,
                         const ConstraintNames& names) {
  if (conflict.constraints.empty()) return "";
  const bool zh = language == Language::kZh;
  constexpr std::size_t kMostNamed = 12;  // a set of hundreds is told by its first ones and its numbers
  const std::size_t count = conflict.constraints.size();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(count, kMostNamed); ++i) {
    parts.push_back(ConstraintText(graph, conflict.constraints[i], language, names));
  }
  if (count > kMostNamed) {
    parts.push_back(zh ? fmt::format("以及另外 {} 条", count - kMostNamed)
                       : fmt::format("and {} more", count - kMostNamed));
  }
  std::string text;
  if (count == 1) {
    text = zh ? fmt::format("这一条无法做到：{}。", parts[0]) : fmt::format("This cannot be kept: {}.", parts[0]);
  } else {
    text = zh ? fmt::format("这 {} 条不能同时满足：{}。", count, fmt::join(parts, "；"))
              : fmt::format("These {} cannot be kept together: {}.", count, fmt::join(parts, "; "));
  }
  if (conflict.asked > 0) {
    text +=
        zh ? fmt::format("这里至少要 {} 个匹配，而现有候选最多只能给 {} 个。", conflict.asked, conflict.allowed)
           : fmt::format(" {} matches are asked for where the candidates allow {}.", conflict.asked, conflict.allowed);
  }
  if (count > 1) {
    text += zh ? (conflict.irreducible ? "放宽其中任何一条即可。" : "请放宽其中几条。")
               : (conflict.irreducible ? " Give way in any one of them." : " Give way in some of them.");
  } else {
    text += zh ? "请放宽它，或增加候选。" : " Give way in it, or add candidates.";
  }
  return text;
}

}  // namespace magpie
