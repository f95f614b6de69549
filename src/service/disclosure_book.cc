#include "service/disclosure_book.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <limits>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "service/backend.h"

namespace magpie {
namespace {

constexpr std::size_t kIdDigits = 24;  // of a SHA-256: no two pairs share them

absl::StatusOr<Agreement> ParseRow(const std::string& id, std::string_view body) {
  const std::size_t first = body.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : body.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return MakeError(Reason::kStoreCorrupt, "", fmt::format("the stored disclosure {} cannot be read", id));
  }
  Agreement agreement;
  agreement.need_party = body.substr(0, first);
  agreement.offering_party = body.substr(first + 1, second - first - 1);
  MAGPIE_RETURN_IF_ERROR(FromJson(body.substr(second + 1), &agreement.disclosure));
  return agreement;
}

}  // namespace

PartSet AllParts() {
  PartSet parts;
  for (const Part part : {Part::kText, Part::kParty, Part::kContacts}) parts.Add(part);
  return parts;
}

std::string DisclosureId(std::string_view need, std::string_view offering) {
  return "d-" + Sha256Hex(std::string(need) + "\n" + std::string(offering)).substr(0, kIdDigits);
}

std::string AgreementRow(const Agreement& agreement) {
  return fmt::format("{} {} {}", agreement.need_party, agreement.offering_party, ToJson(agreement.disclosure));
}

std::string SightPrefix(const Listing& listing) {
  return fmt::format("{}.{}.", listing.record.side == Side::kNeed ? 'n' : 'o', listing.resource_id);
}

std::string SightRowId(const Listing& listing, std::int64_t time_ns) {
  return fmt::format("{}{:019}", SightPrefix(listing), std::numeric_limits<std::int64_t>::max() - time_ns);
}

absl::StatusOr<std::unique_ptr<DisclosureBook>> DisclosureBook::Load(const Store& store) {
  auto book = std::make_unique<DisclosureBook>();
  MAGPIE_RETURN_IF_ERROR(store.Scan(kDisclosureTable, [&](StoredRow&& row) -> absl::Status {
    MAGPIE_ASSIGN_OR_RETURN(Agreement agreement, ParseRow(row.id, row.body));
    book->Put(row.id, std::move(agreement));
    return absl::OkStatus();
  }));
  return book;
}

PartSet DisclosureBook::OpenTo(const std::string& party, const std::string& listing, const std::string& owner) const {
  PartSet open;
  if (party.empty()) return open;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = ids_of_listing_.equal_range(listing);
  for (auto at = begin; at != end; ++at) {
    const Agreement& agreement = *agreements_.at(at->second);
    const bool of_need = agreement.disclosure.need() == listing;
    const std::string& own = of_need ? agreement.need_party : agreement.offering_party;
    const std::string& other = of_need ? agreement.offering_party : agreement.need_party;
    if (own != owner || other != party) continue;
    for (const v1::DisclosedPart& part : agreement.disclosure.parts()) {
      const bool mine = part.side() == (of_need ? v1::SIDE_NEED : v1::SIDE_OFFERING);
      if (mine && part.open()) open.Add(static_cast<Part>(part.part() - 1));
    }
  }
  return open;
}

std::shared_ptr<const Agreement> DisclosureBook::Find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = agreements_.find(id);
  return found == agreements_.end() ? nullptr : found->second;
}

void DisclosureBook::Put(const std::string& id, Agreement agreement) {
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = agreements_.try_emplace(id);
  if (fresh) {
    ids_of_listing_.emplace(agreement.disclosure.need(), id);
    ids_of_listing_.emplace(agreement.disclosure.offering(), id);
  }
  entry->second = std::make_shared<const Agreement>(std::move(agreement));
}

std::vector<std::shared_ptr<const Agreement>> DisclosureBook::All() const {
  std::vector<std::shared_ptr<const Agreement>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, agreement] : agreements_) all.push_back(agreement);
  }
  using google::protobuf::util::TimeUtil;
  const auto time = [](const auto& agreement) {
    return TimeUtil::TimestampToNanoseconds(agreement->disclosure.update_time());
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return time(a) > time(b); });
  return all;
}

}  // namespace magpie
