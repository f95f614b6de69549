// What the calculation and the trial of promises share.
#pragma once

#include <absl/status/status.h>

#include "magpie/schedule/promise.h"

namespace magpie {

// OK, or the first field outside its range.
absl::Status CheckPromiseOffer(const PromiseOffer& offer);

}  // namespace magpie
