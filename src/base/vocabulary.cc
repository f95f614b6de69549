#include "magpie/base/vocabulary.h"

#include <array>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Text = std::string_view;

// One entry of a list whose synonyms are a named array, or none.
template <typename Enum>
constexpr Word Entry(Enum value, Text name, Text zh, Text en, std::span<const Text> synonyms = {}) {
  return {static_cast<int>(value), name, zh, en, synonyms};
}

constexpr std::array kLanguageWords = {
    Entry(Language::kZh, "zh", "中文", "Chinese"),
    Entry(Language::kEn, "en", "英文", "English"),
};

constexpr std::array<Text, 4> kNeedSynonyms = {"demand", "技术需求", "企业需求", "需求方"};
constexpr std::array<Text, 5> kOfferingSynonyms = {"offer", "supply", "成果", "资源", "供给"};
constexpr std::array kSideWords = {
    Entry(Side::kNeed, "need", "需求", "need", kNeedSynonyms),
    Entry(Side::kOffering, "offering", "供给", "offering", kOfferingSynonyms),
};

constexpr std::array<Text, 4> kTechnologySynonyms = {"技术成果", "科技成果", "成果", "专利"};
constexpr std::array<Text, 5> kTalentSynonyms = {"人才", "专家", "专家团队", "智力", "team"};
constexpr std::array<Text, 5> kCapitalSynonyms = {"资金", "资本", "金融", "融资", "finance"};
constexpr std::array<Text, 5> kPlatformSynonyms = {"平台", "设备平台", "检测平台", "中试平台", "公共平台"};
constexpr std::array<Text, 4> kMaterialSynonyms = {"材料", "原材料", "原料", "物资"};
constexpr std::array<Text, 5> kSiteSynonyms = {"场地", "厂房", "园区", "基地", "载体"};
constexpr std::array<Text, 4> kMarketSynonyms = {"市场", "市场渠道", "渠道", "market"};
constexpr std::array kResourceWords = {
    Entry(ResourceKind::kTechnology, "technology", "技术", "technology", kTechnologySynonyms),
    Entry(ResourceKind::kTalent, "talent", "人才", "talent", kTalentSynonyms),
    Entry(ResourceKind::kCapital, "capital", "资金", "capital", kCapitalSynonyms),
    Entry(ResourceKind::kPlatform, "platform", "平台", "platform", kPlatformSynonyms),
    Entry(ResourceKind::kMaterial, "material", "材料", "material", kMaterialSynonyms),
    Entry(ResourceKind::kSite, "site", "场地", "site", kSiteSynonyms),
    Entry(ResourceKind::kMarketAccess, "market_access", "市场渠道", "market access", kMarketSynonyms),
};

constexpr std::array<Text, 5> kTransferSynonyms = {"转让", "技术转让", "专利转让", "成果转让", "assignment"};
constexpr std::array<Text, 5> kLicenseSynonyms = {"许可", "技术许可", "专利许可", "许可使用", "licence"};
constexpr std::array<Text, 4> kCommissionedSynonyms = {"委托开发", "委托研发", "技术开发", "commissioned"};
constexpr std::array<Text, 7> kCoDevelopmentSynonyms = {"合作开发", "联合攻关", "联合开发",         "合作研发",
                                                        "联合研发", "共同开发", "joint development"};
constexpr std::array<Text, 2> kServiceSynonyms = {"技术服务", "服务"};
constexpr std::array<Text, 4> kConsultingSynonyms = {"顾问", "咨询", "技术咨询", "兼职顾问"};
constexpr std::array<Text, 7> kEquitySynonyms = {"作价入股", "股权投资", "股权融资", "技术入股",
                                                 "入股",     "投资",     "合资"};
constexpr std::array<Text, 6> kJointBaseSynonyms = {"共建",       "共建基地",   "共建平台",
                                                    "共建实验室", "联合实验室", "joint lab"};
constexpr std::array<Text, 5> kExchangeSynonyms = {"人才交流", "人员交流", "科技特派员", "柔性引才", "人才引进"};
constexpr std::array<Text, 4> kLoanSynonyms = {"贷款", "信贷", "融资贷款", "债权融资"};
constexpr std::array<Text, 3> kInsuranceSynonyms = {"科技保险", "保险", "投保"};
constexpr std::array<Text, 9> kPurchaseSynonyms = {"购买",     "购买设备", "采购", "采购设备", "出售",
                                                   "出售设备", "供货",     "销售", "buy"};
constexpr std::array<Text, 5> kOrderSynonyms = {"揭榜挂帅", "订单式合作", "难题招标", "订单式研发", "open call"};
constexpr std::array kModeWords = {
    Entry(CooperationMode::kTransfer, "transfer", "技术转让", "transfer", kTransferSynonyms),
    Entry(CooperationMode::kLicense, "license", "技术许可", "licence", kLicenseSynonyms),
    Entry(CooperationMode::kCommissionedDevelopment, "commissioned_development", "委托开发", "commissioned development",
          kCommissionedSynonyms),
    Entry(CooperationMode::kCoDevelopment, "co_development", "合作开发", "joint development", kCoDevelopmentSynonyms),
    Entry(CooperationMode::kTechnicalService, "technical_service", "技术服务", "technical service", kServiceSynonyms),
    Entry(CooperationMode::kConsulting, "consulting", "技术咨询", "consulting", kConsultingSynonyms),
    Entry(CooperationMode::kEquity, "equity", "作价入股", "equity", kEquitySynonyms),
    Entry(CooperationMode::kJointBase, "joint_base", "共建基地", "joint base", kJointBaseSynonyms),
    Entry(CooperationMode::kTalentExchange, "talent_exchange", "人才交流", "exchange of people", kExchangeSynonyms),
    Entry(CooperationMode::kLoan, "loan", "贷款", "loan", kLoanSynonyms),
    Entry(CooperationMode::kInsurance, "insurance", "科技保险", "insurance", kInsuranceSynonyms),
    Entry(CooperationMode::kPurchase, "purchase", "采购", "purchase", kPurchaseSynonyms),
    Entry(CooperationMode::kOrderResearch, "order_research", "揭榜挂帅", "made-to-order research", kOrderSynonyms),
};

constexpr std::array<Text, 5> kFirmSynonyms = {"公司", "企业单位", "company", "enterprise", "合作社"};
constexpr std::array<Text, 5> kInstituteSynonyms = {"科研院所", "研究所", "研究院", "科研机构", "院所"};
constexpr std::array<Text, 4> kUniversitySynonyms = {"高校", "大学", "学院", "高等院校"};
constexpr std::array<Text, 1> kHospitalSynonyms = {"医疗机构"};
constexpr std::array<Text, 3> kGovernmentSynonyms = {"政府部门", "机关", "事业单位"};
constexpr std::array<Text, 4> kFundSynonyms = {"投资基金", "投资机构", "创投", "vc"};
constexpr std::array<Text, 1> kInsurerSynonyms = {"保险"};
constexpr std::array<Text, 4> kParkSynonyms = {"产业园", "开发区", "高新区", "孵化器"};
constexpr std::array<Text, 2> kExpertSynonyms = {"个人", "自然人"};
constexpr std::array kPartyWords = {
    Entry(PartyKind::kFirm, "firm", "企业", "firm", kFirmSynonyms),
    Entry(PartyKind::kInstitute, "institute", "科研院所", "institute", kInstituteSynonyms),
    Entry(PartyKind::kUniversity, "university", "高校", "university", kUniversitySynonyms),
    Entry(PartyKind::kHospital, "hospital", "医院", "hospital", kHospitalSynonyms),
    Entry(PartyKind::kGovernment, "government", "政府", "government", kGovernmentSynonyms),
    Entry(PartyKind::kFund, "fund", "基金", "fund", kFundSynonyms),
    Entry(PartyKind::kBank, "bank", "银行", "bank"),
    Entry(PartyKind::kInsurer, "insurer", "保险公司", "insurer", kInsurerSynonyms),
    Entry(PartyKind::kPark, "park", "园区", "park", kParkSynonyms),
    Entry(PartyKind::kExpert, "expert", "专家", "expert", kExpertSynonyms),
};

constexpr std::array<Text, 2> kHeadquartersSynonyms = {"注册地", "本部"};
constexpr std::array<Text, 4> kResearchSynonyms = {"研发飞地", "飞地", "离岸科创中心", "research"};
constexpr std::array<Text, 3> kProductionSynonyms = {"工厂", "生产厂", "使用地"};
constexpr std::array kSiteWords = {
    Entry(SiteKind::kHeadquarters, "headquarters", "总部", "headquarters", kHeadquartersSynonyms),
    Entry(SiteKind::kResearch, "research_site", "研发地", "R&D site", kResearchSynonyms),
    Entry(SiteKind::kProduction, "production", "生产地", "production site", kProductionSynonyms),
};

constexpr std::array<Text, 2> kDraftSynonyms = {"草稿", "未提交"};
constexpr std::array<Text, 2> kWaitingSynonyms = {"审核中", "pending"};
constexpr std::array<Text, 4> kPassedSynonyms = {"审核通过", "已发布", "approved", "published"};
constexpr std::array<Text, 2> kReviseSynonyms = {"退回修改", "to be revised"};
constexpr std::array<Text, 2> kRefusedSynonyms = {"不通过", "rejected"};
constexpr std::array<Text, 1> kExpiredSynonyms = {"过期"};
constexpr std::array kReviewWords = {
    Entry(ReviewState::kDraft, "draft", "待提交", "draft", kDraftSynonyms),
    Entry(ReviewState::kWaiting, "waiting", "待审核", "waiting", kWaitingSynonyms),
    Entry(ReviewState::kPassed, "passed", "通过", "passed", kPassedSynonyms),
    Entry(ReviewState::kRevise, "revise", "整改", "to be revised", kReviseSynonyms),
    Entry(ReviewState::kRefused, "refused", "拒绝", "refused", kRefusedSynonyms),
    Entry(ReviewState::kExpired, "expired", "已过期", "expired", kExpiredSynonyms),
};

constexpr std::array<Text, 4> kPublicSynonyms = {"公开发布", "open", "是", "yes"};  // 是否公开
constexpr std::array<Text, 3> kAnonymousSynonyms = {"隐名", "隐去企业名称", "hidden party"};
constexpr std::array<Text, 5> kSealedSynonyms = {"保密", "不公开", "secret", "否", "no"};
constexpr std::array kDisclosureWords = {
    Entry(Disclosure::kPublic, "public", "公开", "public", kPublicSynonyms),
    Entry(Disclosure::kAnonymous, "anonymous", "匿名", "anonymous", kAnonymousSynonyms),
    Entry(Disclosure::kSealed, "sealed", "密封", "sealed", kSealedSynonyms),
};

constexpr std::array<Text, 2> kOpenSynonyms = {"公开", "public"};
constexpr std::array<Text, 2> kBrokerSynonyms = {"经纪人", "brokers"};
constexpr std::array<Text, 3> kAgreedSynonyms = {"双方同意", "保密", "sealed"};
constexpr std::array kLevelWords = {
    Entry(Level::kOpen, "open", "开放", "open", kOpenSynonyms),
    Entry(Level::kBroker, "broker", "限经纪人", "brokers only", kBrokerSynonyms),
    Entry(Level::kAgreed, "agreed", "双方同意后", "once both agree", kAgreedSynonyms),
};

constexpr std::array kTradeWords = {
    Entry(TradeType::kTender, "tender", "招标", "tender"),
    Entry(TradeType::kAuction, "auction", "拍卖", "auction"),
    Entry(TradeType::kListing, "listing", "挂牌", "listing"),
};

constexpr std::array<Text, 2> kResourceConstraintSynonyms = {"资源", "resource kind"};
constexpr std::array<Text, 1> kModeConstraintSynonyms = {"modes"};
constexpr std::array<Text, 3> kRegionConstraintSynonyms = {"区域", "所在地", "regions"};
constexpr std::array<Text, 4> kAmountConstraintSynonyms = {"预算", "价格", "budget", "price"};
constexpr std::array<Text, 1> kTrlConstraintSynonyms = {"技术成熟度"};
constexpr std::array kConstraintWords = {
    Entry(Constraint::kResource, "resource", "资源类型", "resource kind", kResourceConstraintSynonyms),
    Entry(Constraint::kMode, "mode", "合作方式", "cooperation mode", kModeConstraintSynonyms),
    Entry(Constraint::kRegion, "region", "地区", "region", kRegionConstraintSynonyms),
    Entry(Constraint::kAmount, "amount", "金额", "amount", kAmountConstraintSynonyms),
    Entry(Constraint::kTrl, "trl", "成熟度", "maturity", kTrlConstraintSynonyms),
    Entry(Constraint::kValidity, "validity", "有效期", "validity"),
    Entry(Constraint::kPartyKind, "party_kind", "单位性质", "kind of party"),
};

constexpr std::array<Text, 4> kAcceptedSynonyms = {"同意", "有意向", "感兴趣", "accept"};
constexpr std::array<Text, 5> kDeclinedSynonyms = {"不接受", "回绝", "无意向", "decline", "rejected"};
constexpr std::array<Text, 4> kMetSynonyms = {"洽谈", "见面", "已对接", "meeting"};
constexpr std::array<Text, 4> kSignedSynonyms = {"签约", "成交", "签订合同", "contract"};
constexpr std::array kVerdictWords = {
    Entry(Verdict::kAccepted, "accepted", "接受", "accepted", kAcceptedSynonyms),
    Entry(Verdict::kDeclined, "declined", "拒绝", "declined", kDeclinedSynonyms),
    Entry(Verdict::kMet, "met", "已洽谈", "met", kMetSynonyms),
    Entry(Verdict::kSigned, "signed", "已签约", "signed", kSignedSynonyms),
};

constexpr std::array<Text, 4> kNotFittingSynonyms = {"不匹配", "不合适", "解决不了", "does not fit"};
constexpr std::array<Text, 3> kOtherFieldSynonyms = {"领域不对", "行业不符", "wrong field"};
constexpr std::array<Text, 2> kPartlySynonyms = {"部分解决", "solves a part"};
constexpr std::array<Text, 3> kMaturitySynonyms = {"不成熟", "成熟度", "trl"};
constexpr std::array<Text, 4> kPriceReasonSynonyms = {"太贵", "预算不足", "价格", "budget"};
constexpr std::array<Text, 3> kTimeSynonyms = {"太晚", "来不及", "周期太长"};
constexpr std::array<Text, 3> kRegionReasonSynonyms = {"太远", "地区", "distance"};
constexpr std::array<Text, 2> kModeReasonSynonyms = {"合作方式", "cooperation mode"};
constexpr std::array<Text, 2> kPartnerSynonyms = {"不愿与其合作", "competitor"};
constexpr std::array<Text, 3> kSolvedSynonyms = {"已有合作方", "不再需要", "no longer needed"};
constexpr std::array kDeclineWords = {
    Entry(DeclineReason::kNotFitting, "not_fitting", "不解决问题", "does not solve it", kNotFittingSynonyms),
    Entry(DeclineReason::kOtherField, "other_field", "领域不符", "other field", kOtherFieldSynonyms),
    Entry(DeclineReason::kPartly, "partly", "只解决一部分", "solves only a part", kPartlySynonyms),
    Entry(DeclineReason::kMaturity, "maturity", "成熟度不够", "not mature enough", kMaturitySynonyms),
    Entry(DeclineReason::kPrice, "price", "价格不合适", "price", kPriceReasonSynonyms),
    Entry(DeclineReason::kTime, "time", "时间不合适", "time", kTimeSynonyms),
    Entry(DeclineReason::kRegion, "region", "地区不合适", "region", kRegionReasonSynonyms),
    Entry(DeclineReason::kMode, "mode", "合作方式不合适", "way of cooperation", kModeReasonSynonyms),
    Entry(DeclineReason::kPartner, "partner", "合作方不合适", "partner", kPartnerSynonyms),
    Entry(DeclineReason::kSolved, "solved", "已经解决", "solved already", kSolvedSynonyms),
    Entry(DeclineReason::kOther, "other", "其他", "other"),
};

}  // namespace

template <>
std::span<const Word> Words<Language>() {
  return kLanguageWords;
}
template <>
std::span<const Word> Words<Side>() {
  return kSideWords;
}
template <>
std::span<const Word> Words<ResourceKind>() {
  return kResourceWords;
}
template <>
std::span<const Word> Words<CooperationMode>() {
  return kModeWords;
}
template <>
std::span<const Word> Words<PartyKind>() {
  return kPartyWords;
}
template <>
std::span<const Word> Words<SiteKind>() {
  return kSiteWords;
}
template <>
std::span<const Word> Words<ReviewState>() {
  return kReviewWords;
}
template <>
std::span<const Word> Words<Disclosure>() {
  return kDisclosureWords;
}
template <>
std::span<const Word> Words<Level>() {
  return kLevelWords;
}
template <>
std::span<const Word> Words<TradeType>() {
  return kTradeWords;
}
template <>
std::span<const Word> Words<Constraint>() {
  return kConstraintWords;
}
template <>
std::span<const Word> Words<Verdict>() {
  return kVerdictWords;
}
template <>
std::span<const Word> Words<DeclineReason>() {
  return kDeclineWords;
}

std::optional<int> FindWord(std::span<const Word> words, std::string_view text) {
  const std::string key = ToNfkcFolded(TrimSpace(text));
  if (key.empty()) return std::nullopt;
  // Names and labels before synonyms: a label of one entry may be a looser synonym of another.
  for (const Word& word : words) {
    if (key == word.name || key == word.zh || key == ToNfkcFolded(word.en)) return word.value;
  }
  for (const Word& word : words) {
    for (std::string_view synonym : word.synonyms) {
      if (key == synonym) return word.value;
    }
  }
  return std::nullopt;
}

}  // namespace magpie
