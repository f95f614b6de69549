#include "magpie/engine/clinic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/clinic_reader.h"
#include "engine/clinic_words.h"
#include "magpie/base/amount.h"

namespace magpie {
namespace {

constexpr std::size_t kMostSpans = 5;   // of one finding
constexpr int kCandidates = 10;         // as many as people look at
constexpr int kLookedAt = 50;           // where not all of them may be named
constexpr std::size_t kMostGroups = 4;  // more are no question any more

// The material of a loan, the maturity of a plot of land: nobody would ask.
bool IsAsked(NeedAspect aspect, std::optional<ResourceKind> resource) {
  if (!resource || *resource == ResourceKind::kTechnology || *resource == ResourceKind::kMaterial) return true;
  return aspect != NeedAspect::kMaterial && aspect != NeedAspect::kMethod && aspect != NeedAspect::kFigures &&
         aspect != NeedAspect::kMaturity;
}

std::string ModeLabels(ModeSet modes, Language language) {
  std::string labels;
  for (CooperationMode mode : modes.Values()) {
    if (!labels.empty()) labels += language == Language::kZh ? "、" : ", ";
    labels += WordLabel(mode, language);
  }
  return labels;
}

// What a field of the record says of an aspect; an empty field where none does.
std::pair<std::string, std::string> SaidByRecord(NeedAspect aspect, const ListingRecord& need, Language language) {
  switch (aspect) {
    case NeedAspect::kFigures:
      for (const Indicator& indicator : need.indicators) {
        if (!indicator.value) continue;
        return {"indicators",
                fmt::format("{} {} {} {}", indicator.name, indicator.relation, *indicator.value, indicator.unit)};
      }
      break;
    case NeedAspect::kMaturity:
      if (need.trl) return {"trl", fmt::format("TRL {}", *need.trl)};
      break;
    case NeedAspect::kBudget:
      if (need.amount && need.amount->has_figure()) {
        return {"amount", FormatAmount(*need.amount, language == Language::kZh)};
      }
      break;
    case NeedAspect::kMode:
      if (!need.modes.empty()) return {"modes", ModeLabels(need.modes, language)};
      break;
    default:
      break;
  }
  return {};
}

// The first spans of an aspect that do not lie inside one another.
std::vector<Span> SpansOf(NeedAspect aspect, const std::vector<AspectNote>& notes) {
  std::vector<Span> spans;
  for (const AspectNote& note : notes) {
    if (note.aspect != aspect) continue;
    if (spans.size() == kMostSpans) break;
    const bool inside = !spans.empty() && spans.back().field == note.span.field && note.span.begin < spans.back().end;
    if (!inside) spans.push_back(note.span);
  }
  return spans;
}

// What each candidate says of an aspect, best candidate first; several things, or nothing.
struct Saying {
  std::string offering_id;
  std::vector<std::pair<std::string, std::string>> things;  // a key that makes them the same, and how it is put
};

// Groups that add most candidates to those grouped before, then those that say nothing. A thing that all say tells
// nobody apart. A group bears the words of its best candidate.
std::vector<CandidateGroup> GroupBySaying(const std::vector<Saying>& sayings) {
  struct Thing {
    std::string key, words;
    std::vector<std::size_t> members;
  };
  std::vector<Thing> things;  // in the order they are first said
  std::vector<std::size_t> silent;
  for (std::size_t i = 0; i < sayings.size(); ++i) {
    if (sayings[i].things.empty()) silent.push_back(i);
    for (const auto& [key, words] : sayings[i].things) {
      auto at = std::find_if(things.begin(), things.end(), [&](const Thing& known) { return known.key == key; });
      if (at == things.end()) at = things.insert(things.end(), {key, words, {}});
      if (at->members.empty() || at->members.back() != i) at->members.push_back(i);
    }
  }
  const std::size_t speaking = sayings.size() - silent.size();
  std::erase_if(things, [&](const Thing& thing) { return thing.members.size() == speaking; });

  const auto group_of = [&](std::string says, const std::vector<std::size_t>& members) {
    CandidateGroup group{std::move(says), {}};
    for (std::size_t member : members) group.offering_ids.push_back(sayings[member].offering_id);
    return group;
  };
  std::vector<bool> grouped(sayings.size());
  std::vector<CandidateGroup> groups;
  while (groups.size() < kMostGroups) {
    const auto added = [&](const Thing& thing) {
      return std::count_if(thing.members.begin(), thing.members.end(),
                           [&](std::size_t member) { return !grouped[member]; });
    };
    const auto best = std::max_element(things.begin(), things.end(),
                                       [&](const Thing& a, const Thing& b) { return added(a) < added(b); });
    if (best == things.end() || added(*best) == 0) break;
    for (std::size_t member : best->members) grouped[member] = true;
    groups.push_back(group_of(best->words, best->members));
  }
  if (groups.size() < 2) return {};
  if (!silent.empty()) groups.push_back(group_of("", silent));
  return groups;
}

// Least prices cut at their median: what a budget of that much reaches and what it does not. The engine compares a
// need's most with an offering's least, so this is what the amount component and a `must` on it would see.
std::vector<Saying> PriceSayings(const std::vector<const Listing*>& candidates, Language language) {
  std::vector<std::int64_t> prices;
  const auto price_of = [](const Listing& offering) -> std::optional<std::int64_t> {
    const std::optional<Amount>& amount = offering.record.amount;
    if (!amount || !amount->has_figure() || amount->currency != "CNY") return std::nullopt;
    return amount->low_cents.value_or(0);
  };
  for (const Listing* offering : candidates) {
    if (const auto price = price_of(*offering)) prices.push_back(*price);
  }
  std::sort(prices.begin(), prices.end());
  std::int64_t cut = prices.empty() ? 0 : prices[(prices.size() - 1) / 2];
  if (!prices.empty() && cut == prices.back()) {  // the upper half is one price: cut below it
    const auto dearest = std::lower_bound(prices.begin(), prices.end(), cut);
    if (dearest != prices.begin()) cut = *std::prev(dearest);
  }
  const std::string sum = FormatAmount({.low_cents = cut, .high_cents = cut}, language == Language::kZh);
  std::vector<Saying> sayings;
  for (const Listing* offering : candidates) {
    const std::optional<Amount>& amount = offering->record.amount;
    if (amount && amount->has_figure() && amount->currency != "CNY") continue;  // neither silent nor comparable
    Saying& saying = sayings.emplace_back(Saying{offering->record.id, {}});
    if (const auto price = price_of(*offering)) {
      const std::string side = *price <= cut ? "≤ " : "> ";
      saying.things.emplace_back(side, side + sum);
    }
  }
  return sayings;
}

std::vector<Saying> SayingsOf(NeedAspect aspect, const std::vector<const Listing*>& candidates,
                              const std::vector<std::vector<AspectNote>>& notes, Language language) {
  if (aspect == NeedAspect::kBudget) return PriceSayings(candidates, language);
  std::vector<Saying> sayings;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const ListingRecord& record = candidates[i]->record;
    Saying& saying = sayings.emplace_back(Saying{record.id, {}});
    if (aspect == NeedAspect::kMaturity) {
      if (record.trl) saying.things.emplace_back(fmt::to_string(*record.trl), fmt::format("TRL {}", *record.trl));
    } else if (aspect == NeedAspect::kMode) {
      for (CooperationMode mode : record.modes.Values())
        saying.things.emplace_back(WordName(mode), WordLabel(mode, language));
    } else {
      for (const AspectNote& note : notes[i]) {
        if (note.aspect != aspect || note.key.empty()) continue;
        // Of a figure only the unit is the same thing; its number is each one's own.
        saying.things.emplace_back(note.key, aspect == NeedAspect::kFigures ? note.key : note.span.quote);
      }
    }
  }
  return sayings;
}

}  // namespace

std::string_view NeedAspectName(NeedAspect aspect) {
  static constexpr std::array<std::string_view, kNeedAspectCount> kNames = {
      "material", "method", "effect", "product", "application", "figures", "maturity", "budget", "mode"};
  return kNames[static_cast<std::size_t>(aspect)];
}

std::string_view FindingStateName(FindingState state) {
  static constexpr std::array<std::string_view, 3> kNames = {"present", "missing", "not-asked"};
  return kNames[static_cast<std::size_t>(state)];
}

NeedDiagnosis DiagnoseNeed(const ListingRecord& need, const Models& models, Language language) {
  const std::vector<AspectNote> notes = ReadAspects(need, models);
  NeedDiagnosis diagnosis{need.id, need.title, {}};
  for (int i = 0; i < kNeedAspectCount; ++i) {
    NeedFinding& finding = diagnosis.findings.emplace_back();
    finding.aspect = static_cast<NeedAspect>(i);
    std::tie(finding.field, finding.value) = SaidByRecord(finding.aspect, need, language);
    finding.spans = SpansOf(finding.aspect, notes);
    if (!finding.field.empty() || !finding.spans.empty()) {
      finding.state = FindingState::kPresent;
    } else if (!IsAsked(finding.aspect, need.resource)) {
      finding.state = FindingState::kNotAsked;
    } else if (finding.aspect == NeedAspect::kBudget && need.amount && need.amount->negotiable) {
      finding.question = NegotiableQuestion(need.title, language);
    } else {
      finding.question = AspectQuestion(finding.aspect, need.title, language);
    }
  }
  return diagnosis;
}

void AddCandidateGroups(const Scorer& scorer, NeedIndex need, const Models& models, Language language,
                        NeedDiagnosis* diagnosis, const std::function<bool(const Listing&)>& admits) {
  std::vector<const Listing*> candidates;
  std::vector<std::vector<AspectNote>> notes;
  for (const ScoredPair& pair : scorer.Rank(Side::kNeed, need.value, admits ? kLookedAt : kCandidates, false)) {
    const Listing& offering = scorer.snapshot().offering(pair.offering);
    if (admits && !admits(offering)) continue;
    if (std::ssize(candidates) == kCandidates) break;
    candidates.push_back(&offering);
    notes.push_back(ReadAspects(candidates.back()->record, models));
  }
  const bool capital = scorer.snapshot().need(need).record.resource == ResourceKind::kCapital;
  for (NeedFinding& finding : diagnosis->findings) {
    if (finding.state != FindingState::kMissing) continue;
    // Whoever seeks money compares with an offering's most, not its least; its sums are no prices.
    if (finding.aspect == NeedAspect::kBudget && capital) continue;
    finding.groups = GroupBySaying(SayingsOf(finding.aspect, candidates, notes, language));
    if (!finding.groups.empty()) finding.effect = SeparationSentence(finding.groups, language);
  }
}

}  // namespace magpie
