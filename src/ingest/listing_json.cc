#include "magpie/ingest/listing_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "json_reader.h"
#include "listing_parser.h"
#include "magpie/base/status.h"
#include "magpie/base/unicode.h"
#include "magpie/ingest/amount_parser.h"
#include "magpie/ingest/import.h"

namespace magpie {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kMaxIdBytes = 1'024;
constexpr int kMaxCapacity = 1'000'000;
// Below it a double's steps (2^-9 yuan) are fine enough to come back to the same cent; larger sums are written as text.
constexpr std::int64_t kExactCents = (std::int64_t{1} << 44) * kCentsPerYuan;

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kRelations = {{{"<", "<"},
                                                                                       {"<=", "<="},
                                                                                       {"=", "="},
                                                                                       {">=", ">="},
                                                                                       {">", ">"},
                                                                                       {"≤", "<="},
                                                                                       {"≦", "<="},
                                                                                       {"≥", ">="},
                                                                                       {"≧", ">="},
                                                                                       {"==", "="}}};

// "123.45" -> 12345 cents, exactly. False where the text is no such number or too large.
bool DecimalToCents(std::string_view text, std::int64_t* cents) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (fraction.size() > 2) return false;
  fraction.resize(2, '0');
  std::int64_t units = 0, hundredths = 0;
  const auto parse = [](std::string_view digits, std::int64_t* out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *out);
    return error == std::errc() && end == digits.data() + digits.size() && *out >= 0;
  };
  if (!parse(whole, &units) || !parse(fraction, &hundredths) || units > kMaxCents / kCentsPerYuan) return false;
  *cents = units * kCentsPerYuan + hundredths;
  return *cents <= kMaxCents;
}

// A number, or decimal digits as text, of `cents_per_unit` each.
std::optional<std::int64_t> CentsOf(const Json& value, std::int64_t cents_per_unit) {
  if (value.is_string() && cents_per_unit == kCentsPerYuan) {
    std::int64_t cents = 0;
    if (!DecimalToCents(value.get_ref<const std::string&>(), &cents)) return std::nullopt;
    return cents;
  }
  if (value.is_number_integer()) {
    // Unsigned numbers beyond int64 come out negative here and are refused with them.
    const auto units = value.get<std::int64_t>();
    if (units < 0 || units > kMaxCents / cents_per_unit) return std::nullopt;
    return units * cents_per_unit;
  }
  if (!value.is_number()) return std::nullopt;
  const double cents = value.get<double>() * static_cast<double>(cents_per_unit);
  if (!(cents >= 0 && cents <= static_cast<double>(kMaxCents))) return std::nullopt;
  return std::llround(cents);
}

void ReadBound(JsonReader* reader, std::string_view member, const Json& value, std::int64_t cents_per_unit,
               std::optional<std::int64_t>* out) {
  if (value.is_null()) return;
  *out = CentsOf(value, cents_per_unit);
  if (!*out) {
    reader->Fail(member, "AMOUNT_UNREADABLE", value,
                 "must be a number from 0 to 400 万亿 yuan (4e14), without a unit or sign");
  }
}

void CheckOrder(JsonReader* reader, std::string_view member, const Json& value, const Amount& amount) {
  if (amount.low_cents && amount.high_cents && *amount.low_cents > *amount.high_cents) {
    reader->Fail(member, "AMOUNT_REVERSED", value, ComplaintOf(AmountProblem::kReversed).hint);
  }
}

void ReadAmountText(JsonReader* reader, std::string_view member, const Json& value, const AmountUnit& unit,
                    std::optional<Amount>* out, std::vector<RowIssue>* warnings) {
  const std::optional<std::string> text = reader->TextOf(member, value);
  if (!text) return;
  ParsedAmount parsed = ParseAmount(*text, unit);
  const AmountComplaint complaint = ComplaintOf(parsed.problem);
  if (!complaint.reason.empty()) return reader->Fail(member, complaint.reason, value, complaint.hint);
  if (parsed.unit_assumed && warnings != nullptr) {
    warnings->push_back({reader->PathOf(member), "AMOUNT_UNIT_ASSUMED", *text,
                         "has no unit and was read as 万元; write the unit, or use amount_wan_cny"});
  }
  *out = std::move(parsed.amount);
}

// "amount_wan_cny": 100, [100, 300], [null, 300] or "100-300".
void ReadAmountWan(JsonReader* reader, std::optional<Amount>* out, std::vector<RowIssue>* warnings) {
  constexpr std::string_view kMember = "amount_wan_cny";
  const Json* value = reader->Take(kMember);
  if (value == nullptr) return;
  if (value->is_string()) return ReadAmountText(reader, kMember, *value, {kWan, "CNY"}, out, warnings);
  Amount amount;
  if (value->is_array()) {
    if (value->empty()) return;
    if (value->size() != 2) return reader->Fail(kMember, "FIELD_TYPE", *value, "must be [low, high]");
    ReadBound(reader, kMember, (*value)[0], kCentsPerWan, &amount.low_cents);
    ReadBound(reader, kMember, (*value)[1], kCentsPerWan, &amount.high_cents);
    CheckOrder(reader, kMember, *value, amount);
  } else {
    ReadBound(reader, kMember, *value, kCentsPerWan, &amount.low_cents);
    amount.high_cents = amount.low_cents;
  }
  if (amount.has_figure()) *out = std::move(amount);
}

// "amount": {"low": 1000000, "high": 3000000, "currency": "CNY", "negotiable": false, "note": "/年"} or a text.
void ReadAmount(JsonReader* reader, std::uint64_t cell_bytes, RowIssue* error, std::optional<Amount>* out,
                std::vector<RowIssue>* warnings) {
  const Json* value = reader->Take("amount");
  if (value == nullptr) return;
  if (value->is_string()) {
    if (*out) return reader->Fail("amount", "FIELD_INVALID", *value, "stands beside amount_wan_cny; give one of them");
    return ReadAmountText(reader, "amount", *value, {}, out, warnings);
  }
  if (!value->is_object()) {
    return reader->Fail("amount", "FIELD_TYPE", *value,
                        "must be {\"low\", \"high\", \"currency\"} in units of the currency, or a text such as "
                        "\"100-300万\"; for figures in 万元 use amount_wan_cny");
  }
  if (*out) return reader->Fail("amount", "FIELD_INVALID", *value, "stands beside amount_wan_cny; give one of them");
  Amount amount;
  JsonReader members(*value, "amount", cell_bytes, error);
  for (const auto& [member, bound] :
       {std::pair<std::string_view, std::optional<std::int64_t>*>{"low", &amount.low_cents},
        {"high", &amount.high_cents}}) {
    if (const Json* number = members.Take(member)) ReadBound(&members, member, *number, kCentsPerYuan, bound);
  }
  CheckOrder(reader, "amount", *value, amount);
  members.Text("currency", &amount.currency);
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (amount.currency.size() != 3 || !upper(amount.currency[0]) || !upper(amount.currency[1]) ||
      !upper(amount.currency[2])) {
    members.Fail("currency", "FIELD_INVALID", amount.currency, "must be an ISO 4217 code such as CNY or USD");
  }
  std::optional<bool> negotiable;
  members.Flag("negotiable", &negotiable);
  amount.negotiable = negotiable.value_or(false);
  members.Text("note", &amount.note);
  if (!members.failed() && !members.Extra(nullptr).empty()) {
    members.Fail("", "FIELD_INVALID", *value, "may hold low, high, currency, negotiable and note only");
  }
  *out = std::move(amount);
}

void ReadProvenance(JsonReader* reader, std::string path, std::uint64_t cell_bytes, RowIssue* error, Provenance* out) {
  const Json* value = reader->Take("provenance");
  if (value == nullptr) return;
  if (!value->is_object()) return reader->Fail("provenance", "FIELD_TYPE", *value, "must be {file, sheet, row}");
  JsonReader members(*value, std::move(path), cell_bytes, error);
  members.Text("file", &out->file);
  members.Text("sheet", &out->sheet);
  if (const Json* row = members.Take("row")) {
    if (!row->is_number_integer()) return members.Fail("row", "FIELD_TYPE", *row, "must be a whole number");
    out->row = row->get<std::int64_t>();
  }
}

// Each object of an array, with a reader of its own.
template <typename Body>
void ReadObjects(JsonReader* reader, std::string_view member, std::uint64_t cell_bytes, RowIssue* error,
                 const Body& body) {
  reader->Objects(member, [&](const std::string& path, const Json& item) {
    if (!item.is_object()) return reader->Fail(path, "FIELD_TYPE", item, "must be an object");
    JsonReader members(item, reader->PathOf(path), cell_bytes, error);
    body(&members);
    if (!members.failed() && !members.Extra(nullptr).empty()) {
      reader->Fail(path, "FIELD_INVALID", item, "holds a member that docs/formats.md does not list");
    }
  });
}

void ReadIdMember(JsonReader* reader, std::string* id) {
  const Json* value = reader->Take("id");
  if (value == nullptr) return;
  if (value->is_number_integer()) {
    *id = value->dump();
    return;
  }
  const std::optional<std::string> text = reader->TextOf("id", *value);
  if (!text) return;
  *id = *text;
  if (!id->empty() && !IsUserId(*id)) {
    reader->Fail("id", "ID_INVALID", *value, "an id may hold anything but tabs and line breaks, up to 1,024 bytes");
  }
}

void ReadPartyMembers(JsonReader* reader, const std::string& path, std::uint64_t cell_bytes, RowIssue* error,
                      std::vector<RowIssue>* warnings, PartyRecord* party) {
  ReadIdMember(reader, &party->id);
  reader->Text("name", &party->name);
  reader->Texts("aliases", &party->aliases);
  reader->Text("parent", &party->parent);
  reader->Word("kind", &party->kind);
  reader->Place("region", &party->region);
  ReadObjects(reader, "sites", cell_bytes, error, [&](JsonReader* members) {
    Site site;
    std::optional<SiteKind> kind;
    members->Word("kind", &kind);
    site.kind = kind.value_or(site.kind);
    members->Text("name", &site.name);
    members->Place("region", &site.region);
    party->sites.push_back(std::move(site));
  });
  ReadObjects(reader, "qualifications", cell_bytes, error, [&](JsonReader* members) {
    Qualification qualification;
    members->Text("title", &qualification.title);
    members->Day("valid_from", &qualification.valid_from);
    members->Day("valid_until", &qualification.valid_until);
    party->qualifications.push_back(std::move(qualification));
  });
  ReadObjects(reader, "contacts", cell_bytes, error, [&](JsonReader* members) {
    Contact contact;
    members->Text("name", &contact.name);
    members->Text("role", &contact.role);
    members->Text("phone", &contact.phone);
    members->Text("email", &contact.email);
    std::optional<bool> consent;
    members->Flag("consent", &consent);
    contact.consent = consent.value_or(false);
    party->contacts.push_back(std::move(contact));
  });
  reader->Flag("first_timer", &party->first_timer);
  reader->Flag("small", &party->small);
  ReadProvenance(reader, path.empty() ? "provenance" : path + ".provenance", cell_bytes, error, &party->provenance);
  party->extra_json = reader->Extra(warnings);
}

// Either a name or an object.
void ReadPartyOf(JsonReader* reader, std::uint64_t cell_bytes, RowIssue* error, std::vector<RowIssue>* warnings,
                 PartyRecord* party) {
  const Json* value = reader->Take("party");
  if (value == nullptr) return;
  if (!value->is_object()) {
    if (const std::optional<std::string> name = reader->TextOf("party", *value)) party->name = *name;
    return;
  }
  JsonReader members(*value, "party", cell_bytes, error);
  ReadPartyMembers(&members, "party", cell_bytes, error, warnings, party);
}

void ReadIndicators(JsonReader* reader, std::uint64_t cell_bytes, RowIssue* error, std::vector<Indicator>* out) {
  ReadObjects(reader, "indicators", cell_bytes, error, [&](JsonReader* members) {
    Indicator indicator;
    members->Text("name", &indicator.name);
    std::string relation;
    members->Text("relation", &relation);
    for (const auto& [written, meant] : kRelations) {
      if (relation == written) indicator.relation = meant;
    }
    if (!relation.empty() && indicator.relation.empty()) {
      members->Fail("relation", "FIELD_INVALID", relation, "is none of <, <=, =, >=, >");
    }
    members->Number("value", &indicator.value);
    members->Text("unit", &indicator.unit);
    out->push_back(std::move(indicator));
  });
}

void ReadLanguage(JsonReader* reader, std::string* out) {
  reader->Text("lang", out);
  if (out->empty()) return;
  if (const std::optional<Language> language = ParseWord<Language>(*out)) {
    *out = WordName(*language);
    return;
  }
  bool letters = out->size() == 2;
  for (char c : *out) letters = letters && c >= 'a' && c <= 'z';
  if (!letters) reader->Fail("lang", "FIELD_INVALID", *out, "must be an ISO 639-1 code such as zh, en or ru");
}

ListingRecord ReadListingMembers(const Json& object, Side side, std::uint64_t cell_bytes, RowIssue* error,
                                 std::vector<RowIssue>* warnings) {
  ListingRecord listing;
  JsonReader reader(object, "", cell_bytes, error);
  listing.side = side;
  std::optional<Side> said;
  reader.Word("side", &said);
  if (said && *said != side) {
    reader.Fail(
        "side", "SIDE_MISMATCH", std::string(WordName(*said)),
        fmt::format("this list is read as {}s; give the file to the other option, or correct the row", WordName(side)));
  }
  ReadIdMember(&reader, &listing.id);
  listing.id_given = !listing.id.empty();
  std::optional<bool> id_given;
  reader.Flag("id_given", &id_given);
  if (id_given) listing.id_given = listing.id_given && *id_given;
  ReadLanguage(&reader, &listing.language);
  ReadPartyOf(&reader, cell_bytes, error, warnings, &listing.party);
  reader.Text("title", &listing.title);
  if (!reader.failed() && listing.title.empty()) {
    reader.Fail("title", "TITLE_MISSING", "", "the title is missing or empty; every listing needs one");
  }
  reader.Text("description", &listing.description);
  reader.Texts("keywords", &listing.keywords);
  reader.Texts("fields", &listing.fields);
  reader.Word("resource", &listing.resource);
  std::vector<CooperationMode> modes;
  reader.WordList("modes", &modes);
  for (CooperationMode mode : modes) listing.modes.Add(mode);
  reader.Integer("trl", 1, 9, &listing.trl);
  ReadAmountWan(&reader, &listing.amount, warnings);
  ReadAmount(&reader, cell_bytes, error, &listing.amount, warnings);
  reader.Places("regions", &listing.regions);
  reader.WordList("partner_kinds", &listing.partner_kinds);
  reader.Texts("exclude_parties", &listing.exclude_parties);
  reader.Day("valid_from", &listing.valid_from);
  reader.Day("valid_until", &listing.valid_until);
  if (listing.valid_from && listing.valid_until && *listing.valid_from > *listing.valid_until) {
    reader.Fail("valid_until", "DATE_REVERSED", FormatDate(*listing.valid_until), "lies before valid_from");
  }
  reader.Word("review", &listing.review);
  reader.Text("review_note", &listing.review_note);
  reader.Word("disclosure", &listing.disclosure);
  reader.Word("text_level", &listing.text_level);
  reader.Word("party_level", &listing.party_level);
  reader.Word("contacts_level", &listing.contacts_level);
  reader.Word("trade", &listing.trade);
  reader.Text("ip_form", &listing.ip_form);
  ReadIndicators(&reader, cell_bytes, error, &listing.indicators);
  std::vector<Constraint> must;
  reader.WordList("must", &must);
  for (Constraint constraint : must) listing.must.Add(constraint);
  reader.Integer("capacity", 0, kMaxCapacity, &listing.capacity);
  reader.Text("team", &listing.team);
  reader.Text("remark", &listing.remark);
  ReadProvenance(&reader, "provenance", cell_bytes, error, &listing.provenance);
  listing.extra_json = reader.Extra(warnings);
  return listing;
}

std::optional<Json> ParseObject(std::string_view line, RowIssue* error) {
  std::optional<Json> object = ParseJson(line, error);
  if (object && !object->is_object()) {
    *error = {"", "JSON_NOT_OBJECT", ShowJson(*object),
              fmt::format("is {}, not an object; write one {{...}} a line", object->type_name())};
    return std::nullopt;
  }
  return object;
}

absl::Status IssueToStatus(const RowIssue& issue) {
  Reason reason = Reason::kFieldInvalid;
  if (issue.reason.starts_with("JSON_") || issue.reason == "TEXT_NOT_UTF8") reason = Reason::kBadFile;
  if (issue.reason == "TITLE_MISSING") reason = Reason::kFieldMissing;
  return MakeError(reason, issue.column,
                   issue.value.empty() ? issue.hint : fmt::format("'{}': {}", issue.value, issue.hint));
}

void Sentences(const std::vector<RowIssue>& issues, std::vector<std::string>* out) {
  if (out == nullptr) return;
  for (const RowIssue& issue : issues) out->push_back(fmt::format("{}: {}", issue.column, issue.hint));
}

bool NotUtf8(std::string_view line, RowIssue* error) {
  if (IsValidUtf8(line)) return false;
  *error = {"", "TEXT_NOT_UTF8", std::string(TakeCodePoints(ToPrintable(line), 80)),
            "holds bytes that are not UTF-8; save the file as UTF-8"};
  return true;
}

void Put(OrderedJson* json, std::string_view member, const std::string& text) {
  if (!text.empty()) (*json)[std::string(member)] = text;
}
void Put(OrderedJson* json, std::string_view member, const std::vector<std::string>& texts) {
  if (!texts.empty()) (*json)[std::string(member)] = texts;
}
void Put(OrderedJson* json, std::string_view member, const std::optional<Date>& date) {
  if (date) (*json)[std::string(member)] = FormatDate(*date);
}
template <typename Enum>
void PutWord(OrderedJson* json, std::string_view member, const std::optional<Enum>& word) {
  if (word) (*json)[std::string(member)] = std::string(WordName(*word));
}
template <typename Enum>
void PutWords(OrderedJson* json, std::string_view member, const std::vector<Enum>& words) {
  for (Enum word : words) (*json)[std::string(member)].push_back(std::string(WordName(word)));
}

// The text alone where it says the same again when read; in the store (`exact`) the parts as they were understood.
OrderedJson RegionToJson(const Region& region, bool exact) {
  if (!exact && ParseRegion(region.text) == region) return region.text;
  OrderedJson json = OrderedJson::object();
  Put(&json, "text", region.text);
  Put(&json, "code", region.code);
  Put(&json, "province", region.province);
  Put(&json, "city", region.city);
  Put(&json, "county", region.county);
  return json;
}

OrderedJson CentsToJson(std::int64_t cents) {
  if (cents % kCentsPerYuan == 0) return cents / kCentsPerYuan;
  if (cents < kExactCents) return static_cast<double>(cents) / kCentsPerYuan;
  return fmt::format("{}.{:02}", cents / kCentsPerYuan, cents % kCentsPerYuan);
}

OrderedJson AmountToJson(const Amount& amount) {
  OrderedJson json = OrderedJson::object();
  if (amount.low_cents) json["low"] = CentsToJson(*amount.low_cents);
  if (amount.high_cents) json["high"] = CentsToJson(*amount.high_cents);
  json["currency"] = amount.currency;
  if (amount.negotiable) json["negotiable"] = true;
  Put(&json, "note", amount.note);
  return json;
}

void PutExtra(OrderedJson* json, const std::string& extra_json) {
  if (extra_json.empty()) return;
  OrderedJson extra = OrderedJson::parse(extra_json, nullptr, /*allow_exceptions=*/false);
  if (extra.is_object()) (*json)["extra"] = std::move(extra);
}

void PutProvenance(OrderedJson* json, const Provenance& provenance) {
  if (provenance == Provenance()) return;
  OrderedJson value = OrderedJson::object();
  Put(&value, "file", provenance.file);
  Put(&value, "sheet", provenance.sheet);
  value["row"] = provenance.row;
  (*json)["provenance"] = std::move(value);
}

OrderedJson PartyJson(const PartyRecord& party, bool provenance) {
  OrderedJson json = OrderedJson::object();
  Put(&json, "id", party.id);
  Put(&json, "name", party.name);
  Put(&json, "aliases", party.aliases);
  Put(&json, "parent", party.parent);
  PutWord(&json, "kind", party.kind);
  if (!(party.region == Region())) json["region"] = RegionToJson(party.region, provenance);
  for (const Site& site : party.sites) {
    OrderedJson value = {{"kind", std::string(WordName(site.kind))}};
    Put(&value, "name", site.name);
    if (!(site.region == Region())) value["region"] = RegionToJson(site.region, provenance);
    json["sites"].push_back(std::move(value));
  }
  for (const Qualification& qualification : party.qualifications) {
    OrderedJson value = {{"title", qualification.title}};
    Put(&value, "valid_from", qualification.valid_from);
    Put(&value, "valid_until", qualification.valid_until);
    json["qualifications"].push_back(std::move(value));
  }
  for (const Contact& contact : party.contacts) {
    OrderedJson value = OrderedJson::object();
    Put(&value, "name", contact.name);
    Put(&value, "role", contact.role);
    Put(&value, "phone", contact.phone);
    Put(&value, "email", contact.email);
    if (contact.consent) value["consent"] = true;
    json["contacts"].push_back(std::move(value));
  }
  if (party.first_timer) json["first_timer"] = *party.first_timer;
  if (party.small) json["small"] = *party.small;
  PutExtra(&json, party.extra_json);
  if (provenance) PutProvenance(&json, party.provenance);
  return json;
}

std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace

bool IsUserId(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) return false;
  for (char c : id) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  // Line breaks of Unicode: next line, line separator, paragraph separator.
  for (std::string_view line_break : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (id.find(line_break) != std::string_view::npos) return false;
  }
  return true;
}

AmountComplaint ComplaintOf(AmountProblem problem) {
  switch (problem) {
    case AmountProblem::kNone:
      return {};
    case AmountProblem::kUnreadable:
      return {"AMOUNT_UNREADABLE",
              "is not understood as an amount (金额无法识别); write 100-300, 约50万元, 不超过500万, 面议, or leave it "
              "empty"};
    case AmountProblem::kReversed:
      return {"AMOUNT_REVERSED", "the low figure is above the high one (上下限颠倒); exchange them"};
    case AmountProblem::kForeignCurrency:
      return {"AMOUNT_FOREIGN_CURRENCY",
              "is in a foreign currency under a heading in yuan (外币不能按人民币导入); convert it, or take the unit "
              "out of the heading and write it into each cell"};
    case AmountProblem::kOutOfRange:
      return {"AMOUNT_OUT_OF_RANGE", "is above 400 万亿 yuan (4e14); check the figure and its unit"};
    case AmountProblem::kUnitMissing:
      return {"AMOUNT_UNIT_MISSING",
              "has no unit, and neither has the heading (缺少单位): 元 or 万元? Write the unit into the heading or the "
              "cell"};
  }
  return {};
}

std::optional<ListingRecord> ParseListing(std::string_view line, Side side, std::uint64_t cell_bytes, RowIssue* error,
                                          std::vector<RowIssue>* warnings) {
  *error = {};
  if (NotUtf8(line, error)) return std::nullopt;
  const std::optional<Json> object = ParseObject(line, error);
  if (!object) return std::nullopt;
  ListingRecord listing = ReadListingMembers(*object, side, cell_bytes, error, warnings);
  if (!error->reason.empty()) return std::nullopt;
  return listing;
}

absl::StatusOr<ListingRecord> ListingFromJson(std::string_view json, Side side, std::vector<std::string>* warnings) {
  RowIssue error;
  std::vector<RowIssue> issues;
  std::optional<ListingRecord> listing = ParseListing(json, side, ImportLimits().cell_bytes, &error, &issues);
  if (!listing) return IssueToStatus(error);
  Sentences(issues, warnings);
  return *std::move(listing);
}

absl::StatusOr<PartyRecord> PartyFromJson(std::string_view json, std::vector<std::string>* warnings) {
  RowIssue error;
  std::vector<RowIssue> issues;
  if (NotUtf8(json, &error)) return IssueToStatus(error);
  const std::optional<Json> object = ParseObject(json, &error);
  if (!object) return IssueToStatus(error);
  PartyRecord party;
  JsonReader reader(*object, "", ImportLimits().cell_bytes, &error);
  ReadPartyMembers(&reader, "", ImportLimits().cell_bytes, &error, &issues, &party);
  if (!error.reason.empty()) return IssueToStatus(error);
  if (party.name.empty()) return MakeError(Reason::kFieldMissing, "name", "a party needs a name");
  Sentences(issues, warnings);
  return party;
}

std::string ListingToJson(const ListingRecord& listing, bool provenance) {
  OrderedJson json = OrderedJson::object();
  Put(&json, "id", listing.id);
  if (!listing.id_given && !listing.id.empty()) json["id_given"] = false;
  json["side"] = std::string(WordName(listing.side));
  Put(&json, "lang", listing.language);
  OrderedJson party = PartyJson(listing.party, provenance);
  if (!party.empty()) json["party"] = std::move(party);
  Put(&json, "title", listing.title);
  Put(&json, "description", listing.description);
  Put(&json, "keywords", listing.keywords);
  Put(&json, "fields", listing.fields);
  PutWord(&json, "resource", listing.resource);
  PutWords(&json, "modes", listing.modes.Values());
  if (listing.trl) json["trl"] = *listing.trl;
  if (listing.amount) json["amount"] = AmountToJson(*listing.amount);
  for (const Region& region : listing.regions) json["regions"].push_back(RegionToJson(region, provenance));
  PutWords(&json, "partner_kinds", listing.partner_kinds);
  Put(&json, "exclude_parties", listing.exclude_parties);
  Put(&json, "valid_from", listing.valid_from);
  Put(&json, "valid_until", listing.valid_until);
  PutWord(&json, "review", listing.review);
  Put(&json, "review_note", listing.review_note);
  PutWord(&json, "disclosure", listing.disclosure);
  PutWord(&json, "text_level", listing.text_level);
  PutWord(&json, "party_level", listing.party_level);
  PutWord(&json, "contacts_level", listing.contacts_level);
  PutWord(&json, "trade", listing.trade);
  Put(&json, "ip_form", listing.ip_form);
  for (const Indicator& indicator : listing.indicators) {
    OrderedJson value = OrderedJson::object();
    Put(&value, "name", indicator.name);
    Put(&value, "relation", indicator.relation);
    if (indicator.value) value["value"] = *indicator.value;
    Put(&value, "unit", indicator.unit);
    json["indicators"].push_back(std::move(value));
  }
  PutWords(&json, "must", listing.must.Values());
  if (listing.capacity) json["capacity"] = *listing.capacity;
  Put(&json, "team", listing.team);
  Put(&json, "remark", listing.remark);
  PutExtra(&json, listing.extra_json);
  if (provenance) PutProvenance(&json, listing.provenance);
  return Dump(json);
}

std::string PartyToJson(const PartyRecord& party, bool provenance) {
  return Dump(PartyJson(party, provenance));
}

}  // namespace magpie
