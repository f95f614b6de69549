// The list of words without meaning of their own.
#pragma once

#include <string_view>

namespace magpie {

bool IsStopWord(std::string_view word);

}  // namespace magpie
