// The checks of constraints as sentences.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "scoring/constraints.h"

namespace magpie {
namespace {

// A sentence in both languages; the one asked for is taken.
struct Bilingual {
  std::string zh, en;
};

std::string_view Plural(double count) {
  return std::abs(count) == 1 ? "" : "s";
}

std::string Labels(ModeSet modes, Language language) {
  std::string text;
  for (CooperationMode mode : modes.Values()) {
    if (!text.empty()) text += language == Language::kZh ? "、" : ", ";
    text += WordLabel(mode, language);
  }
  return text;
}

Bilingual Unknown(bool asked, std::string_view zh, std::string_view en) {
  if (!asked) return {fmt::format("需求对{}没有要求", zh), fmt::format("the need asks nothing about the {}", en)};
  return {fmt::format("对方没有说明{}，无法核对", zh), fmt::format("the offering's {} is not stated", en)};
}

Bilingual DescribeResource(const ConstraintCheck& check, const ListingRecord& need, const ListingRecord& offering) {
  if (!check.known) return Unknown(need.resource.has_value(), "资源类型", "kind of resource");
  const ResourceKind wanted = *need.resource, offered = *offering.resource;
  if (check.met) {
    return {fmt::format("资源类型一致：{}", WordLabel(wanted, Language::kZh)),
            fmt::format("the kind of resource agrees: {}", WordLabel(wanted, Language::kEn))};
  }
  return {
      fmt::format("需要的是{}，提供的是{}", WordLabel(wanted, Language::kZh), WordLabel(offered, Language::kZh)),
      fmt::format("{} is wanted, {} is offered", WordLabel(wanted, Language::kEn), WordLabel(offered, Language::kEn))};
}

Bilingual DescribeMode(const ConstraintCheck& check, const ListingRecord& need, const ListingRecord& offering) {
  if (!check.known) return Unknown(!need.modes.empty(), "合作方式", "way of cooperation");
  ModeSet common;
  for (CooperationMode mode : need.modes.Values()) {
    if (offering.modes.Has(mode)) common.Add(mode);
  }
  if (!common.empty()) {
    return {fmt::format("合作方式一致：{}", Labels(common, Language::kZh)),
            fmt::format("the way of cooperation agrees: {}", Labels(common, Language::kEn))};
  }
  return {fmt::format("合作方式{}：需求方要{}，对方给{}", check.met ? "相近" : "不同",
                      Labels(need.modes, Language::kZh), Labels(offering.modes, Language::kZh)),
          fmt::format("the ways of cooperation {}: {} is wanted, {} is offered", check.met ? "are close" : "differ",
                      Labels(need.modes, Language::kEn), Labels(offering.modes, Language::kEn))};
}

Bilingual DescribeTrl(const ConstraintCheck& check, const ListingRecord& need, const ListingRecord& offering) {
  if (!check.known) return Unknown(need.trl.has_value(), "成熟度", "maturity");
  const int spare = static_cast<int>(check.amount);
  if (check.met) {
    return {fmt::format("成熟度{}级，达到要求的{}级", *offering.trl, *need.trl),
            fmt::format("maturity level {}, {} is wanted", *offering.trl, *need.trl)};
  }
  return {fmt::format("成熟度{}级，比要求的{}级低{}级", *offering.trl, *need.trl, -spare),
          fmt::format("maturity level {} is {} step{} below the {} wanted", *offering.trl, -spare, Plural(spare),
                      *need.trl)};
}

// "48 万元", "CNY 480,000" of an amount in units of ten thousand.
Bilingual Money(double wan, const std::string& currency) {
  const auto cents = static_cast<std::int64_t>(std::llround(wan * static_cast<double>(kCentsPerWan)));
  Amount amount;
  amount.low_cents = amount.high_cents = cents;
  amount.currency = currency;
  return {FormatAmount(amount, true), FormatAmount(amount, false)};
}

Bilingual DescribeAmount(const ConstraintCheck& check, const ListingRecord& need, const ListingRecord& offering) {
  const bool capital = need.resource == ResourceKind::kCapital;
  if (!check.known) {
    if (need.amount && offering.amount && need.amount->has_figure() && offering.amount->has_figure()) {
      return {fmt::format("金额币种不同（{}与{}），不作比较", need.amount->currency, offering.amount->currency),
              fmt::format("the amounts are in different currencies ({} and {}) and are not compared",
                          need.amount->currency, offering.amount->currency)};
    }
    if (offering.amount && offering.amount->negotiable) return {"价格面议", "the price is negotiable"};
    return Unknown(need.amount && need.amount->has_figure(), "价格", "price");
  }
  const Bilingual money = Money(std::abs(check.amount), need.amount->currency);
  if (check.met) {
    if (capital) return {"所需资金在对方的额度之内", "the money wanted is within what is offered"};
    if (check.amount == 0) return {"价格在预算之内", "the price is within the budget"};
    return {fmt::format("价格在预算之内，余{}", money.zh), fmt::format("the price is {} below the budget", money.en)};
  }
  if (capital) {
    return {fmt::format("所需资金比对方的上限多{}", money.zh),
            fmt::format("the money wanted is {} above what is offered", money.en)};
  }
  return {fmt::format("价格比预算高{}", money.zh), fmt::format("the price is {} above the budget", money.en)};
}

Bilingual DescribeRegion(const ConstraintCheck& check, const ListingFacts& need, const ListingFacts& offering) {
  if (!check.known) {
    if (check.closeness > kNeutral) {
      const std::string zh = check.closeness >= 1 ? "同城" : "同省";
      return {fmt::format("双方{}（{}）", zh, FormatRegion(offering.party->region)),
              fmt::format("both are in the same {} ({})", check.closeness >= 1 ? "city" : "province",
                          FormatRegion(offering.party->region))};
    }
    return Unknown(!need.record->regions.empty(), "地区", "region");
  }
  const std::string place = FormatRegion(offering.party->region);
  const std::string where = place.empty() ? std::string() : fmt::format("（{}）", place);
  const std::string where_en = place.empty() ? std::string() : fmt::format(" ({})", place);
  if (check.met) return {fmt::format("地区符合要求{}", where), fmt::format("the region fits{}", where_en)};
  return {fmt::format("地区不在要求的范围之内{}", where),
          fmt::format("the region is outside what is asked for{}", where_en)};
}

Bilingual DescribeValidity(const ConstraintCheck& check) {
  if (!check.known) return {"双方都没有说明有效期", "neither side states how long it is valid"};
  if (!check.met) {
    return {fmt::format("有效期错过{:.0f}天", -check.amount),
            fmt::format("the times of validity miss each other by {:.0f} day{}", -check.amount, Plural(check.amount))};
  }
  if (check.amount <= 0) return {"双方都在有效期内", "both are valid now"};
  return {fmt::format("双方同时有效，还有{:.0f}天", check.amount),
          fmt::format("both are valid for another {:.0f} day{}", check.amount, Plural(check.amount))};
}

Bilingual DescribePartyKind(const ConstraintCheck& check, const ListingFacts& need, const ListingFacts& offering) {
  if (!check.known) return Unknown(!need.record->partner_kinds.empty(), "单位类型", "kind of party");
  const PartyKind kind = *offering.party->kind;
  return {
      fmt::format("对方是{}，{}", WordLabel(kind, Language::kZh), check.met ? "符合要求" : "不是需求方要找的单位类型"),
      fmt::format("the other side is of the kind '{}', {}", WordLabel(kind, Language::kEn),
                  check.met ? "as wanted" : "which is not wanted")};
}

}  // namespace

std::vector<Margin> DescribeMargins(const ConstraintChecks& checks, ConstraintSet must, const ListingFacts& need,
                                    const ListingFacts& offering, Language language) {
  std::vector<Margin> margins;
  for (const Word& word : Words<Constraint>()) {
    const auto constraint = static_cast<Constraint>(word.value);
    const ConstraintCheck& check = checks[static_cast<std::size_t>(constraint)];
    Margin margin;
    margin.constraint = constraint;
    margin.known = check.known;
    margin.met = check.met;
    margin.must = must.Has(constraint);
    margin.amount = check.amount;
    const bool zh = language == Language::kZh;
    Bilingual sentence;
    switch (constraint) {
      case Constraint::kResource:
        sentence = DescribeResource(check, *need.record, *offering.record);
        break;
      case Constraint::kMode:
        sentence = DescribeMode(check, *need.record, *offering.record);
        break;
      case Constraint::kRegion:
        sentence = DescribeRegion(check, need, offering);
        break;
      case Constraint::kAmount:
        sentence = DescribeAmount(check, *need.record, *offering.record);
        if (check.known) {
          const std::string& currency = need.record->amount->currency;
          margin.unit = currency == "CNY" ? (zh ? "万元" : "10,000 CNY") : (zh ? "万" : "10,000 ") + currency;
        }
        break;
      case Constraint::kTrl:
        sentence = DescribeTrl(check, *need.record, *offering.record);
        margin.unit = zh ? "级" : "levels";
        break;
      case Constraint::kValidity:
        sentence = DescribeValidity(check);
        margin.unit = zh ? "天" : "days";
        break;
      case Constraint::kPartyKind:
        sentence = DescribePartyKind(check, need, offering);
        break;
    }
    margin.sentence = zh ? std::move(sentence.zh) : std::move(sentence.en);
    margins.push_back(std::move(margin));
  }
  return margins;
}

}  // namespace magpie
