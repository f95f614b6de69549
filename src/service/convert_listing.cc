#include <fmt/format.h>

#include "magpie/base/unicode.h"
#include "magpie/service/convert.h"

namespace magpie {
namespace {

// Fields of a message under a path, for errors.
class Reader {
 public:
  explicit Reader(std::string_view prefix) : prefix_(prefix) {}

  std::string Path(std::string_view field) const { return prefix_ + std::string(field); }
  std::string Path(std::string_view field, int index) const { return fmt::format("{}{}[{}]", prefix_, field, index); }

  absl::StatusOr<std::optional<Date>> ReadDate(const std::string& text, std::string_view field) const {
    if (text.empty()) return std::optional<Date>();
    const std::optional<Date> date = ParseDate(text);
    if (!date) {
      return MakeError(Reason::kFieldInvalid, Path(field),
                       fmt::format("'{}' is not a date; write it like 2025-03-11", ToPrintable(text)));
    }
    return date;
  }

 private:
  std::string prefix_;
};

template <typename Enum, typename Values>
absl::StatusOr<std::vector<Enum>> ReadWords(const Reader& reader, const Values& values, std::string_view field) {
  std::vector<Enum> result;
  for (int i = 0; i < values.size(); ++i) {
    const std::string path = reader.Path(field, i);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<Enum> value, WordFromProto<Enum>(values.Get(i), path));
    if (!value) return MakeError(Reason::kFieldInvalid, path, "an unspecified value has no place in a list");
    result.push_back(*value);
  }
  return result;
}

template <typename Enum, typename Values>
absl::StatusOr<WordSet<Enum>> ReadSet(const Reader& reader, const Values& values, std::string_view field) {
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<Enum> words, ReadWords<Enum>(reader, values, field));
  WordSet<Enum> set;
  for (const Enum word : words) set.Add(word);
  return set;
}

std::vector<std::string> ReadTexts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<std::string> result;
  result.reserve(static_cast<std::size_t>(texts.size()));
  for (const std::string& text : texts) result.push_back(ToNfc(text));
  return result;
}

absl::StatusOr<Region> ReadRegion(const v1::Region& region, const std::string& path) {
  if (region.code().empty()) return ParseRegion(ToNfc(region.text()));
  std::optional<Region> found = FindRegion(region.code());
  if (!found) {
    return MakeError(Reason::kFieldInvalid, path + ".code",
                     fmt::format("'{}' is not a code of GB/T 2260; leave it out and write the place as text",
                                 ToPrintable(region.code())));
  }
  if (!region.text().empty()) found->text = ToNfc(region.text());
  return *found;
}

void WriteRegion(const Region& region, v1::Region* out) {
  out->set_text(region.text);
  out->set_code(region.code);
  out->set_province(region.province);
  out->set_city(region.city);
  out->set_county(region.county);
}

Amount ReadAmount(const v1::Amount& amount) {
  Amount result;
  if (amount.has_low_cents()) result.low_cents = amount.low_cents();
  if (amount.has_high_cents()) result.high_cents = amount.high_cents();
  if (!amount.currency().empty()) result.currency = amount.currency();
  result.negotiable = amount.negotiable();
  result.note = ToNfc(amount.note());
  return result;
}

void WriteAmount(const Amount& amount, v1::Amount* out) {
  if (amount.low_cents) out->set_low_cents(*amount.low_cents);
  if (amount.high_cents) out->set_high_cents(*amount.high_cents);
  out->set_currency(amount.currency);
  out->set_negotiable(amount.negotiable);
  out->set_note(amount.note);
}

std::string DateText(const std::optional<Date>& date) {
  return date ? FormatDate(*date) : std::string();
}

Provenance ReadProvenance(const v1::Provenance& provenance) {
  return {ToNfc(provenance.file()), ToNfc(provenance.sheet()), provenance.row()};
}

void WriteProvenance(const Provenance& provenance, v1::Provenance* out) {
  out->set_file(provenance.file);
  out->set_sheet(provenance.sheet);
  out->set_row(provenance.row);
}

void WriteContact(const Contact& contact, Contacts contacts, v1::Contact* out) {
  out->set_role(contact.role);
  out->set_consent(contact.consent);
  if (!contact.consent && contacts == Contacts::kMasked) {
    out->set_masked(true);
    return;
  }
  out->set_display_name(contact.name);
  out->set_phone(contact.phone);
  out->set_email(contact.email);
}

}  // namespace

absl::StatusOr<std::optional<int>> WordNumber(std::span<const Word> words, int number, std::string_view field) {
  if (number == 0) return std::optional<int>();
  if (number < 0 || number > static_cast<int>(words.size())) {
    return MakeError(Reason::kFieldInvalid, field,
                     fmt::format("{} is not one of the values 1 to {} of this list", number, words.size()));
  }
  return std::optional<int>(number - 1);
}

v1::Party ToProto(const PartyRecord& party, Contacts contacts) {
  v1::Party out;
  out.set_external_id(party.id);
  out.set_display_name(party.name);
  for (const std::string& alias : party.aliases) out.add_aliases(alias);
  out.set_parent_party(party.parent);
  out.set_kind(WordToProto<v1::PartyKind>(party.kind));
  if (!party.region.empty()) WriteRegion(party.region, out.mutable_region());
  for (const Site& site : party.sites) {
    v1::Site& item = *out.add_sites();
    item.set_kind(WordToProto<v1::SiteKind>(site.kind));
    item.set_display_name(site.name);
    if (!site.region.empty()) WriteRegion(site.region, item.mutable_region());
  }
  for (const Qualification& qualification : party.qualifications) {
    v1::Qualification& item = *out.add_qualifications();
    item.set_title(qualification.title);
    item.set_valid_from(DateText(qualification.valid_from));
    item.set_valid_until(DateText(qualification.valid_until));
  }
  for (const Contact& contact : party.contacts) WriteContact(contact, contacts, out.add_contacts());
  if (party.first_timer) out.set_first_timer(*party.first_timer);
  if (party.small) out.set_small(*party.small);
  out.set_extra_json(party.extra_json);
  if (party.provenance != Provenance()) WriteProvenance(party.provenance, out.mutable_provenance());
  return out;
}

absl::StatusOr<PartyRecord> FromProto(const v1::Party& party, std::string_view prefix) {
  const Reader reader(prefix);
  PartyRecord record;
  record.id = ToNfc(party.external_id());
  record.name = ToNfc(party.display_name());
  record.aliases = ReadTexts(party.aliases());
  record.parent = ToNfc(party.parent_party());
  MAGPIE_ASSIGN_OR_RETURN(record.kind, WordFromProto<PartyKind>(party.kind(), reader.Path("kind")));
  if (party.has_region()) {
    MAGPIE_ASSIGN_OR_RETURN(record.region, ReadRegion(party.region(), reader.Path("region")));
  }
  for (int i = 0; i < party.sites_size(); ++i) {
    const v1::Site& item = party.sites(i);
    Site& site = record.sites.emplace_back();
    const std::string path = reader.Path("sites", i);
    MAGPIE_ASSIGN_OR_RETURN(const std::optional<SiteKind> kind, WordFromProto<SiteKind>(item.kind(), path + ".kind"));
    site.kind = kind.value_or(SiteKind::kHeadquarters);
    site.name = ToNfc(item.display_name());
    if (item.has_region()) {
      MAGPIE_ASSIGN_OR_RETURN(site.region, ReadRegion(item.region(), path + ".region"));
    }
  }
  for (int i = 0; i < party.qualifications_size(); ++i) {
    const v1::Qualification& item = party.qualifications(i);
    Qualification& qualification = record.qualifications.emplace_back();
    const Reader inner(reader.Path("qualifications", i) + ".");
    qualification.title = ToNfc(item.title());
    MAGPIE_ASSIGN_OR_RETURN(qualification.valid_from, inner.ReadDate(item.valid_from(), "valid_from"));
    MAGPIE_ASSIGN_OR_RETURN(qualification.valid_until, inner.ReadDate(item.valid_until(), "valid_until"));
  }
  for (int i = 0; i < party.contacts_size(); ++i) {
    const v1::Contact& item = party.contacts(i);
    if (item.masked()) {
      return MakeError(Reason::kFieldInvalid, reader.Path("contacts", i),
                       "this contact is masked, so writing it back would wipe it; leave contacts out of update_mask");
    }
    record.contacts.push_back(
        {ToNfc(item.display_name()), ToNfc(item.role()), ToNfc(item.phone()), ToNfc(item.email()), item.consent()});
  }
  if (party.has_first_timer()) record.first_timer = party.first_timer();
  if (party.has_small()) record.small = party.small();
  record.extra_json = party.extra_json();
  record.provenance = ReadProvenance(party.provenance());
  return record;
}

v1::Listing ToProto(const ListingRecord& listing, Contacts contacts) {
  v1::Listing out;
  out.set_external_id(listing.id);
  out.set_side(WordToProto<v1::Side>(listing.side));
  if (listing.party != PartyRecord()) *out.mutable_party() = ToProto(listing.party, contacts);
  out.set_title(listing.title);
  out.set_description(listing.description);
  for (const std::string& keyword : listing.keywords) out.add_keywords(keyword);
  for (const std::string& field : listing.fields) out.add_fields(field);
  out.set_language_code(listing.language);
  out.set_resource(WordToProto<v1::ResourceKind>(listing.resource));
  for (const CooperationMode mode : listing.modes.Values()) out.add_modes(WordToProto<v1::CooperationMode>(mode));
  if (listing.trl) out.set_trl(*listing.trl);
  if (listing.amount) WriteAmount(*listing.amount, out.mutable_amount());
  for (const Region& region : listing.regions) WriteRegion(region, out.add_regions());
  for (const PartyKind kind : listing.partner_kinds) out.add_partner_kinds(WordToProto<v1::PartyKind>(kind));
  for (const std::string& name : listing.exclude_parties) out.add_exclude_parties(name);
  out.set_valid_from(DateText(listing.valid_from));
  out.set_valid_until(DateText(listing.valid_until));
  out.set_review(WordToProto<v1::ReviewState>(listing.review));
  out.set_review_note(listing.review_note);
  out.set_disclosure(WordToProto<v1::Disclosure>(listing.disclosure));
  out.set_text_level(WordToProto<v1::Level>(listing.text_level));
  out.set_party_level(WordToProto<v1::Level>(listing.party_level));
  out.set_contacts_level(WordToProto<v1::Level>(listing.contacts_level));
  out.set_trade(WordToProto<v1::TradeType>(listing.trade));
  out.set_ip_form(listing.ip_form);
  for (const Indicator& indicator : listing.indicators) {
    v1::Indicator& item = *out.add_indicators();
    item.set_name(indicator.name);
    item.set_relation(indicator.relation);
    if (indicator.value) item.set_value(*indicator.value);
    item.set_unit(indicator.unit);
  }
  for (const Constraint constraint : listing.must.Values()) out.add_must(WordToProto<v1::Constraint>(constraint));
  if (listing.capacity) out.set_capacity(*listing.capacity);
  out.set_team(listing.team);
  out.set_remark(listing.remark);
  out.set_extra_json(listing.extra_json);
  if (listing.provenance != Provenance()) WriteProvenance(listing.provenance, out.mutable_provenance());
  return out;
}

void MakeBasic(v1::Listing* listing) {
  listing->clear_description();
  listing->clear_indicators();
  listing->clear_remark();
  listing->clear_extra_json();
  if (!listing->has_party()) return;
  v1::Party& party = *listing->mutable_party();
  v1::Party kept;
  kept.set_name(party.name());
  kept.set_external_id(party.external_id());
  kept.set_display_name(party.display_name());
  kept.set_kind(party.kind());
  if (party.has_region()) *kept.mutable_region() = party.region();
  party.Swap(&kept);
}

absl::StatusOr<ListingRecord> FromProto(const v1::Listing& listing, Side side, std::string_view prefix) {
  const Reader reader(prefix);
  ListingRecord record;
  record.side = side;
  record.id = ToNfc(listing.external_id());
  record.id_given = !record.id.empty();
  record.language = listing.language_code();
  if (listing.has_party()) {
    MAGPIE_ASSIGN_OR_RETURN(record.party, FromProto(listing.party(), reader.Path("party.")));
  }
  record.title = ToNfc(listing.title());
  record.description = ToNfc(listing.description());
  record.keywords = ReadTexts(listing.keywords());
  record.fields = ReadTexts(listing.fields());
  MAGPIE_ASSIGN_OR_RETURN(record.resource, WordFromProto<ResourceKind>(listing.resource(), reader.Path("resource")));
  MAGPIE_ASSIGN_OR_RETURN(record.modes, ReadSet<CooperationMode>(reader, listing.modes(), "modes"));
  if (listing.has_trl()) record.trl = listing.trl();
  if (listing.has_amount()) record.amount = ReadAmount(listing.amount());
  for (int i = 0; i < listing.regions_size(); ++i) {
    MAGPIE_ASSIGN_OR_RETURN(Region region, ReadRegion(listing.regions(i), reader.Path("regions", i)));
    record.regions.push_back(std::move(region));
  }
  MAGPIE_ASSIGN_OR_RETURN(record.partner_kinds, ReadWords<PartyKind>(reader, listing.partner_kinds(), "partner_kinds"));
  record.exclude_parties = ReadTexts(listing.exclude_parties());
  MAGPIE_ASSIGN_OR_RETURN(record.valid_from, reader.ReadDate(listing.valid_from(), "valid_from"));
  MAGPIE_ASSIGN_OR_RETURN(record.valid_until, reader.ReadDate(listing.valid_until(), "valid_until"));
  MAGPIE_ASSIGN_OR_RETURN(record.review, WordFromProto<ReviewState>(listing.review(), reader.Path("review")));
  MAGPIE_ASSIGN_OR_RETURN(record.disclosure,
                          WordFromProto<Disclosure>(listing.disclosure(), reader.Path("disclosure")));
  MAGPIE_ASSIGN_OR_RETURN(record.text_level, WordFromProto<Level>(listing.text_level(), reader.Path("text_level")));
  MAGPIE_ASSIGN_OR_RETURN(record.party_level, WordFromProto<Level>(listing.party_level(), reader.Path("party_level")));
  MAGPIE_ASSIGN_OR_RETURN(record.contacts_level,
                          WordFromProto<Level>(listing.contacts_level(), reader.Path("contacts_level")));
  record.review_note = ToNfc(listing.review_note());
  MAGPIE_ASSIGN_OR_RETURN(record.trade, WordFromProto<TradeType>(listing.trade(), reader.Path("trade")));
  record.ip_form = ToNfc(listing.ip_form());
  for (const v1::Indicator& item : listing.indicators()) {
    Indicator& indicator = record.indicators.emplace_back();
    indicator.name = ToNfc(item.name());
    indicator.relation = item.relation();
    if (item.has_value()) indicator.value = item.value();
    indicator.unit = ToNfc(item.unit());
  }
  MAGPIE_ASSIGN_OR_RETURN(record.must, ReadSet<Constraint>(reader, listing.must(), "must"));
  if (listing.has_capacity()) record.capacity = listing.capacity();
  record.team = ToNfc(listing.team());
  record.remark = ToNfc(listing.remark());
  record.extra_json = listing.extra_json();
  record.provenance = ReadProvenance(listing.provenance());
  return record;
}

}  // namespace magpie
