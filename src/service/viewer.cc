#include "service/viewer.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/ingest/disclosure.h"
#include "magpie/service/convert.h"
#include "service/backend.h"
#include "service/match_api.h"

namespace magpie {
namespace {

constexpr std::pair<Part, Level (*)(const ListingRecord&)> kLevels[] = {
    {Part::kText, TextLevel}, {Part::kParty, PartyLevel}, {Part::kContacts, ContactsLevel}};

v1::ListingPart ToProto(Part part) {
  return static_cast<v1::ListingPart>(static_cast<int>(part) + 1);
}

std::string_view PartName(Part part) {
  constexpr std::string_view kNames[] = {"text", "party", "contacts"};
  return kNames[static_cast<std::size_t>(part)];
}

// What is left of a listing whose text is kept back: that it exists, and how to speak of it. The text is not even read, so
// that the time this takes says nothing of it.
Listing ShellOf(const Listing& listing) {
  Listing shell;
  shell.resource_id = listing.resource_id;
  shell.version = listing.version;
  shell.party = listing.party;
  const ListingRecord& record = listing.record;
  shell.record.side = record.side;
  shell.record.id = record.id;
  shell.record.party = record.party;
  shell.record.review = record.review;
  shell.record.disclosure = record.disclosure;
  shell.record.text_level = record.text_level;
  shell.record.party_level = record.party_level;
  shell.record.contacts_level = record.contacts_level;
  return shell;
}

// Takes away whose it is, and what would tell; of a listing that may be read, the kind of party and its province stay.
void HideParty(bool text_seen, v1::Listing* listing) {
  v1::Party left;
  if (text_seen && listing->has_party()) {
    left.set_kind(listing->party().kind());
    if (!listing->party().region().province().empty()) {
      left.mutable_region()->set_text(listing->party().region().province());
      left.mutable_region()->set_province(listing->party().region().province());
    }
  }
  listing->clear_party();
  if (left.ByteSizeLong() > 0) *listing->mutable_party() = std::move(left);
  listing->clear_team();
  listing->clear_provenance();
  listing->clear_extra_json();
  listing->clear_exclude_parties();
}

}  // namespace

Viewer::Viewer(const Caller& caller, Workspace& workspace, std::shared_ptr<const Snapshot> snapshot)
    : caller_(caller), workspace_(workspace), snapshot_(std::move(snapshot)) {
  if (!is_insider()) veil_ = workspace_.VeilOf(snapshot_);
}

std::string Viewer::NameOf(const Listing& listing) const {
  return FormatName(workspace_.name(), CollectionOf(listing.record.side), listing.resource_id);
}

bool Viewer::IsOwn(const Listing& listing) const {
  return caller_.has_role(v1::ROLE_PARTY_MEMBER) && listing.party.valid() &&
         PartyNameOf(workspace_, *snapshot_, listing) == caller_.party();
}

bool Viewer::Finds(const Listing& listing) const {
  return is_insider() || caller_.has_role(v1::ROLE_BROKER) || TakesPart(listing.record) || IsOwn(listing);
}

bool Viewer::Finds(PartyIndex index) const {
  if (is_insider()) return true;
  const auto hidden = veil_->hidden_parties.find(index.value);
  if (hidden == veil_->hidden_parties.end()) return true;
  if (hidden->second == Level::kBroker && caller_.has_role(v1::ROLE_BROKER)) return true;
  const std::string& id = snapshot_->party(index).resource_id;
  if (FormatName(workspace_.name(), Collection::kParties, id) == caller_.party()) return true;
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    for (const auto& listing : snapshot_->listings(side)) {
      if (listing->party == index && Sees(*listing).Has(Part::kParty)) return true;
    }
  }
  return false;
}

PartSet Viewer::Sees(const Listing& listing) const {
  if (is_insider() || IsOwn(listing)) return AllParts();
  PartSet parts;
  for (const auto& [part, level_of] : kLevels) {
    const Level level = level_of(listing.record);
    if (level == Level::kOpen || (level == Level::kBroker && caller_.has_role(v1::ROLE_BROKER))) parts.Add(part);
  }
  if (parts != AllParts()) {
    const PartSet opened =
        workspace_.disclosures().OpenTo(caller_.party(), NameOf(listing), PartyNameOf(workspace_, *snapshot_, listing));
    for (const Part part : opened.Values()) parts.Add(part);
  }
  return parts;
}

bool Viewer::SeesTexts(const ScoredPair& pair) const {
  return !faces_sealed_texts() ||
         (SeesText(snapshot_->need(pair.need)) && SeesText(snapshot_->offering(pair.offering)));
}

void Viewer::Note(const Listing& listing, PartSet shown) {
  if (!caller_.token || IsOwn(listing)) return;
  PartSet closed;
  for (const auto& [part, level_of] : kLevels) {
    if (shown.Has(part) && level_of(listing.record) != Level::kOpen) closed.Add(part);
  }
  if (closed.empty()) return;
  const auto before = std::ranges::find(seen_, &listing, &Seen::listing);
  if (before == seen_.end()) {
    seen_.push_back({&listing, closed});
  } else {
    for (const Part part : closed.Values()) before->parts.Add(part);
  }
}

void Viewer::NoteText(const Listing& listing) {
  PartSet text;
  text.Add(Part::kText);
  Note(listing, text);
}

v1::Listing Viewer::Show(const Listing& listing, v1::View view) {
  PartSet told = Sees(listing);
  if (view == v1::VIEW_BASIC) told.Remove(Part::kContacts);
  Note(listing, told);
  return Present(listing, view);
}

v1::Listing Viewer::Present(const Listing& listing, v1::View view) const {
  const PartSet sees = Sees(listing);
  v1::Listing shown = PresentListing(workspace_, *snapshot_, sees.Has(Part::kText) ? listing : ShellOf(listing), view);
  if (view != v1::VIEW_BASIC && !is_insider() && sees.Has(Part::kContacts) &&
      ContactsLevel(listing.record) == Level::kAgreed) {
    // Opened to this side by the other one: that is the consent.
    const v1::Listing unmasked = ToProto(listing.record, Contacts::kAll);
    *shown.mutable_party()->mutable_contacts() = unmasked.party().contacts();
  }
  if (sees == AllParts()) return shown;
  if (!sees.Has(Part::kParty)) HideParty(sees.Has(Part::kText), &shown);
  if (!sees.Has(Part::kContacts) && shown.has_party()) shown.mutable_party()->clear_contacts();
  for (const Part part : AllParts().Values()) {
    if (!sees.Has(part)) shown.add_withheld_parts(ToProto(part));
  }
  return shown;
}

v1::Match Viewer::Show(const ScoredPair& pair, int rank) const {
  v1::Match match = PresentMatch(workspace_, *snapshot_, pair, rank);
  if (!SeesTexts(pair)) {
    match.clear_score();
    match.clear_components();
  }
  return match;
}

const Listing* Viewer::FindByName(const std::string& name) const {
  for (const Side side : {Side::kNeed, Side::kOffering}) {
    const auto parsed = ParseName(name, CollectionOf(side), "");
    if (!parsed.ok()) continue;
    const std::int32_t index = FindListing(*snapshot_, side, parsed->id);
    if (index >= 0) return &ListingAt(*snapshot_, side, index);
  }
  return nullptr;
}

void Viewer::Veil(google::protobuf::RepeatedPtrField<v1::Match>* matches) {
  for (v1::Match& match : *matches) {
    const Listing *need = FindByName(match.need()), *offering = FindByName(match.offering());
    // Of a listing that is gone nobody can say any more what it kept back.
    if (is_insider() || (need != nullptr && offering != nullptr && Reads(*need) && Reads(*offering))) {
      if (need != nullptr) NoteText(*need);
      if (offering != nullptr) NoteText(*offering);
      continue;
    }
    match.clear_score();
    match.clear_components();
    match.clear_reason();
    match.clear_rank();
  }
  if (!faces_sealed_texts()) return;
  // Within a need the order tells no more than the grades do.
  for (auto first = matches->begin(); first != matches->end();) {
    const auto last = std::find_if(first, matches->end(), [&](const auto& m) { return m.need() != first->need(); });
    std::stable_sort(first, last, [](const v1::Match& a, const v1::Match& b) {
      return std::tuple(-a.grade(), !a.has_score(), a.has_score() ? "" : a.offering()) <
             std::tuple(-b.grade(), !b.has_score(), b.has_score() ? "" : b.offering());
    });
    first = last;
  }
}

void Viewer::Veil(v1::OpenListing* open) const {
  if (is_insider()) return;
  const Listing* listing = FindByName(open->listing());
  const Listing* near = open->near_miss().empty() ? nullptr : FindByName(open->near_miss());
  if (listing != nullptr && Reads(*listing) && (open->near_miss().empty() || (near != nullptr && Reads(*near)))) {
    return;
  }
  open->clear_sentence();
  open->clear_near_score();
  open->clear_near_miss();
}

void Viewer::Veil(v1::MatchRun* run) const {
  if (!faces_sealed_texts()) return;
  run->clear_fairness();
  run->clear_what_ifs();
}

void Viewer::OrderByWhatIsSeen(std::vector<ScoredPair>* pairs) const {
  if (!faces_sealed_texts()) return;
  const auto place = [&](const ScoredPair& pair) {
    const bool seen = SeesTexts(pair);
    return std::tuple(-pair.grade, !seen, seen ? 0 : pair.need.value, seen ? 0 : pair.offering.value);
  };
  std::stable_sort(pairs->begin(), pairs->end(),
                   [&](const ScoredPair& a, const ScoredPair& b) { return place(a) < place(b); });
}

absl::Status Viewer::Record() {
  if (seen_.empty()) return absl::OkStatus();
  using google::protobuf::util::TimeUtil;
  const std::int64_t now = NowNanoseconds();
  std::vector<std::string> rows;
  std::vector<RowChange> changes;
  for (const auto& [listing, parts] : seen_) {
    v1::Sight sight;
    *sight.mutable_time() = TimeUtil::NanosecondsToTimestamp(now);
    sight.set_token(caller_.token->name());
    sight.set_display_name(caller_.token->display_name());
    sight.set_party(caller_.token->party());
    sight.set_method(caller_.method);
    sight.set_etag(EtagOf(listing->version));
    std::string names;
    for (const Part part : parts.Values()) {
      sight.add_parts(ToProto(part));
      names += fmt::format("{}{}", names.empty() ? "" : ",", PartName(part));
    }
    const bool need = listing->record.side == Side::kNeed;
    rows.push_back(fmt::format("{}/{}:{}@{}", need ? "need" : "offering", listing->resource_id, names, sight.etag()));
    changes.push_back({std::string(kSightTable), SightRowId(*listing, now) + MakeId("-"), ToJson(sight), std::nullopt});
  }
  seen_.clear();
  const std::lock_guard lock(workspace_.write_mutex());
  return workspace_.audit().Append(v1::AUDIT_KIND_SIGHT, rows, "", changes);
}

}  // namespace magpie
