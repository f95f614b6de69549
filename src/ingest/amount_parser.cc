#include "magpie/ingest/amount_parser.h"

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Text = std::string_view;

struct CurrencyWord {
  Text word, code;
};
// Longer words before those they contain; all before the bare 元.
constexpr std::array kCurrencyWords = {
    CurrencyWord{"人民币", "CNY"}, CurrencyWord{"rmb", "CNY"},     CurrencyWord{"cny", "CNY"},
    CurrencyWord{"cn¥", "CNY"},    CurrencyWord{"¥", "CNY"},       CurrencyWord{"us$", "USD"},
    CurrencyWord{"usd", "USD"},    CurrencyWord{"美元", "USD"},    CurrencyWord{"美金", "USD"},
    CurrencyWord{"美刀", "USD"},   CurrencyWord{"dollars", "USD"}, CurrencyWord{"eur", "EUR"},
    CurrencyWord{"欧元", "EUR"},   CurrencyWord{"€", "EUR"},       CurrencyWord{"euros", "EUR"},
    CurrencyWord{"gbp", "GBP"},    CurrencyWord{"英镑", "GBP"},    CurrencyWord{"£", "GBP"},
    CurrencyWord{"jpy", "JPY"},    CurrencyWord{"日元", "JPY"},    CurrencyWord{"日圆", "JPY"},
    CurrencyWord{"円", "JPY"},     CurrencyWord{"hk$", "HKD"},     CurrencyWord{"hkd", "HKD"},
    CurrencyWord{"港币", "HKD"},   CurrencyWord{"港元", "HKD"},    CurrencyWord{"krw", "KRW"},
    CurrencyWord{"韩元", "KRW"},   CurrencyWord{"韩币", "KRW"},    CurrencyWord{"₩", "KRW"},
    CurrencyWord{"rub", "RUB"},    CurrencyWord{"卢布", "RUB"},    CurrencyWord{"₽", "RUB"},
    CurrencyWord{"kzt", "KZT"},    CurrencyWord{"坚戈", "KZT"},    CurrencyWord{"₸", "KZT"},
    CurrencyWord{"nt$", "TWD"},    CurrencyWord{"twd", "TWD"},     CurrencyWord{"新台币", "TWD"},
    CurrencyWord{"台币", "TWD"},   CurrencyWord{"mop", "MOP"},     CurrencyWord{"澳门元", "MOP"},
    CurrencyWord{"s$", "SGD"},     CurrencyWord{"sgd", "SGD"},     CurrencyWord{"新加坡元", "SGD"},
    CurrencyWord{"新元", "SGD"},   CurrencyWord{"a$", "AUD"},      CurrencyWord{"aud", "AUD"},
    CurrencyWord{"澳元", "AUD"},   CurrencyWord{"c$", "CAD"},      CurrencyWord{"cad", "CAD"},
    CurrencyWord{"加元", "CAD"},   CurrencyWord{"chf", "CHF"},     CurrencyWord{"瑞士法郎", "CHF"},
    CurrencyWord{"瑞郎", "CHF"},   CurrencyWord{"inr", "INR"},     CurrencyWord{"卢比", "INR"},
    CurrencyWord{"₹", "INR"},      CurrencyWord{"thb", "THB"},     CurrencyWord{"泰铢", "THB"},
    CurrencyWord{"$", "USD"},      CurrencyWord{"yuan", "CNY"},    CurrencyWord{"元", "CNY"},
    CurrencyWord{"圆", "CNY"},     CurrencyWord{"块钱", "CNY"},    CurrencyWord{"块", "CNY"},
};

constexpr Text kDashes[] = {"-", "–",  "—",  "―",   "‐",    "‑",  "‒",  "−",  "─",      "━", "~",  "〜", "∼",
                            "⁓", "至", "到", "to ", "and ", "－", "～", "﹣", "一直到", "→", "﹘", "⸺"};

constexpr Text kUpperBefore[] = {"不超过",
                                 "不高于",
                                 "不多于",
                                 "不大于",
                                 "至多",
                                 "最多",
                                 "最高",
                                 "上限",
                                 "低于",
                                 "小于",
                                 "少于",
                                 "控制在",
                                 "≤",
                                 "≦",
                                 "<=",
                                 "<",
                                 "up to",
                                 "at most",
                                 "under",
                                 "below",
                                 "less than",
                                 "no more than",
                                 "not more than",
                                 "not exceeding",
                                 "maximum",
                                 "max.",
                                 "max",
                                 "封顶"};
constexpr Text kUpperAfter[] = {"以内", "以下", "之内", "内", "封顶", "or less", "at most"};
constexpr Text kLowerBefore[] = {"不低于",
                                 "不少于",
                                 "不小于",
                                 "至少",
                                 "最少",
                                 "最低",
                                 "下限",
                                 "≥",
                                 "≧",
                                 ">=",
                                 ">",
                                 "大于",
                                 "高于",
                                 "超过",
                                 "多于",
                                 "at least",
                                 "no less than",
                                 "not less than",
                                 "minimum",
                                 "min.",
                                 "min",
                                 "more than",
                                 "over",
                                 "from"};
constexpr Text kLowerAfter[] = {"及以上", "以上", "起步", "起", "or more", "and above", "and up"};
constexpr Text kFillers[] = {"大约",   "约为",   "约",     "大概",     "左右",   "上下",    "预算",          "预计",
                             "估计",   "保费",   "总价",   "总投入",   "总投资", "总额",    "总计",          "报价",
                             "价格",   "售价",   "拟投入", "计划投入", "投入",   "资金",    "共计",          "合计",
                             "共",     "为",     "整",     "区间",     "在",     "之间",    "approximately", "approx.",
                             "approx", "around", "about",  "circa",    "ca.",    "between", "budget",        "total",
                             "price",  "of "};
constexpr Text kTaxWords[] = {"不含税", "含税", "税前", "税后", "excl. tax"};
constexpr Text kNegotiable[] = {"面议", "面谈", "协商确定", "双方协商", "协商", "可协商",     "商议",
                                "另议", "待议", "可议",     "议价",     "洽谈", "negotiable", "to be negotiated"};
constexpr Text kOpen[] = {"待定", "不限", "无", "暂无", "未定", "未填", "不详", "待确定", "无要求",
                          "-",    "--",   "/",  "—",    "——",   "n/a",  "na",   "none",   "tbd"};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct Numeral {
  Text word;
  int value;
};
constexpr std::array kDigits = {
    Numeral{"〇", 0}, Numeral{"零", 0}, Numeral{"一", 1}, Numeral{"壹", 1}, Numeral{"二", 2},
    Numeral{"贰", 2}, Numeral{"貳", 2}, Numeral{"两", 2}, Numeral{"兩", 2}, Numeral{"三", 3},
    Numeral{"叁", 3}, Numeral{"參", 3}, Numeral{"四", 4}, Numeral{"肆", 4}, Numeral{"五", 5},
    Numeral{"伍", 5}, Numeral{"六", 6}, Numeral{"陆", 6}, Numeral{"陸", 6}, Numeral{"七", 7},
    Numeral{"柒", 7}, Numeral{"八", 8}, Numeral{"捌", 8}, Numeral{"九", 9}, Numeral{"玖", 9},
};
constexpr std::array kSmallMultipliers = {
    Numeral{"十", 10},  Numeral{"拾", 10},   Numeral{"百", 100},
    Numeral{"佰", 100}, Numeral{"千", 1000}, Numeral{"仟", 1000},
};
constexpr std::array kLargeMultipliers = {
    Numeral{"万", 10'000},        Numeral{"萬", 10'000},
    Numeral{"亿", 100'000'000},   Numeral{"億", 100'000'000},
    Numeral{"thousand", 1'000},   Numeral{"million", 1'000'000},
    Numeral{"mln", 1'000'000},    Numeral{"billion", 1'000'000'000},
    Numeral{"bn", 1'000'000'000}, Numeral{"wan", 10'000},
};
// Single letters count only where no letter follows.
constexpr std::array kLetterMultipliers = {Numeral{"w", 10'000}, Numeral{"k", 1'000}, Numeral{"m", 1'000'000}};

enum class Bound : std::uint8_t { kNone, kUpper, kLower };

struct Quantity {
  long double value = 0;  // in currency units if `unit`, else as written
  long double chain = 1;  // the multipliers behind a single number: 百万 of "5百万"
  long double large = 1;  // of them, the part from 千 (thousand), 万 up
  bool bare = true;       // no multiplier of any kind behind it
  bool unit = false;      // a large multiplier or 元 says what it counts
  Bound bound = Bound::kNone;
};

class Scanner {
 public:
  explicit Scanner(std::string text) : text_(std::move(text)) {}

  bool done() const { return at_ >= text_.size(); }
  Text rest() const { return Text(text_).substr(at_); }
  void SkipSpace() {
    while (!done() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == ':')) ++at_;
  }
  bool Starts(Text word) const { return rest().starts_with(word); }
  bool Take(Text word) {
    if (!Starts(word)) return false;
    at_ += word.size();
    return true;
  }
  // The first of the words that stands here; empty if none does.
  Text TakeAny(std::span<const Text> words) {
    for (Text word : words) {
      if (Take(word)) return word;
    }
    return {};
  }
  // The value of the first numeral that stands here; -1 if none does.
  template <std::size_t N>
  int TakeNumeral(const std::array<Numeral, N>& numerals) {
    for (const Numeral& numeral : numerals) {
      if (Take(numeral.word)) return numeral.value;
    }
    return -1;
  }
  int TakeLetterMultiplier() {
    if (rest().size() > 1 && rest()[1] >= 'a' && rest()[1] <= 'z') return -1;
    return TakeNumeral(kLetterMultipliers);
  }

  // "1,000,000", "1 000 000", "12.50". A comma that does not part three digits ends the number.
  bool TakeDecimal(long double* value) {
    if (done() || !IsDigit(text_[at_])) return false;
    long double number = 0;
    std::size_t digits = 0;
    while (!done()) {
      if (IsDigit(text_[at_])) {
        number = number * 10 + (text_[at_++] - '0');
        ++digits;
      } else if (digits > 0 && digits <= 3 && IsGroup()) {
        for (int i = 1; i <= 3; ++i) number = number * 10 + (text_[at_ + static_cast<std::size_t>(i)] - '0');
        at_ += 4;
      } else {
        break;
      }
    }
    if (at_ + 1 < text_.size() && text_[at_] == '.' && IsDigit(text_[at_ + 1])) {
      long double scale = 1;
      for (++at_; !done() && IsDigit(text_[at_]); ++at_) number += (text_[at_] - '0') / (scale *= 10);
    }
    *value = number;
    return true;
  }

 private:
  // A separator and exactly three digits.
  bool IsGroup() const {
    const Text rest = Text(text_).substr(at_);
    if (rest.size() < 4 || (rest[0] != ',' && rest[0] != ' ' && rest[0] != '\'')) return false;
    return IsDigit(rest[1]) && IsDigit(rest[2]) && IsDigit(rest[3]) && (rest.size() == 4 || !IsDigit(rest[4]));
  }

  std::string text_;
  std::size_t at_ = 0;
};

enum class Taken : std::uint8_t { kNothing, kQuantity, kInvalid };

// One figure with its multipliers, in digits, in Chinese numerals or mixed: "1亿2000万", "三十", "5百万", "200k".
Taken TakeQuantity(Scanner* scanner, Quantity* quantity) {
  long double total = 0, section = 0, current = 0;
  bool has_current = false, chinese_digit = false, any = false, zero_before = false;
  int numbers = 0, last_multiplier = 0;
  for (;;) {
    long double decimal = 0;
    if (scanner->TakeDecimal(&decimal)) {
      if (has_current) return Taken::kInvalid;
      current = decimal;
      has_current = any = true;
      chinese_digit = false;
      ++numbers;
    } else if (const int digit = scanner->TakeNumeral(kDigits); digit >= 0) {
      if (has_current && !chinese_digit) return Taken::kInvalid;
      if (has_current) {
        current = current * 10 + digit;  // 二〇〇: digit by digit
      } else if (digit == 0 && any) {
        zero_before = true;  // 一百零五
        continue;
      } else {
        current = digit;
        ++numbers;
      }
      has_current = chinese_digit = any = true;
    } else if (const int small = scanner->TakeNumeral(kSmallMultipliers); small > 0) {
      if (!has_current && (small != 10 || any)) return Taken::kInvalid;
      if (!has_current) ++numbers;
      section += (has_current ? current : 1) * small;
      quantity->chain *= small;
      current = 0;
      has_current = false;
      any = true;
      last_multiplier = small;
      zero_before = false;
    } else {
      if (!any) return Taken::kNothing;
      scanner->SkipSpace();
      int large = scanner->TakeNumeral(kLargeMultipliers);
      if (large < 0) large = scanner->TakeLetterMultiplier();
      if (large < 0) break;
      if (section == 0 && !has_current && total == 0) return Taken::kInvalid;
      if (large == 100'000'000 || (total == 0 && section + current > 0)) {
        total = (total + section + current) * large;
      } else {
        total += (section + current) * large;
      }
      quantity->chain *= large;
      quantity->large *= large;
      quantity->unit = true;
      section = current = 0;
      has_current = false;
      last_multiplier = large;
      zero_before = false;
    }
  }
  // 三千五 may be 3,005 or 3,500, 1万2 likewise.
  if (has_current && last_multiplier >= 100 && !zero_before && current < 10) return Taken::kInvalid;
  quantity->bare = last_multiplier == 0;
  if (numbers > 1) quantity->chain = quantity->large;
  quantity->value = total + section + current;
  return Taken::kQuantity;
}

// Moves remarks in brackets into `note`; a bracket that holds only a unit ("(万元)") stays in the text.
std::string TakeBrackets(const std::string& text, std::string* note) {
  static constexpr std::array<std::pair<Text, Text>, 4> kBrackets = {
      {{"(", ")"}, {"[", "]"}, {"【", "】"}, {"「", "」"}}};
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    bool taken = false;
    for (const auto& [open, close] : kBrackets) {
      if (!Text(text).substr(at).starts_with(open)) continue;
      const std::size_t end = text.find(close, at + open.size());
      const std::string inner = text.substr(at + open.size(), end == std::string::npos ? end : end - at - open.size());
      static constexpr Text kUnits[] = {"万元", "元", "亿元", "万", "亿"};
      bool unit = false;
      for (Text word : kUnits) unit = unit || inner == word;
      for (const CurrencyWord& word : kCurrencyWords) unit = unit || ToNfkcFolded(inner) == word.word;
      if (unit) {
        out += inner;
      } else {
        if (!note->empty()) *note += "；";
        *note += inner;
      }
      at = end == std::string::npos ? text.size() : end + close.size();
      taken = true;
      break;
    }
    if (!taken) out += text[at++];
  }
  return out;
}

std::string FoldAscii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool IsOneOf(Text text, std::span<const Text> words) {
  for (Text word : words) {
    if (text == word) return true;
  }
  return false;
}

struct Parts {
  std::vector<Quantity> quantities;
  bool range = false;  // a dash between the two quantities
  bool negotiable = false;
  std::string currency;
  std::string note;
};

void AddNote(Text text, std::string* note) {
  if (!note->empty()) *note += "；";
  *note += text;
}

// Takes the words of one amount; false where something is not understood.
bool TakeParts(const std::string& shown, Parts* parts) {
  Scanner scanner(FoldAscii(shown));
  Bound bound = Bound::kNone;
  bool dash_open = false;
  const auto rest_as_shown = [&] { return Text(shown).substr(shown.size() - scanner.rest().size()); };
  for (scanner.SkipSpace(); !scanner.done(); scanner.SkipSpace()) {
    if (!scanner.TakeAny(kNegotiable).empty()) {
      parts->negotiable = true;
      continue;
    }
    if (!scanner.TakeAny(kUpperBefore).empty()) {
      bound = Bound::kUpper;
      continue;
    }
    if (!scanner.TakeAny(kLowerBefore).empty()) {
      bound = Bound::kLower;
      continue;
    }
    if (const Text tax = scanner.TakeAny(kTaxWords); !tax.empty()) {
      AddNote(tax, &parts->note);
      continue;
    }
    Quantity quantity;
    switch (TakeQuantity(&scanner, &quantity)) {
      case Taken::kInvalid:
        return false;
      case Taken::kQuantity:
        if (parts->quantities.size() == 2 || scanner.Starts("%")) return false;
        quantity.bound = bound;
        bound = Bound::kNone;
        parts->quantities.push_back(quantity);
        if (parts->quantities.size() == 2) {
          parts->range = dash_open;
          dash_open = false;
        }
        continue;
      case Taken::kNothing:
        break;
    }
    bool currency = false;
    for (const CurrencyWord& word : kCurrencyWords) {
      if (!scanner.Take(word.word)) continue;
      if (!parts->currency.empty() && parts->currency != word.code) return false;
      parts->currency = word.code;
      if (!parts->quantities.empty()) parts->quantities.back().unit = true;
      currency = true;
      break;
    }
    if (currency) continue;
    const bool any = !parts->quantities.empty();
    if (any && !scanner.TakeAny(kUpperAfter).empty()) {
      parts->quantities.back().bound = Bound::kUpper;
    } else if (any && !scanner.TakeAny(kLowerAfter).empty()) {
      parts->quantities.back().bound = Bound::kLower;
    } else if (any && (scanner.Starts("/") || scanner.Starts("每") || scanner.Starts("per "))) {
      AddNote(rest_as_shown(), &parts->note);
      break;
    } else if (any && scanner.Starts("+")) {
      const Text rest = TrimSpace(rest_as_shown().substr(1));
      if (rest.empty()) {
        parts->quantities.back().bound = Bound::kLower;
      } else {
        // "+销售额3%", "+3%提成": a share besides; another sum of money is not understood.
        const bool share = rest.find('%') != Text::npos || !IsDigit(rest.front());
        if (!share) return false;
        AddNote(rest_as_shown(), &parts->note);
      }
      break;
    } else if (!scanner.TakeAny(kFillers).empty()) {
      continue;
    } else if (any && parts->quantities.size() == 1 && !scanner.TakeAny(kDashes).empty()) {
      dash_open = true;
    } else if (any && (scanner.Take(",") || scanner.Take(";") || scanner.Take("、") || scanner.Take("。"))) {
      continue;
    } else {
      return false;
    }
  }
  return !dash_open && bound == Bound::kNone;
}

// What one figure counts in currency units: by its own unit, that of the other figure, the currency, the heading.
long double Resolve(const Quantity& quantity, const Quantity* other, const Parts& parts, const AmountUnit& unit,
                    bool* missing) {
  if (quantity.unit) return quantity.value;
  if (other != nullptr && other->unit) {
    // 3-5百万 is 300 to 500 万; 100-150万 is 100 to 150 万.
    return quantity.value * (quantity.bare && quantity.value < 10 ? other->chain : other->large);
  }
  if (!parts.currency.empty() && parts.currency != unit.currency) return quantity.value;
  if (unit.multiplier > 0) return quantity.value * static_cast<long double>(unit.multiplier);
  if (!parts.currency.empty()) return quantity.value;
  *missing = true;
  return quantity.value * kWan;
}

bool ToCents(long double value, std::optional<std::int64_t>* cents) {
  const long double exact = value * kCentsPerYuan;
  if (!(exact >= 0 && exact <= static_cast<long double>(kMaxCents))) return false;
  *cents = static_cast<std::int64_t>(std::llroundl(exact));
  return true;
}

// True where `word` stands in `text`, a word of Latin letters not as part of a longer one ("cad" in "academic").
bool HasWord(Text text, Text word) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  for (std::size_t at = text.find(word); at != Text::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (is_letter(word.front()) && at > 0 && is_letter(text[at - 1])) continue;
    if (is_letter(word.back()) && end < text.size() && is_letter(text[end])) continue;
    return true;
  }
  return false;
}

ParsedAmount Problem(AmountProblem problem) {
  ParsedAmount parsed;
  parsed.problem = problem;
  return parsed;
}

}  // namespace

ParsedAmount ParseAmount(std::string_view text, const AmountUnit& unit) {
  const std::string plain = ToNfkc(TrimSpace(text));
  const std::string folded = FoldAscii(plain);
  ParsedAmount parsed;
  if (plain.empty() || IsOneOf(folded, kOpen)) return parsed;

  Parts parts;
  std::string outside = TakeBrackets(plain, &parts.note);
  if (TrimSpace(outside).empty()) std::swap(outside, parts.note);
  if (IsOneOf(FoldAscii(std::string(TrimSpace(outside))), kOpen)) return parsed;
  if (!TakeParts(outside, &parts)) return Problem(AmountProblem::kUnreadable);

  Amount amount;
  amount.note = parts.note;
  if (!parts.currency.empty()) {
    amount.currency = parts.currency;
  } else if (!unit.currency.empty()) {
    amount.currency = unit.currency;
  }
  if (parts.quantities.empty()) {
    if (!parts.negotiable) return Problem(AmountProblem::kUnreadable);
    amount.negotiable = true;
    parsed.amount = std::move(amount);
    return parsed;
  }
  if (amount.currency != "CNY" && unit.currency == "CNY") return Problem(AmountProblem::kForeignCurrency);

  const Quantity& first = parts.quantities.front();
  const bool two = parts.quantities.size() == 2;
  const Quantity& last = parts.quantities.back();
  bool missing = false;
  const long double low = Resolve(first, two ? &last : nullptr, parts, unit, &missing);
  const long double high = two ? Resolve(last, &first, parts, unit, &missing) : low;
  if (missing && (first.value >= kWan || last.value >= kWan)) return Problem(AmountProblem::kUnitMissing);
  parsed.unit_assumed = missing;
  std::optional<std::int64_t> low_cents, high_cents;
  if (!ToCents(low, &low_cents) || !ToCents(high, &high_cents)) return Problem(AmountProblem::kOutOfRange);
  if (two) {
    const bool bounded = first.bound == Bound::kLower && last.bound == Bound::kUpper;
    const bool swapped = first.bound == Bound::kUpper && last.bound == Bound::kLower;
    if (!parts.range && !bounded && !swapped) return Problem(AmountProblem::kUnreadable);
    if (swapped) std::swap(low_cents, high_cents);
    if (*low_cents > *high_cents) return Problem(AmountProblem::kReversed);
    amount.low_cents = low_cents;
    amount.high_cents = high_cents;
  } else {
    amount.low_cents = first.bound == Bound::kUpper ? 0 : low_cents;
    if (first.bound != Bound::kLower) amount.high_cents = high_cents;
  }
  parsed.amount = std::move(amount);
  return parsed;
}

AmountUnit ParseAmountUnit(std::string_view text) {
  struct UnitWord {
    Text word;
    std::int64_t multiplier;
  };
  static constexpr std::array kUnitWords = {
      UnitWord{"百万", 1'000'000},    UnitWord{"千万", 10'000'000},
      UnitWord{"亿", 100'000'000},    UnitWord{"億", 100'000'000},
      UnitWord{"万", kWan},           UnitWord{"萬", kWan},
      UnitWord{"10k", kWan},          UnitWord{"10,000", kWan},
      UnitWord{"10000", kWan},        UnitWord{"10 000", kWan},
      UnitWord{"ten thousand", kWan}, UnitWord{"wan", kWan},
      UnitWord{"million", 1'000'000}, UnitWord{"billion", 1'000'000'000},
      UnitWord{"thousand", 1'000},    UnitWord{"千元", 1'000},
      UnitWord{"1k", 1'000},
  };
  const std::string folded = FoldAscii(ToNfkc(text));
  AmountUnit unit;
  for (const CurrencyWord& word : kCurrencyWords) {
    if (HasWord(folded, word.word)) {
      unit.currency = word.code;
      unit.multiplier = 1;
      break;
    }
  }
  // 元 of 美元 and the like counts for the foreign currency, which stands before it in the list.
  for (const UnitWord& word : kUnitWords) {
    if (HasWord(folded, word.word)) {
      unit.multiplier = word.multiplier;
      break;
    }
  }
  if (unit.multiplier > 0 && unit.currency.empty()) unit.currency = "CNY";
  return unit;
}

}  // namespace magpie
