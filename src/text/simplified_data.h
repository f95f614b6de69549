// The raw tables behind the change from traditional to simplified characters.
#pragma once

#include <string_view>

namespace magpie {

extern const std::string_view kSimplifiedCharacters;
extern const std::string_view kSimplifiedWords;

}  // namespace magpie
