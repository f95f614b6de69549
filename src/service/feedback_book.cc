#include "service/feedback_book.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "magpie/base/progress.h"
#include "magpie/base/status.h"
#include "magpie/service/convert.h"
#include "service/backend.h"
#include "service/names.h"

namespace magpie {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::int64_t kParseBlock = 1024;  // rows

}  // namespace

absl::StatusOr<std::unique_ptr<FeedbackBook>> FeedbackBook::Load(const Store& store) {
  std::vector<std::string> bodies;
  MAGPIE_RETURN_IF_ERROR(store.Scan(kFeedbackTable, [&](StoredRow&& row) {
    bodies.push_back(std::move(row.body));
    return absl::OkStatus();
  }));
  // Reading JSON takes most of the time.
  std::vector<v1::Feedback> all(bodies.size());
  const auto parse = [&](std::int64_t begin, std::int64_t end) -> absl::Status {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      MAGPIE_RETURN_IF_ERROR(FromJson(bodies[i], &all[i]));
    }
    return absl::OkStatus();
  };
  MAGPIE_RETURN_IF_ERROR(ParallelFor(RunContext(), std::ssize(bodies), kParseBlock, parse));
  auto book = std::make_unique<FeedbackBook>();
  for (const v1::Feedback& feedback : all) book->Add(feedback);
  return book;
}

std::size_t FeedbackBook::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

bool FeedbackBook::Has(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return times_.contains(id);
}

std::int64_t FeedbackBook::NextTime() const {
  const std::int64_t now = NowNanoseconds();
  const std::lock_guard lock(mutex_);
  return entries_.empty() ? now : std::max(now, entries_.rbegin()->first + 1);
}

void FeedbackBook::Add(const v1::Feedback& feedback) {
  const std::int64_t time = TimeUtil::TimestampToNanoseconds(feedback.create_time());
  Entry entry;
  entry.id = IdOfName(feedback.name());
  entry.pair.need_id = IdOfName(feedback.need());
  entry.pair.offering_id = IdOfName(feedback.offering());
  // Words that a later release wrote are no judgement to this one.
  const auto verdict = WordFromProto<Verdict>(feedback.verdict(), "");
  const auto reason = WordFromProto<DeclineReason>(feedback.decline_reason(), "");
  entry.pair.verdict = verdict.ok() ? verdict->value_or(Verdict::kDeclined) : Verdict::kDeclined;
  entry.pair.reason = reason.ok() ? *reason : std::nullopt;
  const std::lock_guard lock(mutex_);
  times_[entry.id] = time;
  entries_[time] = std::move(entry);
}

void FeedbackBook::Remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = times_.find(id);
  if (found == times_.end()) return;
  entries_.erase(found->second);
  times_.erase(found);
}

std::vector<PairFeedback> FeedbackBook::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<PairFeedback> all;
  all.reserve(entries_.size());
  for (const auto& [time, entry] : entries_) all.push_back(entry.pair);
  return all;
}

FeedbackBook::Slice FeedbackBook::List(std::string_view need_id, std::string_view offering_id, std::int64_t before,
                                       int size) const {
  Slice slice;
  const std::lock_guard lock(mutex_);
  for (auto item = entries_.rbegin(); item != entries_.rend(); ++item) {
    const auto& [time, entry] = *item;
    if (!need_id.empty() && entry.pair.need_id != need_id) continue;
    if (!offering_id.empty() && entry.pair.offering_id != offering_id) continue;
    ++slice.total;
    if (time >= before) continue;
    if (std::ssize(slice.ids) == size) {
      slice.more = true;
      continue;
    }
    slice.ids.push_back(entry.id);
    slice.last_time = time;
  }
  return slice;
}

}  // namespace magpie
