// Reading memory as fast as the machine at hand can (-march=native): what a scan is measured against.
#pragma once

#include <cstdint>

namespace magpie::bench {

// The sum of the buffer's words, whole 512 bytes of it; `at` is aligned to 64.
std::int64_t ReadAll(const std::uint8_t* at, std::int64_t bytes);

}  // namespace magpie::bench
