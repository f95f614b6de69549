// Why a pair was left out, for callers that ask about many pairs of the same answer.
#pragma once

#include <cstdint>
#include <span>

#include "answer_view.h"
#include "magpie/assignment/open.h"

namespace magpie {

// `arc` is a number of the view's graph.
LeftOut ExplainLeftOut(const AnswerView& view, std::int32_t arc, std::span<const std::int64_t> full_gain = {});

}  // namespace magpie
