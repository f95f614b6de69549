// From what people said of pairs to the grades that a ranker learns from.
//
// Grade    signed 3; accepted or met 2; declined because it solves only a part 1, because it does not solve the problem
//          or is of another field 0. Declined for a reason that the texts do not speak of (price, time, region, maturity,
//          mode, partner, solved already, other, none given) is no judgement: fields and constraints are there for that.
// Several  of one pair: signed stands, whatever else was said; else the latest that is a judgement, whoever said it. A
//          grade that is given outranks them all, the last one given for a pair.
// Limits   keep memory and time of the fit bounded; where they cut, the newest is kept, grades that are given first.
// Cost     O(n log n) for n pieces of feedback.
// Threads  safe to call from several threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "magpie/base/vocabulary.h"
#include "magpie/catalogue/snapshot.h"
#include "magpie/scoring/evaluation.h"

namespace magpie {

// Ids are external ids or resource ids.
struct PairFeedback {
  std::string need_id, offering_id;
  Verdict verdict = Verdict::kAccepted;
  std::optional<DeclineReason> reason;  // of kDeclined
};
struct PairGrade {
  std::string need_id, offering_id;
  int grade = 0;  // 0 to 3
};

// nullopt = no judgement of the texts.
std::optional<int> GradeOf(Verdict verdict, std::optional<DeclineReason> reason);

// A pair in learning holds about 25 kB while the ranker is fitted (75 MB in all), and one fit cannot be interrupted: it takes
// some 5 s with 3,000 pairs. Fifteen numbers are learned, so that many pairs tell them well.
struct LessonLimits {
  int needs = 1'000;
  int pairs = 3'000;
  int pairs_of_need = 100;
};

struct Lessons {
  Judgements judgements;  // one entry for each need of the snapshot
  int needs = 0, pairs = 0;
  int without_judgement = 0;  // pieces of feedback
  int without_listing = 0;    // pieces of feedback and given grades whose need or offering is not in the snapshot
  int beyond_limits = 0;      // judged pairs
};

// `feedback` oldest first.
Lessons LessonsFrom(const Snapshot& snapshot, std::span<const PairFeedback> feedback, std::span<const PairGrade> given,
                    const LessonLimits& limits);

}  // namespace magpie
