// The sentences of a plan, in Chinese or English. Private to engine.
#pragma once

#include <cstdint>
#include <string>

#include "magpie/engine/plan.h"

namespace magpie {

// Why a listing stayed open; `shortfall` is by how much score the near miss fell short (kPartnersTaken).
std::string OpenSentence(const PlannedOpen& open, double shortfall, const PlanOptions& options);

// Why a meeting that was asked for has no place.
std::string UnplacedSentence(const PlannedUnplaced& unplaced, Language language);

// Who got the seat of a match that could not be placed, and the score that is lost by it.
std::string SubstituteSentence(const std::string& need, const std::string& offering, double lost, Language language);

// Names of listings and pairs by their ids; nothing else has one here.
ConstraintNames ListingNames(const CandidateGraph& graph, const Snapshot& snapshot, Language language);

// "第1轮", "Round 1".
std::string RoundName(std::int32_t round, Language language);

}  // namespace magpie
