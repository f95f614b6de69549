#include "table_record.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "cell_values.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr int kMaxCapacity = 1'000'000;

// Provinces that are one city: nothing is missing where a cell names no more.
bool IsMunicipality(const Region& region) {
  for (std::string_view prefix : {"11", "12", "31", "50", "71", "81", "82"}) {
    if (region.code.starts_with(prefix)) return true;
  }
  return false;
}

// 备注 needs no name before its text; 每年到岗天数 does.
bool IsRemarkHeading(std::string_view heading) {
  const std::string folded = ToNfkcFolded(heading);
  for (std::string_view word : {"备注", "附注", "说明", "remark", "note", "comment"}) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

class RecordBuilder {
 public:
  RecordBuilder(const std::vector<Column>& columns, const AmountUnit& note_unit, std::uint64_t cell_bytes,
                TableRecord* out)
      : columns_(columns), note_unit_(note_unit), cell_bytes_(cell_bytes), out_(*out), listing_(out->listing) {}

  void Build(const std::vector<std::string>& cells, Side side) {
    listing_.side = side;
    CheckPresence(cells, Field::kTitle, "TITLE_MISSING", "the title is empty ({}为空); every listing needs one");
    CheckPresence(cells, Field::kPartyName, "PARTY_MISSING",
                  "the party is empty ({}为空) and repeats no row above; write the name or 同上");
    for (const bool currency : {true, false}) {  // the currency first: amounts are read by it
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!cells[i].empty() && (columns_[i].field == Field::kCurrency) == currency) Cell(columns_[i], cells[i]);
      }
    }
    CheckBounds();
    if (listing_.valid_from && listing_.valid_until && *listing_.valid_from > *listing_.valid_until) {
      Error(*Find(Field::kValidUntil), "DATE_REVERSED", FormatDate(*listing_.valid_until),
            "lies before the first day of validity; exchange the two");
    }
    if (!currency_.empty() && listing_.amount) ApplyCurrency();
    if (!extra_.empty()) listing_.extra_json = extra_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

 private:
  const Column* Find(Field field) const {
    for (const Column& column : columns_) {
      if (column.field == field) return &column;
    }
    return nullptr;
  }

  void Error(const Column& column, std::string_view reason, std::string_view value, std::string_view hint) {
    out_.errors.push_back({column.heading, std::string(reason), std::string(value), std::string(hint)});
  }
  void Warn(const Column& column, std::string_view reason, std::string_view value, std::string_view hint) {
    out_.warnings.push_back({column.heading, std::string(reason), std::string(value), std::string(hint)});
  }
  void Keep(const Column& column, std::string_view text) {
    std::string key = column.heading;
    for (int i = 2; extra_.contains(key); ++i) key = fmt::format("{} ({})", column.heading, i);
    extra_[key] = std::string(text);
  }

  void CheckPresence(const std::vector<std::string>& cells, Field field, std::string_view reason,
                     fmt::format_string<const std::string&> hint) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].field != field) continue;
      if (cells[i].empty()) Error(columns_[i], reason, "", fmt::format(hint, columns_[i].heading));
      return;
    }
    if (field == Field::kTitle) {
      out_.errors.push_back({"", std::string(reason), "",
                             "no column holds a title; name it 需求名称, 成果名称 or title, or use a mapping file"});
    }
  }

  void Cell(const Column& column, const std::string& text) {
    if (text.size() > cell_bytes_) {
      return Error(column, "CELL_TOO_LONG", text, fmt::format("is longer than {} bytes; shorten it", cell_bytes_));
    }
    if (column.field == Field::kUnknown) return Keep(column, text);
    if (column.field == Field::kIgnored) return;
    if (IsErrorValue(text)) {
      return Error(column, "CELL_ERROR_VALUE", text, "is a spreadsheet's error value; correct the formula or the cell");
    }
    if (text.size() > 1 && text.front() == '=') {
      return Error(column, "CELL_FORMULA", text,
                   "is a formula without a stored result; open the file in a spreadsheet program and save it");
    }
    Known(column, text);
  }

  void Known(const Column& column, const std::string& text) {
    switch (column.field) {
      case Field::kUnknown:
      case Field::kIgnored:
        return;
      case Field::kId:
        if (!IsUserId(text)) return Error(column, "ID_INVALID", text, "an id may not hold tabs or line breaks");
        listing_.id = text;
        return;
      case Field::kSide:
        if (const std::optional<Side> said = ParseWord<magpie::Side>(text); said && *said != listing_.side) {
          Error(column, "SIDE_MISMATCH", text,
                fmt::format("this list is read as {}s; give the row to the other list", WordName(listing_.side)));
        } else if (!said) {
          Unknown(column, {text});
        }
        return;
      case Field::kLanguage:
        if (const std::optional<Language> language = ParseWord<Language>(text)) {
          listing_.language = WordName(*language);
        } else {
          Unknown(column, {text});
        }
        return;
      case Field::kTitle:
        listing_.title = text;
        if (!listing_.resource && !Find(Field::kResource)) listing_.resource = column.resource;
        return;
      case Field::kPartyName:
        listing_.party.name = text;
        return;
      case Field::kPartyId:
        listing_.party.id = text;
        return;
      case Field::kPartyAliases:
        listing_.party.aliases = SplitCell(text, false);
        return;
      case Field::kPartyParent:
        listing_.party.parent = text;
        return;
      case Field::kPartyKind:
        return Word(column, text, &listing_.party.kind);
      case Field::kPartyRegion:
        return PartyRegion(column, text);
      case Field::kPartyQualifications:
        for (std::string& title : SplitCell(text, false))
          listing_.party.qualifications.push_back({std::move(title), {}, {}});
        return;
      case Field::kPartyFirstTimer:
        return Flag(column, text, &listing_.party.first_timer);
      case Field::kPartySmall:
        return Flag(column, text, &listing_.party.small);
      case Field::kContactName:
        TheContact().name = text;
        return;
      case Field::kContactRole:
        TheContact().role = text;
        return;
      case Field::kContactPhone:
        TheContact().phone = text;
        return;
      case Field::kContactEmail:
        TheContact().email = text;
        return;
      case Field::kDescription:
        return Append(column, text, "\n", Field::kDescription, &listing_.description);
      case Field::kRemark:
        return Append(column, text, "；", Field::kRemark, &listing_.remark);
      case Field::kKeywords:
        return AddAll(SplitCell(text, false), &listing_.keywords);
      case Field::kFields:
        return AddAll(SplitCell(text, false), &listing_.fields);
      case Field::kResource:
        return Word(column, text, &listing_.resource);
      case Field::kModes: {
        std::vector<std::string> unknown;
        for (CooperationMode mode : ParseWords<CooperationMode>(text, &unknown)) listing_.modes.Add(mode);
        return Unknown(column, unknown);
      }
      case Field::kTrl:
        return Trl(column, text);
      case Field::kAmount:
        if (std::optional<Amount> amount = Money(column, text)) listing_.amount = std::move(amount);
        return;
      case Field::kAmountLow:
        low_ = Money(column, text);
        return;
      case Field::kAmountHigh:
        high_ = Money(column, text);
        return;
      case Field::kCurrency:
        return Currency(column, text);
      case Field::kRegions:
        for (const std::string& part : SplitCell(text, false)) {
          Region region = ParseRegion(part);
          if (!region.empty()) listing_.regions.push_back(std::move(region));
        }
        return;
      case Field::kPartnerKinds: {
        std::vector<std::string> unknown;
        listing_.partner_kinds = ParseWords<PartyKind>(text, &unknown);
        return Unknown(column, unknown);
      }
      case Field::kExcludeParties:
        return AddAll(SplitCell(text, false), &listing_.exclude_parties);
      case Field::kValidFrom:
        return Day(column, text, &listing_.valid_from);
      case Field::kValidUntil:
        return Day(column, text, &listing_.valid_until);
      case Field::kReview:
        return Word(column, text, &listing_.review);
      case Field::kReviewNote:
        listing_.review_note = text;
        return;
      case Field::kDisclosure:
        return ClosedWord(column, text, Disclosure::kSealed, &listing_.disclosure);
      case Field::kTextLevel:
        return ClosedWord(column, text, Level::kAgreed, &listing_.text_level);
      case Field::kPartyLevel:
        return ClosedWord(column, text, Level::kAgreed, &listing_.party_level);
      case Field::kContactsLevel:
        return ClosedWord(column, text, Level::kAgreed, &listing_.contacts_level);
      case Field::kTrade:
        return Word(column, text, &listing_.trade);
      case Field::kIpForm:
        listing_.ip_form = text;
        return;
      case Field::kMust: {
        std::vector<std::string> unknown;
        for (Constraint constraint : ParseWords<Constraint>(text, &unknown)) listing_.must.Add(constraint);
        return Unknown(column, unknown);
      }
      case Field::kCapacity:
        return Capacity(column, text);
      case Field::kTeam:
        listing_.team = text;
        return;
    }
  }

  // A further column of the same field keeps its heading in the text.
  void Append(const Column& column, const std::string& text, std::string_view separator, Field field,
              std::string* out) {
    if (!out->empty()) *out += separator;
    const bool plain = field == Field::kRemark ? IsRemarkHeading(column.heading) : &column == Find(field);
    *out += plain ? text : fmt::format("{}：{}", column.heading, text);
  }

  static void AddAll(std::vector<std::string> parts, std::vector<std::string>* out) {
    for (std::string& part : parts) out->push_back(std::move(part));
  }

  Contact& TheContact() {
    if (listing_.party.contacts.empty()) listing_.party.contacts.emplace_back();
    return listing_.party.contacts.front();
  }

  // A word that no list holds is no error, but it must not vanish either.
  void Unknown(const Column& column, const std::vector<std::string>& words) {
    if (words.empty()) return;
    std::string text;
    for (const std::string& word : words) text += fmt::format("{}{}", text.empty() ? "" : "、", word);
    Keep(column, text);
    Warn(column, "WORD_UNKNOWN", text, "is no word that Magpie knows (docs/formats.md lists them); kept in 'extra'");
  }

  template <typename Enum>
  void Word(const Column& column, const std::string& text, std::optional<Enum>* out) {
    *out = ParseWord<Enum>(text);
    if (!*out) Unknown(column, {text});
  }

  // Who may see something: a word that nobody understands closes it, since a slip must not lay a secret open.
  template <typename Enum>
  void ClosedWord(const Column& column, const std::string& text, Enum closed, std::optional<Enum>* out) {
    *out = ParseWord<Enum>(text);
    if (*out) return;
    *out = closed;
    Keep(column, text);
    Warn(column, "WORD_UNKNOWN", text,
         "is no word that Magpie knows (公开级别无法识别); until it is one, this is kept back from everybody");
  }

  void Flag(const Column& column, const std::string& text, std::optional<bool>* out) {
    *out = ParseFlag(text);
    if (!*out) Unknown(column, {text});
  }

  void Day(const Column& column, const std::string& text, std::optional<Date>* out) {
    if (text == "长期" || text == "长期有效" || text == "不限" || text == "无") return;
    *out = ParseCellDate(text);
    if (!*out) Error(column, "DATE_UNREADABLE", text, "is no date (日期无法识别); write it as 2025-03-11");
  }

  void PartyRegion(const Column& column, const std::string& text) {
    listing_.party.region = ParseRegion(text);
    const Region& region = listing_.party.region;
    if (!region.known() && region.province.empty()) {
      Warn(column, "REGION_UNKNOWN", text, "is no region that Magpie knows (地区无法识别); kept as text, write 省/市");
    } else if (region.known() && LevelOf(region) == RegionLevel::kProvince && !IsMunicipality(region)) {
      Warn(column, "REGION_PROVINCE_ONLY", text, "names only the province (仅填了省); add the city");
    }
  }

  void Trl(const Column& column, const std::string& text) {
    const ParsedTrl parsed = ParseTrl(text);
    listing_.trl = parsed.trl;
    if (parsed.out_of_range) {
      Error(column, "TRL_OUT_OF_RANGE", text, "is outside TRL 1 to 9 (超出1—9); correct the figure");
    } else if (!parsed.trl) {
      Unknown(column, {text});
    }
  }

  AmountUnit UnitOf(const Column& column) const {
    if (column.unit.multiplier > 0) return column.unit;
    if (note_unit_.multiplier > 0 || currency_.empty()) return note_unit_;
    return {1, currency_};
  }

  std::optional<Amount> Money(const Column& column, const std::string& text) {
    const ParsedAmount parsed = ParseAmount(text, UnitOf(column));
    const AmountComplaint complaint = ComplaintOf(parsed.problem);
    if (!complaint.reason.empty()) {
      Error(column, complaint.reason, text, complaint.hint);
      return std::nullopt;
    }
    if (parsed.unit_assumed) {
      Warn(column, "AMOUNT_UNIT_ASSUMED", text,
           "neither cell nor heading has a unit, read as 万元; write it into the heading: 预算(万元)");
    }
    std::optional<Amount> amount = parsed.amount;
    if (amount && amount->has_figure() && amount->note.empty()) amount->note = column.per;
    return amount;
  }

  void Capacity(const Column& column, const std::string& text) {
    const std::string plain = ToNfkc(text);
    int value = 0;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    if (error != std::errc() || end != plain.data() + plain.size() || value < 0 || value > kMaxCapacity) {
      return Error(column, "FIELD_INVALID", text, fmt::format("must be a whole number from 0 to {}", kMaxCapacity));
    }
    listing_.capacity = value;
  }

  // Two columns, the low and the high figure.
  void CheckBounds() {
    if (!low_ && !high_) return;
    Amount amount = low_ ? *low_ : *high_;
    amount.low_cents = low_ ? low_->low_cents : std::nullopt;
    amount.high_cents = high_ ? (high_->high_cents ? high_->high_cents : high_->low_cents) : std::nullopt;
    const Column& column = *Find(low_ ? Field::kAmountLow : Field::kAmountHigh);
    if (low_ && high_ && low_->currency != high_->currency) {
      return Error(column, "AMOUNT_UNREADABLE", low_->currency + " " + high_->currency,
                   "the two bounds differ in currency");
    }
    if (amount.low_cents && amount.high_cents && *amount.low_cents > *amount.high_cents) {
      return Error(column, "AMOUNT_REVERSED", FormatAmount(amount, true), ComplaintOf(AmountProblem::kReversed).hint);
    }
    if (!listing_.amount) listing_.amount = std::move(amount);
  }

  void Currency(const Column& column, const std::string& text) {
    const AmountUnit unit = ParseAmountUnit(text);
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (!unit.currency.empty()) {
      currency_ = unit.currency;
    } else if (text.size() == 3 && upper(text[0]) && upper(text[1]) && upper(text[2])) {
      currency_ = text;
    } else {
      Unknown(column, {text});
    }
  }

  // A column of its own for the currency must not contradict the amount.
  void ApplyCurrency() {
    const Column& column = *Find(Field::kCurrency);
    if (listing_.amount->currency == currency_) return;
    if (!listing_.amount->has_figure()) {
      listing_.amount->currency = currency_;
      return;
    }
    Error(column, "AMOUNT_FOREIGN_CURRENCY", currency_,
          "the amount's cell or heading says another currency (币种与金额单位不一致); correct one of them");
  }

  const std::vector<Column>& columns_;
  const AmountUnit& note_unit_;
  const std::uint64_t cell_bytes_;
  TableRecord& out_;
  ListingRecord& listing_;
  std::optional<Amount> low_, high_;
  std::string currency_;
  nlohmann::json extra_ = nlohmann::json::object();
};

}  // namespace

TableRecord MakeTableRecord(const std::vector<std::string>& cells, const std::vector<Column>& columns, Side side,
                            const AmountUnit& note_unit, std::uint64_t cell_bytes) {
  TableRecord record;
  RecordBuilder(columns, note_unit, cell_bytes, &record).Build(cells, side);
  return record;
}

}  // namespace magpie
