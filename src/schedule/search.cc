#include "search.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr int kPushDepth = 3;
constexpr std::int64_t kPushSteps = 2'000;       // of one request; about 2 ms
constexpr std::int64_t kEffort = 5'000'000;      // steps of pushes and chains of all requests; some seconds
constexpr int kLongestChain = 10'000;            // meetings on one chain of two slots
constexpr int kChainTries = 200;                 // pairs of slots for one request
constexpr int kMostCandidates = 12;              // meetings tried for removal where any of many would do
constexpr int kRebuildRounds = 1'500;            // at most; stops at the bound
constexpr std::int64_t kRebuildSteps = 150'000;  // placements tried in all rounds together
constexpr std::size_t kSmallEvent = 40;          // requests up to which everything is tried
constexpr std::int64_t kNodes = 300'000;         // of that; below half a second
constexpr std::size_t kRebuilt = 40;             // meetings taken out in one round
constexpr std::int64_t kRebuildPush = 50;        // steps of a push in it
constexpr int kNoDrop = 99;

}  // namespace

ScheduleSearch::ScheduleSearch(Board* board, std::uint64_t seed, const RunContext& context)
    : board_(board),
      context_(context),
      random_(seed),
      locked_(board->model().requests.size(), false),
      effort_(kEffort) {}

absl::Status ScheduleSearch::Run(const std::vector<int>& order, const std::vector<int>& bound) {
  order_ = order;
  std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) { return Of(a).rank < Of(b).rank; });
  bound_ = bound;
  const auto total = static_cast<std::int64_t>(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i % 64 == 0) {
      MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
      context_.Report("schedule", static_cast<std::int64_t>(i), total);
    }
    Insert(order[i]);
    board_->ForgetLog();
  }
  FillUp();
  MAGPIE_RETURN_IF_ERROR(Rebuild());
  TryEverything();
  FillUp();
  context_.Report("schedule", total, total);
  return context_.CheckCancelled();
}

void ScheduleSearch::PlaceSubstitutes() {
  bound_.clear();  // it speaks of the others
  for (int request = 0; request < std::ssize(board_->model().requests); ++request) {
    if (board_->placed(request)) continue;
    std::vector<int> substitutes = board_->model().substitutes[static_cast<std::size_t>(request)];
    std::ranges::stable_sort(substitutes, {}, [&](int s) { return std::pair(Of(s).rank, -Of(s).gain); });
    for (int substitute : substitutes) {
      if (Insert(substitute)) break;
    }
    board_->ForgetLog();
  }
}

bool ScheduleSearch::Insert(int request) {
  if (board_->TryPlaceAnywhere(request)) return true;
  if (Hopeless(request)) return false;
  if (Chain(request)) return true;
  return WithBudget([&] {
    bool placed = false;
    for (int depth = 1; depth <= kPushDepth && !placed; ++depth) placed = PushAside(request, depth);
    return placed;
  });
}

template <typename Push>
bool ScheduleSearch::WithBudget(Push push) {
  budget_ = std::min(kPushSteps, effort_);
  effort_ -= budget_;
  const bool placed = push();
  effort_ += std::max<std::int64_t>(0, budget_);
  return placed;
}

bool ScheduleSearch::Squeeze(int request, int depth) {
  return WithBudget([&] { return PushAside(request, depth); });
}

bool ScheduleSearch::SqueezeAt(int request, int slot, int host, int depth) {
  return WithBudget([&] { return PushAsideAt(request, slot, host, depth); });
}

// No move of other meetings can make room: what counts meetings wherever they are is used up, or the proven bound of
// its class and all before is reached.
bool ScheduleSearch::Hopeless(int request) const {
  const FairModel& model = board_->model();
  const auto& r = Of(request);
  return r.excluded || effort_ <= 0 ||
         board_->TeamCount(r.team) >= model.teams[static_cast<std::size_t>(r.team)].max_meetings ||
         board_->GuestCount(r.guest) >= model.guest_limit[static_cast<std::size_t>(r.guest)] || AtBound(r.rank);
}

bool ScheduleSearch::AtBound(int rank) const {
  const Counts& counts = board_->counts();
  return !bound_.empty() && std::equal(bound_.begin(), bound_.begin() + rank + 1, counts.begin());
}

// Guest free in one slot, host free in another: swapping the two slots along the chain of meetings that starts at the
// host frees him in the first (Koenig's argument; the guest is never on the chain when nobody is host and guest).
bool ScheduleSearch::Chain(int request) {
  const FairModel& model = board_->model();
  int tries = kChainTries;
  for (int a = 0; a < model.slot_count; ++a) {
    if (!board_->GuestCan(request, a) || !model.SlotHasTableFor(Of(request), a)) continue;
    for (int host : model.teams[static_cast<std::size_t>(Of(request).team)].hosts) {
      if (host == Of(request).guest || !model.Present(host, a) || board_->MeetingOf(host, a) < 0) continue;
      for (int b = 0; b < model.slot_count; ++b) {
        if (b == a || !model.Present(host, b) || board_->Busy(host, b)) continue;
        if (tries-- == 0) return false;
        if (SwapAlong(request, host, a, b)) return true;
      }
    }
  }
  return false;
}

bool ScheduleSearch::SwapAlong(int request, int host, int free_slot, int host_slot) {
  const FairModel& model = board_->model();
  if (model.clashes[static_cast<std::size_t>(free_slot)].size() > 1 ||
      model.clashes[static_cast<std::size_t>(host_slot)].size() > 1) {
    return false;
  }
  std::vector<int> chain;
  int person = host, slot = free_slot;
  for (int m = board_->MeetingOf(person, slot); m >= 0; m = board_->MeetingOf(person, slot)) {
    --effort_;
    if (static_cast<int>(chain.size()) == kLongestChain || Of(m).fixed_slot >= 0 || !Movable(m)) return false;
    chain.push_back(m);
    person = board_->at(m).host == person ? board_->at(m).guest : board_->at(m).host;
    if (person == Of(request).guest || person == host) return false;
    slot = slot == free_slot ? host_slot : free_slot;
  }
  // Refused early where somebody on the chain is absent: most chains that fail do so here.
  for (int m : chain) {
    const int to = board_->at(m).slot == free_slot ? host_slot : free_slot;
    if (!model.Present(board_->at(m).guest, to) || !model.Present(board_->at(m).host, to)) return false;
  }
  const std::size_t mark = board_->Mark();
  std::vector<Placement> before;
  for (int m : chain) {
    before.push_back(board_->at(m));
    board_->Remove(m);
  }
  bool fits = board_->TryPlace(request, free_slot, host);
  for (std::size_t i = 0; fits && i < chain.size(); ++i) {
    fits = board_->TryPlace(chain[i], before[i].slot == free_slot ? host_slot : free_slot, before[i].host);
  }
  if (!fits) board_->Rollback(mark);
  return fits;
}

// Places the request by moving others elsewhere, they in turn at most `depth` - 1 deep. All or nothing.
bool ScheduleSearch::PushAside(int request, int depth) {
  if (--budget_ < 0) return false;
  if (board_->TryPlaceAnywhere(request)) return true;
  if (depth == 0) return false;
  const FairModel& model = board_->model();
  const auto& r = Of(request);
  const auto& team = model.teams[static_cast<std::size_t>(r.team)];
  if (Hopeless(request)) return false;
  locked_[static_cast<std::size_t>(request)] = true;
  bool placed = false;
  for (int s = 0; s < model.slot_count && !placed && budget_ >= 0; ++s) {
    if ((r.fixed_slot >= 0 && r.fixed_slot != s) || !model.Present(r.guest, s) || !model.SlotHasTableFor(r, s))
      continue;
    for (int host : team.hosts) {
      if (host == r.guest || !model.Present(host, s)) continue;
      placed = PushAsideAt(request, s, host, depth);
      if (placed || budget_ < 0) break;
    }
  }
  locked_[static_cast<std::size_t>(request)] = false;
  return placed;
}

bool ScheduleSearch::PushAsideAt(int request, int slot, int host, int depth) {
  const std::size_t mark = board_->Mark();
  std::vector<int> removed;
  const auto take_out = [&](int meeting) {
    if (std::find(removed.begin(), removed.end(), meeting) != removed.end()) return true;
    if (!Movable(meeting)) return false;
    removed.push_back(meeting);
    return true;
  };
  for (int s : board_->model().clashes[static_cast<std::size_t>(slot)]) {
    for (int person : {Of(request).guest, host}) {
      const int meeting = board_->MeetingOf(person, s);
      if (meeting >= 0 && !take_out(meeting)) return false;
    }
  }
  for (int m : removed) board_->Remove(m);
  if (board_->TryPlace(request, slot, host)) {
    if (Reinsert(removed, depth)) return true;
  } else {
    for (int candidate : InTheWay(request, slot, host)) {
      const std::size_t inner = board_->Mark();
      board_->Remove(candidate);
      if (board_->TryPlace(request, slot, host)) {
        std::vector<int> all = removed;
        all.push_back(candidate);
        if (Reinsert(all, depth)) return true;
      }
      board_->Rollback(inner);
      if (budget_ < 0) break;
    }
  }
  board_->Rollback(mark);
  return false;
}

// Meetings of which any one, moved, would make room for the request where guest and host are free.
std::vector<int> ScheduleSearch::InTheWay(int request, int slot, int host) const {
  const FairModel& model = board_->model();
  const auto& r = Of(request);
  std::vector<int> found;
  const auto add = [&](int meeting) {
    if (meeting >= 0 && Movable(meeting) && static_cast<int>(found.size()) < kMostCandidates &&
        std::find(found.begin(), found.end(), meeting) == found.end()) {
      found.push_back(meeting);
    }
  };
  const int session = model.session[static_cast<std::size_t>(slot)];
  if (!board_->TeamHasRoom(request, slot)) {
    for (const auto& place : model.by_place[static_cast<std::size_t>(session)]) {
      for (int s : place) {
        for (int h : model.teams[static_cast<std::size_t>(r.team)].hosts) {
          const int meeting = board_->MeetingOf(h, s);
          if (meeting >= 0 && Of(meeting).team == r.team) add(meeting);
        }
      }
    }
  } else if (!board_->HostRested(host, slot)) {
    const auto& places = model.by_place[static_cast<std::size_t>(session)];
    const int at = model.place[static_cast<std::size_t>(slot)];
    for (int p = at - model.max_consecutive; p <= at + model.max_consecutive; ++p) {
      if (p < 0 || p >= static_cast<int>(places.size())) continue;
      for (int s : places[static_cast<std::size_t>(p)]) add(board_->MeetingOf(host, s));
    }
  } else {
    if (model.NeedInterpreter(r.guest, host)) {
      for (int person : model.interpreters) {
        if (model.Interprets(person, r.guest, host)) add(board_->MeetingOf(person, slot));
      }
    }
    for (int table : model.tables[static_cast<std::size_t>(slot)]) {
      if (model.TableSuits(r, table)) add(board_->MeetingAt(table, slot));
    }
    for (int table : model.tables[static_cast<std::size_t>(slot)]) add(board_->MeetingAt(table, slot));
  }
  return found;
}

bool ScheduleSearch::Reinsert(const std::vector<int>& removed, int depth) {
  return std::all_of(removed.begin(), removed.end(),
                     [&](int m) { return PushAside(m, depth - 1) || Of(m).rank > droppable_above_; });
}

bool ScheduleSearch::DropFor(int request) {
  const auto& r = Of(request);
  const FairModel& model = board_->model();
  const Counts& counts = board_->counts();
  const int lower = std::accumulate(counts.begin() + r.rank + 1, counts.end(), 0);
  if (lower == 0 || r.excluded || effort_ <= 0 || AtBound(r.rank)) return false;
  droppable_above_ = r.rank;
  budget_ = std::min(kPushSteps, effort_);
  effort_ -= budget_;
  bool placed = PushAside(request, 2);
  const bool team_full = board_->TeamCount(r.team) >= model.teams[static_cast<std::size_t>(r.team)].max_meetings;
  const bool guest_full = board_->GuestCount(r.guest) >= model.guest_limit[static_cast<std::size_t>(r.guest)];
  if (!placed && (team_full || guest_full)) {
    // The least important first.
    for (auto other = order_.rbegin(); other != order_.rend() && !placed && budget_ >= 0; ++other) {
      if (!board_->placed(*other) || !Movable(*other) || Of(*other).rank <= r.rank) continue;
      if (!(team_full && Of(*other).team == r.team) && !(guest_full && Of(*other).guest == r.guest)) continue;
      const std::size_t mark = board_->Mark();
      board_->Remove(*other);
      placed = PushAside(request, 2);
      if (!placed) board_->Rollback(mark);
    }
  }
  droppable_above_ = kNoDrop;
  effort_ += std::max<std::int64_t>(0, budget_);
  return placed;
}

// Tries every open request once more, the important ones also at the price of less important ones, until nothing moves.
void ScheduleSearch::FillUp() {
  for (bool moved = true; moved && !context_.cancelled();) {
    moved = false;
    for (int request : order_) {
      if (board_->placed(request) || context_.cancelled()) continue;
      const Counts before = board_->counts();
      if (Insert(request) || DropFor(request)) moved = moved || board_->counts() > before;
      board_->ForgetLog();
    }
  }
}

// Large neighbourhood search: takes out the meetings round an open request and puts them back in another order; kept
// unless it is worse.
absl::Status ScheduleSearch::Rebuild() {
  std::int64_t steps = kRebuildSteps;
  for (int round = 0; round < kRebuildRounds && steps > 0 && board_->counts() != bound_; ++round) {
    MAGPIE_RETURN_IF_ERROR(context_.CheckCancelled());
    std::vector<int> open;
    for (int request : order_) {
      if (!board_->placed(request)) open.push_back(request);
    }
    if (open.empty()) break;
    // The important ones stand first and are drawn more often.
    const std::size_t pick = std::min(random_.Below(open.size()), random_.Below(open.size()));
    const int target = open[pick];
    const Counts before = board_->counts();
    const std::size_t mark = board_->Mark();
    std::vector<int> again = {target};
    const int slot = static_cast<int>(random_.Below(static_cast<std::uint64_t>(board_->model().slot_count)));
    for (int request : order_) {
      if (!board_->placed(request)) continue;
      const bool near = Of(request).team == Of(target).team || Of(request).guest == Of(target).guest ||
                        board_->at(request).slot == slot;
      if (near && random_.Below(3) != 0) again.push_back(request);
    }
    if (again.size() > kRebuilt) again.resize(kRebuilt);
    for (std::size_t i = 1; i < again.size(); ++i) board_->Remove(again[i]);
    for (std::size_t i = 0; i < open.size() && again.size() < 2 * kRebuilt; ++i) {
      if (open[i] != target) again.push_back(open[i]);
    }
    for (std::size_t i = again.size(); i > 2; --i) std::swap(again[i - 1], again[1 + random_.Below(i - 1)]);
    std::stable_sort(again.begin(), again.end(), [&](int a, int b) { return Of(a).rank < Of(b).rank; });
    for (int request : again) {
      --steps;
      if (board_->placed(request) || board_->TryPlaceAnywhere(request)) continue;
      budget_ = kRebuildPush;
      steps -= kRebuildPush / 5;
      PushAside(request, 1);
    }
    if (board_->counts() < before) board_->Rollback(mark);
    board_->ForgetLog();
  }
  return absl::OkStatus();
}

// Branch and bound over all slots and hosts of all requests, for events where that is possible.
void ScheduleSearch::TryEverything() {
  if (order_.size() > kSmallEvent || board_->counts() == bound_) return;
  best_counts_ = board_->counts();
  best_.clear();
  Counts left(FairModel::kClasses, 0);
  for (int request : order_) {
    best_.push_back(board_->at(request));
    ++left[static_cast<std::size_t>(Of(request).rank)];
    if (board_->placed(request)) board_->Remove(request);
  }
  nodes_left_ = kNodes;
  Descend(0, &left);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    if (best_[i].slot >= 0) board_->Restore(order_[i], best_[i]);
  }
  board_->ForgetLog();
}

void ScheduleSearch::Descend(std::size_t index, Counts* left) {
  if (--nodes_left_ < 0 || best_counts_ == bound_) return;
  if ((nodes_left_ & 0xFFF) == 0 && context_.cancelled()) nodes_left_ = 0;
  Counts hoped = board_->counts();
  for (std::size_t c = 0; c < hoped.size(); ++c) hoped[c] += (*left)[c];
  if (hoped <= best_counts_) return;
  if (index == order_.size()) {
    best_counts_ = board_->counts();
    for (std::size_t i = 0; i < order_.size(); ++i) best_[i] = board_->at(order_[i]);
    return;
  }
  const int request = order_[index];
  const auto& r = Of(request);
  --(*left)[static_cast<std::size_t>(r.rank)];
  for (int s = 0; s < board_->model().slot_count; ++s) {
    if (!board_->GuestCan(request, s) || !board_->TeamHasRoom(request, s)) continue;
    for (int host : board_->model().teams[static_cast<std::size_t>(r.team)].hosts) {
      const std::size_t mark = board_->Mark();
      if (board_->TryPlace(request, s, host)) Descend(index + 1, left);
      board_->Rollback(mark);
      if (nodes_left_ < 0) break;
    }
    if (nodes_left_ < 0) break;
  }
  Descend(index + 1, left);
  ++(*left)[static_cast<std::size_t>(r.rank)];
}

}  // namespace magpie
