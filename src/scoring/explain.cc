#include "scoring/pool_scorer.h"

namespace magpie {

Explanation PoolScorer::Explain(NeedIndex need, OfferingIndex offering, Audience, Language) const {
  Explanation explanation;
  explanation.pair = Score(need, offering);
  return explanation;
}

}  // namespace magpie
