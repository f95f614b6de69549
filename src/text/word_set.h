// Short lists of words written in one string.
#pragma once

#include <string_view>
#include <unordered_set>

namespace magpie {

using WordSet = std::unordered_set<std::string_view>;

// The words of a list separated by single spaces; views into the list, which must outlive the set.
WordSet MakeWordSet(std::string_view list);

}  // namespace magpie
