// The fit of a ranker to needs whose pairs carry grades.
//
// Weights  least of  mean over needs of sum over two pairs of different grade of (what exchanging them costs in nDCG) *
//          ln(1 + exp(points of the worse - points of the better))  +  shrinkage / needs * sum over features of
//          ((w - prior) / scale)^2 / 2,  w >= 0. The costs are taken from the ranking so far, four times anew
//          (LambdaRank, Burges 2010); in between the problem is convex and solved by projected gradient.
// Cuts     ordinal logistic regression of the grades on the points, each need counting the same, drawn towards the
//          prior in the same way.
#pragma once

#include <span>
#include <vector>

#include "magpie/scoring/ranker.h"

namespace magpie {

struct PairLesson {
  PairFeatures features{};
  int grade = 0;  // 0 as well where nobody said anything
};
struct NeedLesson {
  std::vector<PairLesson> pairs;
};

Ranker Fit(std::span<const NeedLesson* const> needs, const Ranker& prior, double shrinkage);

}  // namespace magpie
