#include "magpie/learn/feedback.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace magpie {
namespace {

constexpr int kSignedGrade = 3;

struct Judged {
  int grade = 0;
  std::int64_t time = 0;  // of the piece that it rests on; later ones are newer
};

}  // namespace

std::optional<int> GradeOf(Verdict verdict, std::optional<DeclineReason> reason) {
  switch (verdict) {
    case Verdict::kSigned:
      return kSignedGrade;
    case Verdict::kAccepted:
    case Verdict::kMet:
      return 2;
    case Verdict::kDeclined:
      break;
  }
  if (reason == DeclineReason::kPartly) return 1;
  if (reason == DeclineReason::kNotFitting || reason == DeclineReason::kOtherField) return 0;
  return std::nullopt;
}

Lessons LessonsFrom(const Snapshot& snapshot, std::span<const PairFeedback> feedback, std::span<const PairGrade> given,
                    const LessonLimits& limits) {
  using Pair = std::pair<NeedIndex, OfferingIndex>;
  Lessons lessons;
  std::map<Pair, Judged> judged;
  std::int64_t time = 0;
  // Where the judgement of a pair stands; null where a listing is not there.
  const auto find = [&](const std::string& need_id, const std::string& offering_id, bool* fresh) -> Judged* {
    const Pair pair(snapshot.FindNeed(need_id), snapshot.FindOffering(offering_id));
    if (!pair.first.valid() || !pair.second.valid()) return nullptr;
    const auto [at, inserted] = judged.try_emplace(pair);
    *fresh = inserted;
    return &at->second;
  };
  bool fresh = false;
  for (const PairFeedback& piece : feedback) {
    ++time;
    const std::optional<int> grade = GradeOf(piece.verdict, piece.reason);
    if (!grade) {
      ++lessons.without_judgement;
    } else if (Judged* const pair = find(piece.need_id, piece.offering_id, &fresh); pair == nullptr) {
      ++lessons.without_listing;
    } else if (fresh || pair->grade != kSignedGrade) {
      *pair = {*grade, time};
    }
  }
  for (const PairGrade& piece : given) {
    ++time;
    Judged* const pair = find(piece.need_id, piece.offering_id, &fresh);
    if (pair == nullptr) {
      ++lessons.without_listing;
    } else {
      *pair = {piece.grade, time};
    }
  }

  std::vector<std::pair<Pair, Judged>> newest(judged.begin(), judged.end());
  std::sort(newest.begin(), newest.end(), [](const auto& a, const auto& b) { return a.second.time > b.second.time; });
  lessons.judgements.resize(static_cast<std::size_t>(snapshot.need_count()));
  for (const auto& [pair, what] : newest) {
    std::vector<Judgement>& of_need = lessons.judgements[static_cast<std::size_t>(pair.first.value)];
    const bool room = lessons.pairs < limits.pairs && std::ssize(of_need) < limits.pairs_of_need &&
                      (!of_need.empty() || lessons.needs < limits.needs);
    if (!room) {
      ++lessons.beyond_limits;
      continue;
    }
    lessons.needs += of_need.empty();
    ++lessons.pairs;
    of_need.push_back({pair.second, what.grade});
  }
  for (std::vector<Judgement>& of_need : lessons.judgements) {
    std::sort(of_need.begin(), of_need.end(),
              [](const Judgement& a, const Judgement& b) { return a.offering < b.offering; });
  }
  return lessons;
}

}  // namespace magpie
