#include "magpie/schedule/promise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <queue>

#include "magpie/assignment/assignment.h"
#include "magpie/base/status.h"
#include "magpie/schedule/no_show.h"
#include "promise_offer.h"

namespace magpie {
namespace {

// So many cuts are looked at for one probability; what is then not settled counts as not kept.
constexpr std::size_t kMostWork = std::size_t{1} << 16;
constexpr double kNegligible = 1e-12;  // odds that are left out, together with all beyond them, as if not kept

absl::Status CheckRange(std::string_view field, double value, double low, double high, bool low_open, bool high_open) {
  if ((low_open ? value > low : value >= low) && (high_open ? value < high : value <= high)) return absl::OkStatus();
  return MakeError(
      Reason::kBadArgument, field,
      fmt::format("{} must lie in {}{}, {}{}", value, low_open ? '(' : '[', low, high, high_open ? ')' : ']'));
}

}  // namespace

absl::Status CheckPromiseOffer(const PromiseOffer& offer) {
  if (offer.groups.size() > kMaxPromiseGroups || offer.teams.size() > kMaxPromiseGroups) {
    return MakeError(Reason::kLimitExceeded, "groups",
                     fmt::format("{} groups of firms and {} sets of teams; join those alike, at most {} each",
                                 offer.groups.size(), offer.teams.size(), kMaxPromiseGroups));
  }
  for (std::size_t g = 0; g < offer.groups.size(); ++g) {
    const PromiseGroup& group = offer.groups[g];
    const std::string field = fmt::format("groups[{}].", g);
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "count", group.count, 0, kMaxPromiseCount, false, false));
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "promised", group.promised, 0, kMaxPromiseCount, false, false));
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "reach", group.reach, 0, 1, true, false));
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "no_show", group.no_show, 0, 1, false, true));
  }
  for (std::size_t t = 0; t < offer.teams.size(); ++t) {
    const PromiseTeams& teams = offer.teams[t];
    const std::string field = fmt::format("teams[{}].", t);
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "count", teams.count, 0, kMaxPromiseCount, false, false));
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "capacity", teams.capacity, 0, 2147483647, false, false));
    MAGPIE_RETURN_IF_ERROR(CheckRange(field + "no_show", teams.no_show, 0, 1, false, true));
  }
  MAGPIE_RETURN_IF_ERROR(CheckRange("slots", offer.slots, 0, kMaxPromiseCount, false, false));
  MAGPIE_RETURN_IF_ERROR(CheckRange("tables", offer.tables, 0, kMaxPromiseCount, false, false));
  return CheckRange("probability", offer.probability, 0, 1, true, true);
}

namespace {

// Whether the promises can be kept for given numbers of those who came: the cuts, one for each set of groups.
class Cuts {
 public:
  Cuts(const PromiseOffer& offer, std::span<const std::int32_t> promised)
      : offer_(offer), promised_(promised.begin(), promised.end()), team_order_(offer.teams.size()) {
    for (const PromiseTeams& teams : offer.teams) team_count_ += teams.count;
    for (const PromiseGroup& group : offer.groups) {
      reach_.push_back(static_cast<std::int64_t>(std::floor(group.reach * static_cast<double>(team_count_) + 1e-9)));
    }
    std::iota(team_order_.begin(), team_order_.end(), 0);
    std::stable_sort(team_order_.begin(), team_order_.end(),
                     [&](std::size_t a, std::size_t b) { return offer.teams[a].capacity < offer.teams[b].capacity; });
    group_order_.resize(offer.groups.size());
    std::iota(group_order_.begin(), group_order_.end(), 0);
    std::stable_sort(group_order_.begin(), group_order_.end(),
                     [&](std::size_t a, std::size_t b) { return reach_[a] < reach_[b]; });
    ChooseSets();
  }

  std::size_t set_count() const { return sets_.size(); }

  bool Keep(std::span<const std::int64_t> firms, std::span<const std::int64_t> teams) const {
    std::int64_t total = 0, present = 0;
    for (std::int64_t count : teams) present += count;
    for (std::size_t g = 0; g < firms.size(); ++g) {
      if (firms[g] > 0 && promised_[g] > offer_.slots) return false;
      total += firms[g] * promised_[g];
    }
    if (total > std::int64_t{offer_.slots} * offer_.tables) return false;
    for (std::size_t set : sets_) {
      std::int64_t claim = 0;
      for (std::size_t g = 0; g < firms.size(); ++g) claim += (set >> g & 1) != 0 ? firms[g] * promised_[g] : 0;
      if (claim > 0 && claim > (offer_.wishes == PromiseWishes::kAny ? WorstSupply(set, firms, teams, present)
                                                                     : EvenSupply(set, firms, teams))) {
        return false;
      }
    }
    return true;
  }

 private:
  // Where all reach equally far, a set is harder to serve the more its firms are promised: only the sets of those
  // promised most are looked at (Gale and Ryser).
  void ChooseSets() {
    const std::size_t count = offer_.groups.size();
    if (std::adjacent_find(reach_.begin(), reach_.end(), std::not_equal_to<>()) != reach_.end()) {
      for (std::size_t set = 1; set < std::size_t{1} << count; ++set) sets_.push_back(set);
      return;
    }
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return promised_[a] > promised_[b]; });
    std::size_t set = 0;
    for (std::size_t g : order) sets_.push_back(set |= std::size_t{1} << g);
  }

  std::int64_t Room(std::size_t t) const { return std::min(offer_.teams[t].capacity, offer_.slots); }

  // All firms want the same teams, those of least capacity, and all who are absent are among the wanted.
  std::int64_t WorstSupply(std::size_t set, std::span<const std::int64_t> firms, std::span<const std::int64_t> teams,
                           std::int64_t present) const {
    std::int64_t wanting = 0, supply = 0, at = 0;
    for (std::size_t g = 0; g < firms.size(); ++g) wanting += (set >> g & 1) != 0 ? firms[g] : 0;
    std::size_t next = 0;  // the group of group_order_ whose wishes end next
    for (std::size_t t : team_order_) {
      const std::int64_t end = at + teams[t];
      while (at < end) {
        while (next < firms.size() && reach_[group_order_[next]] - (team_count_ - present) <= at) {
          const std::size_t g = group_order_[next++];
          wanting -= (set >> g & 1) != 0 ? firms[g] : 0;
        }
        if (next == firms.size()) return supply;
        const std::int64_t stop = std::min(end, reach_[group_order_[next]] - (team_count_ - present));
        supply += (stop - at) * std::min(Room(t), wanting);
        at = stop;
      }
    }
    return supply;
  }

  // Each team is wanted by the same share of the firms.
  std::int64_t EvenSupply(std::size_t set, std::span<const std::int64_t> firms,
                          std::span<const std::int64_t> teams) const {
    double wanting = 0, supply = 0;
    for (std::size_t g = 0; g < firms.size() && team_count_ > 0; ++g) {
      if ((set >> g & 1) != 0) {
        wanting += static_cast<double>(firms[g]) * static_cast<double>(reach_[g]) / static_cast<double>(team_count_);
      }
    }
    for (std::size_t t = 0; t < teams.size(); ++t) {
      supply += static_cast<double>(teams[t]) * std::min(static_cast<double>(Room(t)), wanting);
    }
    return static_cast<std::int64_t>(std::floor(supply + 1e-6));
  }

  const PromiseOffer& offer_;
  std::vector<std::int32_t> promised_;
  std::int64_t team_count_ = 0;
  std::vector<std::int64_t> reach_;  // teams that a firm of the group can meet if all come
  std::vector<std::size_t> team_order_, group_order_;
  std::vector<std::size_t> sets_;  // bit g = group g
};

// How many of a group or set come, without the negligible ends: first, first + 1, ...
struct Turnout {
  std::int64_t first = 0;
  std::vector<double> below;  // the odds of the first 0, 1, 2, ... of these numbers together

  std::int32_t size() const { return static_cast<std::int32_t>(below.size()) - 1; }
  double Odds(std::int32_t from, std::int32_t to) const {
    return below[static_cast<std::size_t>(to)] - below[static_cast<std::size_t>(from)];
  }
};

Turnout TurnoutOf(std::int32_t count, double no_show) {
  const std::vector<double> odds = BinomialOdds(count, 1 - no_show);
  std::size_t first = 0, last = odds.size() - 1;
  for (double gone = odds[first]; first < last && gone < kNegligible; gone += odds[++first]) {
  }
  for (double gone = odds[last]; last > first && gone < kNegligible; gone += odds[--last]) {
  }
  Turnout turnout{static_cast<std::int64_t>(first), {0}};
  for (std::size_t k = first; k <= last; ++k) turnout.below.push_back(turnout.below.back() + odds[k]);
  return turnout;
}

struct Chance {
  double held = 0;
  bool exact = true;
  std::vector<std::int32_t> booked;
};

// With re-planning: the odds of all turnouts at which the cuts keep the promises. More firms never make that easier,
// more teams never harder, so a box of turnouts is settled by one of its corners: it counts whole if its worst corner
// is kept, not at all if its best is not. Other boxes are halved, the likeliest first.
class BoxSearch {
 public:
  BoxSearch(const PromiseOffer& offer, std::span<const std::int32_t> promised)
      : cuts_(offer, promised), group_count_(offer.groups.size()) {
    for (std::size_t g = 0; g < group_count_; ++g) {
      // Who is promised nothing claims nothing.
      turnout_.push_back(promised[g] > 0 ? TurnoutOf(offer.groups[g].count, offer.groups[g].no_show)
                                         : Turnout{0, {0, 1}});
      weight_.push_back(promised[g]);
    }
    for (const PromiseTeams& teams : offer.teams) {
      turnout_.push_back(TurnoutOf(teams.count, teams.no_show));
      weight_.push_back(std::min(teams.capacity, offer.slots));
    }
    came_.resize(turnout_.size());
  }

  // Ends early once it is clear whether the odds reach `enough`, where that is all that is asked.
  Chance Run(std::optional<double> enough) {
    Box all;
    for (std::size_t d = 0; d < turnout_.size(); ++d) all.to[d] = turnout_[d].size();
    all.odds = OddsOf(all);
    Chance chance;
    double open = Settle(all, &chance);
    std::size_t work = 0;
    while (!boxes_.empty() && work < kMostWork) {
      if (enough && (chance.held >= *enough || chance.held + open < *enough)) break;
      const Box box = boxes_.top();
      boxes_.pop();
      open -= box.odds;
      std::size_t widest = 0;
      for (std::size_t d = 0; d < turnout_.size(); ++d) {
        if (Width(box, d) > Width(box, widest)) widest = d;
      }
      const std::int32_t middle = box.from[widest] + (box.to[widest] - box.from[widest]) / 2;
      for (const bool upper : {false, true}) {
        Box half = box;
        (upper ? half.from : half.to)[widest] = middle;
        half.odds = OddsOf(half);
        open += Settle(half, &chance);
        work += 2 * cuts_.set_count() + 1;
      }
    }
    chance.exact = open < 1e-9;
    chance.held = std::min(chance.held, 1.0);
    return chance;
  }

 private:
  struct Box {
    double odds = 0;
    std::int64_t number = 0;
    std::array<std::int32_t, 2 * kMaxPromiseGroups> from{}, to{};  // of each group, then of each set of teams
    bool operator<(const Box& other) const { return odds != other.odds ? odds < other.odds : number > other.number; }
  };

  double OddsOf(const Box& box) const {
    double odds = 1;
    for (std::size_t d = 0; d < turnout_.size(); ++d) odds *= turnout_[d].Odds(box.from[d], box.to[d]);
    return odds;
  }
  // In meetings asked for or given.
  std::int64_t Width(const Box& box, std::size_t d) const {
    return (box.to[d] - box.from[d] - 1) * std::max<std::int64_t>(1, weight_[d]);
  }
  bool KeptAtCorner(const Box& box, bool best) {
    for (std::size_t d = 0; d < turnout_.size(); ++d) {
      const bool few = best == (d < group_count_);
      came_[d] = turnout_[d].first + (few ? box.from[d] : box.to[d] - 1);
    }
    const std::span<const std::int64_t> came(came_);
    return cuts_.Keep(came.first(group_count_), came.subspan(group_count_));
  }
  // The odds that stay open.
  double Settle(Box box, Chance* chance) {
    if (KeptAtCorner(box, false)) {
      chance->held += box.odds;
      return 0;
    }
    if (!KeptAtCorner(box, true)) return 0;
    box.number = number_++;
    boxes_.push(box);
    return box.odds;
  }

  Cuts cuts_;
  std::size_t group_count_;
  std::vector<Turnout> turnout_;
  std::vector<std::int64_t> weight_, came_;
  std::priority_queue<Box> boxes_;
  std::int64_t number_ = 0;
};

// Without: each firm is booked more than promised, as far as it fits with everybody there, and what it then holds is
// binomial. All these events grow with the set of teams that come, so by Harris' inequality the probability of all of
// them is at least the product of theirs.
Chance ChanceWithoutReplan(const PromiseOffer& offer, std::span<const std::int32_t> promised) {
  std::vector<std::int64_t> firms, teams;
  for (const PromiseGroup& group : offer.groups) firms.push_back(group.count);
  double no_show = 0;
  for (const PromiseTeams& set : offer.teams) {
    teams.push_back(set.count);
    if (set.count > 0) no_show = std::max(no_show, set.no_show);
  }
  Chance chance;
  chance.booked.assign(promised.begin(), promised.end());
  if (!Cuts(offer, chance.booked).Keep(firms, teams)) return chance;
  const auto kept = [&](std::size_t g) {
    const PromiseGroup& group = offer.groups[g];
    if (promised[g] == 0 || group.count == 0) return 1.0;
    return std::pow((1 - group.no_show) * ChanceOfAtLeast(promised[g], chance.booked[g], 1 - no_show) + group.no_show,
                    group.count);
  };
  std::vector<double> odds;
  for (std::size_t g = 0; g < firms.size(); ++g) odds.push_back(kept(g));
  std::vector<bool> stuck(firms.size(), false);
  for (;;) {
    std::size_t weakest = firms.size();
    for (std::size_t g = 0; g < firms.size(); ++g) {
      if (!stuck[g] && odds[g] < 1 - kNegligible && (weakest == firms.size() || odds[g] < odds[weakest])) weakest = g;
    }
    if (weakest == firms.size()) break;
    ++chance.booked[weakest];
    if (Cuts(offer, chance.booked).Keep(firms, teams)) {
      odds[weakest] = kept(weakest);
    } else {
      --chance.booked[weakest];
      stuck[weakest] = true;
    }
  }
  chance.held = std::accumulate(odds.begin(), odds.end(), 1.0, std::multiplies<>());
  return chance;
}

Chance ChanceOf(const PromiseOffer& offer, std::span<const std::int32_t> promised, std::optional<double> enough = {}) {
  if (!offer.replan) return ChanceWithoutReplan(offer, promised);
  Chance chance = BoxSearch(offer, promised).Run(enough);
  chance.booked.assign(promised.begin(), promised.end());
  return chance;
}

bool Holds(const PromiseOffer& offer, std::span<const std::int32_t> promised) {
  return ChanceOf(offer, promised, offer.probability).held >= offer.probability;
}

// The largest n in [low, high] for which good(n), good being true up to some n and false beyond; low is taken as good.
std::int32_t Largest(std::int32_t low, std::int32_t high, const std::function<bool(std::int32_t)>& good) {
  while (low < high) {
    const std::int32_t middle = low + (high - low + 1) / 2;
    if (good(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::int32_t MostOf(const PromiseOffer& offer) {
  std::int64_t teams = 0;
  for (const PromiseTeams& set : offer.teams) teams += set.count;
  return static_cast<std::int32_t>(std::min<std::int64_t>(offer.slots, teams));
}

std::vector<std::int32_t> AtOnce(const PromiseOffer& offer) {
  const std::size_t count = offer.groups.size();
  const std::int32_t most = MostOf(offer);
  std::vector<std::int32_t> level(count, 0);
  // First up to what is promised, then on from there.
  for (const bool beyond : {false, true}) {
    std::vector<bool> stuck(count, false);
    const auto raised = [&](std::int32_t by) {
      std::vector<std::int32_t> higher = level;
      for (std::size_t g = 0; g < count; ++g) {
        const std::int32_t top = beyond ? most : std::min(most, offer.groups[g].promised);
        if (!stuck[g]) higher[g] = std::max(level[g], std::min(top, level[g] + by));
      }
      return higher;
    };
    for (;;) {
      level = raised(Largest(0, most, [&](std::int32_t by) { return Holds(offer, raised(by)); }));
      bool rose = false;
      for (std::size_t g = 0; g < count; ++g) {
        const std::int32_t top = beyond ? most : std::min(most, offer.groups[g].promised);
        if (stuck[g] || level[g] >= top) {
          stuck[g] = true;
          continue;
        }
        ++level[g];
        if (Holds(offer, level)) {
          rose = true;
        } else {
          --level[g];
          stuck[g] = true;
        }
      }
      if (!rose) break;
    }
  }
  // A group without firms is promised nothing that could be kept.
  for (std::size_t g = 0; g < count; ++g) {
    if (offer.groups[g].count == 0) level[g] = 0;
  }
  return level;
}

std::int64_t Meetings(const PromiseOffer& offer, std::span<const std::int32_t> level) {
  std::int64_t sum = 0;
  for (std::size_t g = 0; g < level.size(); ++g) sum += std::int64_t{offer.groups[g].count} * level[g];
  return sum;
}

std::vector<std::int32_t> Promised(const PromiseOffer& offer) {
  std::vector<std::int32_t> promised;
  for (const PromiseGroup& group : offer.groups) promised.push_back(group.promised);
  return promised;
}

// The offer with one limit lifted altogether.
PromiseOffer Lifted(PromiseOffer offer, PromiseLimit limit) {
  for (PromiseTeams& teams : offer.teams) {
    if (limit == PromiseLimit::kTeamCapacity) teams.capacity = kUnlimited;
    if (limit == PromiseLimit::kTeamNoShow) teams.no_show = 0;
    if (limit == PromiseLimit::kTeamCount) teams.count = std::min(kMaxPromiseCount, teams.count * 10);
  }
  for (PromiseGroup& group : offer.groups) {
    if (limit == PromiseLimit::kReach) group.reach = 1;
  }
  if (limit == PromiseLimit::kTables) offer.tables = kMaxPromiseCount;
  if (limit == PromiseLimit::kSlots) offer.slots = kMaxPromiseCount;
  return offer;
}

PromiseLimit Bottleneck(const PromiseOffer& offer, const PromiseAnswer& answer) {
  PromiseLimit best = PromiseLimit::kNothing;
  auto most = std::make_pair(std::min(answer.held, offer.probability), Meetings(offer, answer.at_once));
  for (PromiseLimit limit : {PromiseLimit::kTables, PromiseLimit::kTeamCapacity, PromiseLimit::kReach,
                             PromiseLimit::kTeamNoShow, PromiseLimit::kSlots, PromiseLimit::kTeamCount}) {
    const PromiseOffer lifted = Lifted(offer, limit);
    const double held = std::min(ChanceOf(lifted, Promised(offer)).held, offer.probability);
    const auto brings = std::make_pair(held, Meetings(offer, AtOnce(lifted)));
    if (brings > most) {
      most = brings;
      best = limit;
    }
  }
  return best;
}

std::vector<PromiseStep> Steps(const PromiseOffer& offer, const PromiseAnswer& answer) {
  std::vector<PromiseStep> steps;
  const std::int64_t before = Meetings(offer, answer.at_once);
  const auto add = [&](const PromiseOffer& more, PromiseLimit limit, std::int32_t teams) {
    PromiseStep step{limit, teams, ChanceOf(more, Promised(more)).held, AtOnce(more), 0};
    // One more of anything takes nothing away, though a lower bound may fall: a share of one team more is rounded too.
    step.held = std::max(step.held, answer.held);
    if (Meetings(offer, step.at_once) < before) step.at_once = answer.at_once;
    step.more = Meetings(offer, step.at_once) - before;
    steps.push_back(std::move(step));
  };
  PromiseOffer more = offer;
  ++more.tables;
  add(more, PromiseLimit::kTables, -1);
  more = offer;
  ++more.slots;
  add(more, PromiseLimit::kSlots, -1);
  more = offer;
  for (PromiseTeams& teams : more.teams) teams.capacity += teams.capacity < kUnlimited ? 1 : 0;
  add(more, PromiseLimit::kTeamCapacity, -1);
  for (std::size_t t = 0; t < offer.teams.size(); ++t) {
    more = offer;
    ++more.teams[t].count;
    add(more, PromiseLimit::kTeamCount, static_cast<std::int32_t>(t));
  }
  return steps;
}

// The smallest number of *field in [0, high] at which the promises hold, or -1.
std::int32_t Needed(PromiseOffer offer, std::int32_t PromiseOffer::*field, std::int64_t high) {
  const std::vector<std::int32_t> promised = Promised(offer);
  const auto holds = [&](std::int32_t n) {
    offer.*field = n;
    return Holds(offer, promised);
  };
  const auto top = static_cast<std::int32_t>(std::min<std::int64_t>(high, kMaxPromiseCount));
  if (holds(0)) return 0;
  if (!holds(top)) return -1;
  return 1 + Largest(0, top, [&](std::int32_t n) { return !holds(n); });
}

// What is asked of all firms together, if all come and each is booked at most all slots.
std::int64_t LargestClaim(const PromiseOffer& offer) {
  std::int64_t claim = 1;
  for (const PromiseGroup& group : offer.groups) claim += std::int64_t{group.count} * std::max(group.promised, 1);
  return offer.replan ? claim : kMaxPromiseCount;
}

}  // namespace

std::string_view PromiseLimitName(PromiseLimit limit) {
  static constexpr std::array<std::string_view, 7> kNames = {"TABLES", "TEAM_CAPACITY", "REACH",  "TEAM_NO_SHOW",
                                                             "SLOTS",  "TEAM_COUNT",    "NOTHING"};
  return kNames[static_cast<std::size_t>(limit)];
}

absl::StatusOr<PromiseAnswer> CalculatePromises(const PromiseOffer& offer, const RunContext& context) {
  MAGPIE_RETURN_IF_ERROR(CheckPromiseOffer(offer));
  PromiseAnswer answer;
  const std::vector<std::int32_t> promised = Promised(offer);
  const Chance chance = ChanceOf(offer, promised);
  answer.held = chance.held;
  answer.exact = chance.exact;
  answer.booked = chance.booked;
  answer.holds = answer.held >= offer.probability;
  answer.estimate = offer.wishes == PromiseWishes::kEven;
  answer.at_once = AtOnce(offer);
  for (std::size_t g = 0; g < promised.size(); ++g) {
    MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
    std::vector<std::int32_t> level = promised;
    for (std::size_t h = 0; h < level.size(); ++h) level[h] = std::min(level[h], answer.at_once[h]);
    answer.at_most.push_back(offer.groups[g].count == 0 ? 0 : Largest(level[g], MostOf(offer), [&](std::int32_t n) {
      level[g] = n;
      return Holds(offer, level);
    }));
  }
  MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
  answer.tables_needed = Needed(offer, &PromiseOffer::tables, LargestClaim(offer));
  answer.slots_needed = Needed(offer, &PromiseOffer::slots, LargestClaim(offer));
  MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
  answer.bottleneck = Bottleneck(offer, answer);
  MAGPIE_RETURN_IF_ERROR(context.CheckCancelled());
  answer.steps = Steps(offer, answer);
  return answer;
}

}  // namespace magpie
