// Units of measure as they follow numbers in technical texts.
#pragma once

#include <string_view>

namespace magpie {

bool IsLatinUnit(std::string_view word);      // mm, t, °c as it stands after folding; one unit, not a compound
bool IsHanUnit(std::string_view word);        // 小时, 公斤, 万吨
bool IsHanMultiplier(std::string_view word);  // 万, 百万: part of the number before it

}  // namespace magpie
