// The one or two sentences that sum an explanation up for its reader.
#pragma once

#include <string>

#include "magpie/ingest/record.h"
#include "magpie/scoring/score.h"

namespace magpie {

// Words that agree are told together, then pairs of related words; doubts about fields go before words that are missing.
// The firm reads what to ask first, the official both titles, the broker the score and the most of each.
std::string Summarize(const Explanation& explanation, const ListingRecord& need, const ListingRecord& offering,
                      Audience audience, Language language);

}  // namespace magpie
