#include <fmt/format.h>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/catalogue/snapshot.h"

namespace magpie {
namespace {

// Limits in code points, and of lists in entries; docs/formats.md states them.
constexpr std::size_t kMaxId = 200;
constexpr std::size_t kMaxTitle = 500;
constexpr std::size_t kMaxDescription = 20'000;
constexpr std::size_t kMaxText = 20'000;
constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMaxWord = 200;
constexpr std::size_t kMaxEntries = 100;
constexpr std::size_t kMaxExtraBytes = 64 << 10;

constexpr std::size_t kShown = 40;  // code points of a value in a message

std::string Shown(std::string_view value) {
  const std::string printable = ToPrintable(value);
  const std::string_view head = TakeCodePoints(printable, kShown);
  return head.size() < printable.size() ? fmt::format("'{}...'", head) : fmt::format("'{}'", printable);
}

// Checks field after field and keeps the first error. Paths stand below `prefix` ("party.").
class Checker {
 public:
  explicit Checker(std::string_view prefix) : prefix_(prefix) {}

  absl::Status status() const { return status_; }

  void Fail(Reason reason, std::string_view field, std::string_view message) {
    if (status_.ok()) status_ = MakeError(reason, fmt::format("{}{}", prefix_, field), message);
  }
  void Require(bool holds, std::string_view field, std::string_view message) {
    if (!holds) Fail(Reason::kFieldInvalid, field, message);
  }

  void Text(std::string_view field, std::string_view value, std::size_t limit) {
    if (!status_.ok()) return;
    if (!IsValidUtf8(value)) return Fail(Reason::kFieldInvalid, field, Shown(value) + " is not UTF-8");
    const std::size_t length = value.size() <= limit ? 0 : CountCodePoints(value);  // never more than its bytes
    if (length > limit) {
      Fail(Reason::kFieldInvalid, field,
           fmt::format("{} has {} characters; at most {} are allowed, shorten it", Shown(value), length, limit));
    }
  }
  void Id(std::string_view field, std::string_view value) {
    Text(field, value, kMaxId);
    for (const char c : value) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        return Fail(Reason::kFieldInvalid, field,
                    Shown(value) + " holds a tab, a line break or another control character; an id must not");
      }
    }
  }
  template <typename List>
  bool Count(std::string_view field, const List& list) {
    if (list.size() <= kMaxEntries) return status_.ok();
    Fail(Reason::kFieldInvalid, field, fmt::format("has {} entries; at most {} are allowed", list.size(), kMaxEntries));
    return false;
  }
  void Texts(std::string_view field, const std::vector<std::string>& values, std::size_t limit) {
    if (!Count(field, values)) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].size() > limit || !IsValidUtf8(values[i])) Text(fmt::format("{}[{}]", field, i), values[i], limit);
    }
  }
  void Dates(std::string_view field, const std::optional<Date>& from, const std::optional<Date>& until) {
    if (!from || !until || *from <= *until) return;
    Fail(Reason::kFieldInvalid, field,
         fmt::format("{} lies before valid_from, {}; exchange them or correct one", FormatDate(*until),
                     FormatDate(*from)));
  }
  void Extra(std::string_view value) {
    Require(value.size() <= kMaxExtraBytes, "extra",
            fmt::format("unknown members take {} bytes; at most {} are kept", value.size(), kMaxExtraBytes));
  }

 private:
  std::string_view prefix_;
  absl::Status status_;
};

void CheckAmount(const Amount& amount, Checker* check) {
  for (const std::optional<std::int64_t>& cents : {amount.low_cents, amount.high_cents}) {
    if (!cents) continue;
    check->Require(*cents >= 0 && *cents <= kMaxCents, "amount",
                   fmt::format("{} cents lies outside 0 to {}", *cents, kMaxCents));
  }
  if (amount.low_cents && amount.high_cents && *amount.low_cents > *amount.high_cents) {
    check->Fail(Reason::kFieldInvalid, "amount",
                fmt::format("low {} lies above high {} (万元); exchange them or correct one",
                            FormatWan(*amount.low_cents), FormatWan(*amount.high_cents)));
  }
  bool letters = amount.currency.size() == 3;
  for (const char c : amount.currency) letters = letters && c >= 'A' && c <= 'Z';
  check->Require(letters, "amount.currency",
                 Shown(amount.currency) + " is not a currency code of ISO 4217 such as CNY or USD");
}

void CheckParty(const PartyRecord& party, Checker* check) {
  check->Id("id", party.id);
  check->Text("name", party.name, kMaxName);
  check->Texts("aliases", party.aliases, kMaxName);
  check->Text("parent", party.parent, kMaxName);
  check->Text("region", party.region.text, kMaxName);
  if (check->Count("sites", party.sites)) {
    for (std::size_t i = 0; i < party.sites.size(); ++i) {
      check->Text(fmt::format("sites[{}].name", i), party.sites[i].name, kMaxName);
    }
  }
  if (check->Count("qualifications", party.qualifications)) {
    for (std::size_t i = 0; i < party.qualifications.size(); ++i) {
      const Qualification& qualification = party.qualifications[i];
      const std::string field = fmt::format("qualifications[{}]", i);
      check->Text(field + ".title", qualification.title, kMaxName);
      check->Dates(field + ".valid_until", qualification.valid_from, qualification.valid_until);
    }
  }
  if (check->Count("contacts", party.contacts)) {
    for (std::size_t i = 0; i < party.contacts.size(); ++i) {
      const Contact& contact = party.contacts[i];
      const std::string field = fmt::format("contacts[{}]", i);
      check->Text(field + ".name", contact.name, kMaxName);
      check->Text(field + ".role", contact.role, kMaxName);
      check->Text(field + ".phone", contact.phone, kMaxName);
      check->Text(field + ".email", contact.email, kMaxName);
    }
  }
  check->Extra(party.extra_json);
}

}  // namespace

absl::Status ValidateListing(const ListingRecord& listing) {
  Checker check("");
  check.Id("id", listing.id);
  if (TrimSpace(listing.title).empty()) {
    check.Fail(Reason::kFieldMissing, "title", "the title is empty; every listing needs one");
  }
  check.Text("title", listing.title, kMaxTitle);
  check.Text("description", listing.description, kMaxDescription);
  check.Texts("keywords", listing.keywords, kMaxWord);
  check.Texts("fields", listing.fields, kMaxWord);
  check.Texts("exclude_parties", listing.exclude_parties, kMaxName);
  check.Count("regions", listing.regions);
  check.Count("indicators", listing.indicators);
  check.Text("ip_form", listing.ip_form, kMaxText);
  check.Text("team", listing.team, kMaxName);
  check.Text("remark", listing.remark, kMaxText);
  if (listing.trl) {
    check.Require(*listing.trl >= 1 && *listing.trl <= 9, "trl",
                  fmt::format("{} lies outside 1 to 9; leave it out where it is not known", *listing.trl));
  }
  if (listing.amount) CheckAmount(*listing.amount, &check);
  check.Dates("valid_until", listing.valid_from, listing.valid_until);
  if (listing.capacity) {
    check.Require(*listing.capacity >= 0, "capacity",
                  fmt::format("{} is negative; 0 means no matches at all", *listing.capacity));
  }
  check.Extra(listing.extra_json);
  MAGPIE_RETURN_IF_ERROR(check.status());
  Checker party_check("party.");
  CheckParty(listing.party, &party_check);
  return party_check.status();
}

absl::Status ValidateParty(const PartyRecord& party) {
  Checker check("party.");
  if (TrimSpace(party.name).empty()) {
    check.Fail(Reason::kFieldMissing, "name", "the name is empty; every party needs one");
  }
  CheckParty(party, &check);
  return check.status();
}

}  // namespace magpie
