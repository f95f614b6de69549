// The version of Magpie, as CMakeLists.txt states it.
#pragma once

#include <string_view>

namespace magpie {

std::string_view Version();  // "0.1.0"

}  // namespace magpie
