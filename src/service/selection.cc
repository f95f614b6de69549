#include "service/selection.h"

#include <algorithm>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {

absl::StatusOr<Selection> Selections::Find(const std::string& key, bool goes_on, std::int64_t size,
                                           const Wanted& wanted, const RunContext& context) {
  if (wanted.all_there && wanted.filter.everything() && wanted.order.as_it_is()) return Selection::All(size);
  if (goes_on) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(kept_, key, &Kept::key);
    if (found != kept_.end()) return Selection::Of(found->places);
  }
  std::vector<std::pair<std::int32_t, std::unique_ptr<google::protobuf::Message>>> chosen;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(size); ++i) {
    constexpr int kBetweenLooks = 256;
    if (i % kBetweenLooks == 0) MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    if (!wanted.all_there && !wanted.is_there(i)) continue;
    std::unique_ptr<google::protobuf::Message> shown;
    if (!wanted.filter.everything() || !wanted.order.as_it_is()) {
      shown = wanted.show(i);
      if (!wanted.filter.Keeps(*shown)) continue;
      if (wanted.order.as_it_is()) shown.reset();
    }
    chosen.emplace_back(i, std::move(shown));
  }
  if (!wanted.order.as_it_is()) {
    std::ranges::stable_sort(chosen,
                             [&](const auto& a, const auto& b) { return wanted.order.Before(*a.second, *b.second); });
  }
  auto places = std::make_shared<std::vector<std::int32_t>>();
  for (const auto& [place, shown] : chosen) places->push_back(place);
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& kept) { return kept.key == key; });
  kept_.push_back({key, places});
  if (kept_.size() > kKept) kept_.pop_front();
  return Selection::Of(std::move(places));
}

}  // namespace magpie
