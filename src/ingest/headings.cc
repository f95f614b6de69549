#include "headings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "magpie/base/status.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Text = std::string_view;

constexpr std::size_t kMaxHeadingCodePoints = 40;  // longer cells are notes

// Headings as KeyOf() leaves them: NFKC, lower case, without spaces, brackets and marks.
constexpr Text kIgnoredNames[] = {"序号", "序", "no", "#", "行号", "serialno", "rowno", "index"};
constexpr Text kIdNames[] = {"id",       "编号",   "需求编号",   "成果编号",  "项目编号",  "资源编号",
                             "外部编号", "needid", "offeringid", "listingid", "externalid"};
constexpr Text kSideNames[] = {"side", "供需", "供需类型", "供需方向"};
constexpr Text kLanguageNames[] = {"lang", "language", "语言", "语种"};
constexpr Text kTitleNames[] = {
    "title",        "标题",           "名称",         "题目",         "需求名称",     "技术需求名称",  "需求题目",
    "需求标题",     "技术需求题目",   "企业需求名称", "难题名称",     "技术难题",     "技术难题名称",  "需求",
    "技术需求",     "企业需求",       "成果名称",     "科技成果名称", "技术成果名称", "科技成果",      "技术成果",
    "成果",         "成果标题",       "项目名称",     "技术名称",     "专利名称",     "产品名称",      "资源名称",
    "服务名称",     "平台名称",       "设备名称",     "供给名称",     "课题名称",     "专家",          "专家团队",
    "专家姓名",     "专家名称",       "人才",         "人才姓名",     "人才需求",     "岗位名称",      "融资需求",
    "资金需求名称", "金融产品名称",   "need",         "needtitle",    "offering",     "offeringtitle", "offertitle",
    "technology",   "technologyname", "project",      "projecttitle", "projectname",  "topic",         "subject",
    "name",         "expert",         "expertname",   "requirement",  "demand",       "listing",       "listingtitle"};
constexpr Text kPartyNames[] = {"partyname",
                                "party",
                                "企业名称",
                                "单位名称",
                                "企业",
                                "单位",
                                "公司名称",
                                "公司",
                                "机构名称",
                                "机构",
                                "需求单位",
                                "需求企业",
                                "需求方",
                                "提出单位",
                                "发布单位",
                                "发布企业",
                                "申报单位",
                                "申报企业",
                                "完成单位",
                                "第一完成单位",
                                "持有单位",
                                "成果单位",
                                "供给单位",
                                "供给方",
                                "提供单位",
                                "依托单位",
                                "所属单位",
                                "所在单位",
                                "工作单位",
                                "任职单位",
                                "权利人",
                                "专利权人",
                                "成果持有人",
                                "法人名称",
                                "主体名称",
                                "高校院所",
                                "company",
                                "companyname",
                                "organisation",
                                "organization",
                                "organisationname",
                                "organizationname",
                                "firm",
                                "institute",
                                "institution",
                                "owner",
                                "provider",
                                "applicant",
                                "affiliation",
                                "employer",
                                "university",
                                "enterprise",
                                "enterprisename"};
constexpr Text kPartyIdNames[] = {"partyid",      "企业编号", "单位编号", "统一社会信用代码",
                                  "社会信用代码", "信用代码", "companyid"};
constexpr Text kPartyAliasNames[] = {"partyaliases", "aliases", "别名", "简称", "企业简称", "单位简称", "曾用名"};
constexpr Text kPartyParentNames[] = {"partyparent", "parent", "上级单位", "母公司", "主管单位", "所属集团"};
constexpr Text kPartyKindNames[] = {"partykind",        "单位性质",         "企业性质",    "单位类型", "单位类别",
                                    "企业类型",         "机构类型",         "机构性质",    "主体类型", "kindofparty",
                                    "organisationtype", "organizationtype", "companytype", "partytype"};
constexpr Text kPartyRegionNames[] = {
    "partyregion", "所在地",   "所在地区", "单位所在地", "企业所在地", "所属地区", "所属区域", "地区",     "区域",
    "地址",        "单位地址", "企业地址", "注册地",     "注册地址",   "省市",     "省份",     "所在省市", "所在城市",
    "城市",        "属地",     "location", "region",     "city",       "province", "address",  "place"};
constexpr Text kQualificationNames[] = {
    "partyqualifications", "qualifications", "资质", "企业资质", "单位资质", "资质荣誉"};
constexpr Text kFirstTimerNames[] = {"partyfirsttimer", "firsttimer", "首次参会", "是否首次参会", "首次参展"};
constexpr Text kSmallNames[] = {"partysmall", "small", "中小企业", "是否中小企业", "小微企业", "是否小微企业", "sme"};
constexpr Text kContactNames[] = {"partycontactsname", "联系人",      "联系人姓名",   "负责人", "项目负责人", "对接人",
                                  "contact",           "contactname", "contactperson"};
constexpr Text kContactRoleNames[] = {"partycontactsrole", "职务", "联系人职务", "职务职称", "contactrole"};
constexpr Text kContactPhoneNames[] = {
    "partycontactsphone", "联系电话", "电话",  "手机", "手机号",    "手机号码", "联系方式",
    "联系人电话",         "联系手机", "phone", "tel",  "telephone", "mobile",   "contactphone"};
constexpr Text kContactEmailNames[] = {"partycontactsemail", "邮箱",  "电子邮箱", "邮件",        "电子邮件",
                                       "联系邮箱",           "email", "mail",     "contactemail"};
constexpr Text kDescriptionNames[] = {
    "description", "描述",     "简介",         "说明",         "内容",         "需求描述", "需求简介", "需求内容",
    "需求说明",    "需求详情", "技术需求描述", "技术需求内容", "技术需求简介", "具体需求", "难题描述", "成果简介",
    "成果描述",    "成果介绍", "成果内容",     "成果说明",     "技术简介",     "技术描述", "技术介绍", "项目简介",
    "项目描述",    "项目介绍", "项目内容",     "资源简介",     "资源描述",     "服务内容", "专家简介", "个人简介",
    "团队简介",    "详细描述", "详细说明",     "详情",         "desc",         "details",  "detail",   "summary",
    "abstract",    "text",     "content",      "introduction"};
constexpr Text kKeywordNames[] = {"keywords", "关键词", "关键字", "标签", "keyword", "tags"};
constexpr Text kFieldNames[] = {"fields",   "领域",  "技术领域", "所属领域", "行业",   "所属行业", "行业领域",
                                "产业领域", "学科",  "研究方向", "研究领域", "ipc",    "ipc分类",  "ipc分类号",
                                "分类号",   "field", "sector",   "industry", "domain", "area"};
constexpr Text kResourceNames[] = {"resource",     "资源类型", "资源类别", "需求类型", "需求类别",
                                   "成果类型",     "供给类型", "类型",     "类别",     "resourcekind",
                                   "resourcetype", "type",     "kind",     "category"};
constexpr Text kModeNames[] = {
    "modes",       "合作方式",        "合作模式",         "合作形式",          "意向合作方式",
    "拟合作方式",  "转化方式",        "拟转化方式",       "意向转化方式",      "服务方式",
    "转让方式",    "交易方式",        "对接方式",         "解决方式",          "mode",
    "cooperation", "cooperationmode", "cooperationmodes", "modeofcooperation", "modesofcooperation",
    "transfermode"};
constexpr Text kTrlNames[] = {
    "trl",           "成熟度",   "技术成熟度", "成果成熟度", "技术成熟度等级", "成熟度等级", "成熟阶段",
    "所处阶段",      "研发阶段", "技术阶段",   "成果阶段",   "maturity",       "readiness",  "technologyreadinesslevel",
    "readinesslevel"};
constexpr Text kAmountNames[] = {
    "amount",   "amountwancny", "预算",        "金额",          "价格",          "报价",          "报酬",
    "薪酬",     "预算金额",     "项目预算",    "投入预算",      "预计投入",      "拟投入",        "拟投入资金",
    "计划投入", "投入资金",     "意向投入",    "资金预算",      "经费",          "经费预算",      "意向价格",
    "意向金额", "转让价格",     "转让金额",    "转让费",        "许可费",        "合作金额",      "拟转让价格",
    "参考价格", "期望价格",     "售价",        "服务价格",      "收费标准",      "收费",          "费用",
    "融资金额", "融资额",       "融资额度",    "资金需求",      "贷款额度",      "budget",        "price",
    "cost",     "fee",          "askingprice", "plannedbudget", "expectedprice", "fundingamount", "investment"};
constexpr Text kAmountLowNames[] = {"amountlow", "预算下限", "最低预算",  "金额下限",  "价格下限",
                                    "最低价",    "最低价格", "budgetmin", "minbudget", "budgetfrom",
                                    "pricemin",  "minprice", "pricefrom", "budgetlow", "pricelow"};
constexpr Text kAmountHighNames[] = {"amounthigh", "预算上限", "最高预算",  "金额上限",   "价格上限",
                                     "最高价",     "最高价格", "budgetmax", "maxbudget",  "budgetto",
                                     "pricemax",   "maxprice", "priceto",   "budgethigh", "pricehigh"};
constexpr Text kCurrencyNames[] = {"currency", "币种", "货币", "amountcurrency"};
constexpr Text kRegionsNames[] = {"regions",      "意向地区", "意向区域",      "合作地区",       "期望合作地区",
                                  "意向合作地区", "服务地区", "服务区域",      "服务范围",       "推广地区",
                                  "落地地区",     "目标地区", "targetregions", "partnerregions", "serviceregions"};
constexpr Text kPartnerKindNames[] = {"partnerkinds", "意向合作对象", "合作对象",   "期望合作单位类型",
                                      "意向单位类型", "合作单位类型", "partnerkind"};
constexpr Text kExcludeNames[] = {"excludeparties", "回避单位", "排除单位", "不匹配单位", "回避企业", "exclude"};
constexpr Text kValidFromNames[] = {"validfrom", "生效日期", "有效期起", "开始日期", "起始日期", "有效期开始"};
constexpr Text kValidUntilNames[] = {"validuntil", "有效期",   "有效期至",   "有效期止", "截止日期",
                                     "截止时间",   "截至日期", "到期日期",   "失效日期", "需求截止日期",
                                     "deadline",   "expires",  "expirydate", "validto"};
constexpr Text kReviewNames[] = {"review", "审核状态", "审核结果", "审核", "reviewstate", "status"};
constexpr Text kDisclosureNames[] = {"disclosure", "公开程度", "公开方式",       "披露级别",
                                     "是否公开",   "公开级别", "disclosurelevel"};
constexpr Text kReviewNoteNames[] = {"reviewnote", "审核意见", "整改意见", "退回原因", "拒绝原因"};
constexpr Text kTextLevelNames[] = {"textlevel", "内容公开级别", "内容披露级别"};
constexpr Text kPartyLevelNames[] = {"partylevel", "单位公开级别", "单位披露级别", "企业公开级别"};
constexpr Text kContactsLevelNames[] = {"contactslevel", "联系方式公开级别", "联系方式披露级别", "联系人公开级别"};
constexpr Text kTradeNames[] = {"trade", "挂牌方式", "竞价方式", "tradetype"};
constexpr Text kIpNames[] = {"ipform",       "知识产权",     "知识产权形式", "知识产权情况",        "专利情况",
                             "知识产权状况", "知识产权类型", "ip",           "intellectualproperty"};
constexpr Text kMustNames[] = {"must", "硬性条件", "必须满足", "必要条件"};
constexpr Text kCapacityNames[] = {"capacity", "最多匹配数", "匹配上限", "名额", "容量", "可对接数量"};
constexpr Text kTeamNames[] = {"team", "团队", "团队名称", "课题组", "研究团队", "teamname"};
constexpr Text kRemarkNames[] = {"remark",  "备注", "附注",  "其他说明", "每年到岗天数", "到岗天数",
                                 "remarks", "note", "notes", "comment",  "comments"};

constexpr std::array kFields = {
    FieldHeadings{Field::kIgnored, "-", kIgnoredNames},
    FieldHeadings{Field::kId, "id", kIdNames},
    FieldHeadings{Field::kSide, "side", kSideNames},
    FieldHeadings{Field::kLanguage, "lang", kLanguageNames},
    FieldHeadings{Field::kTitle, "title", kTitleNames},
    FieldHeadings{Field::kPartyName, "party.name", kPartyNames},
    FieldHeadings{Field::kPartyId, "party.id", kPartyIdNames},
    FieldHeadings{Field::kPartyAliases, "party.aliases", kPartyAliasNames},
    FieldHeadings{Field::kPartyParent, "party.parent", kPartyParentNames},
    FieldHeadings{Field::kPartyKind, "party.kind", kPartyKindNames},
    FieldHeadings{Field::kPartyRegion, "party.region", kPartyRegionNames},
    FieldHeadings{Field::kPartyQualifications, "party.qualifications", kQualificationNames},
    FieldHeadings{Field::kPartyFirstTimer, "party.first_timer", kFirstTimerNames},
    FieldHeadings{Field::kPartySmall, "party.small", kSmallNames},
    FieldHeadings{Field::kContactName, "party.contacts.name", kContactNames},
    FieldHeadings{Field::kContactRole, "party.contacts.role", kContactRoleNames},
    FieldHeadings{Field::kContactPhone, "party.contacts.phone", kContactPhoneNames},
    FieldHeadings{Field::kContactEmail, "party.contacts.email", kContactEmailNames},
    FieldHeadings{Field::kDescription, "description", kDescriptionNames},
    FieldHeadings{Field::kKeywords, "keywords", kKeywordNames},
    FieldHeadings{Field::kFields, "fields", kFieldNames},
    FieldHeadings{Field::kResource, "resource", kResourceNames},
    FieldHeadings{Field::kModes, "modes", kModeNames},
    FieldHeadings{Field::kTrl, "trl", kTrlNames},
    FieldHeadings{Field::kAmount, "amount", kAmountNames},
    FieldHeadings{Field::kAmountLow, "amount_low", kAmountLowNames},
    FieldHeadings{Field::kAmountHigh, "amount_high", kAmountHighNames},
    FieldHeadings{Field::kCurrency, "amount.currency", kCurrencyNames},
    FieldHeadings{Field::kRegions, "regions", kRegionsNames},
    FieldHeadings{Field::kPartnerKinds, "partner_kinds", kPartnerKindNames},
    FieldHeadings{Field::kExcludeParties, "exclude_parties", kExcludeNames},
    FieldHeadings{Field::kValidFrom, "valid_from", kValidFromNames},
    FieldHeadings{Field::kValidUntil, "valid_until", kValidUntilNames},
    FieldHeadings{Field::kReview, "review", kReviewNames},
    FieldHeadings{Field::kReviewNote, "review_note", kReviewNoteNames},
    FieldHeadings{Field::kDisclosure, "disclosure", kDisclosureNames},
    FieldHeadings{Field::kTextLevel, "text_level", kTextLevelNames},
    FieldHeadings{Field::kPartyLevel, "party_level", kPartyLevelNames},
    FieldHeadings{Field::kContactsLevel, "contacts_level", kContactsLevelNames},
    FieldHeadings{Field::kTrade, "trade", kTradeNames},
    FieldHeadings{Field::kIpForm, "ip_form", kIpNames},
    FieldHeadings{Field::kMust, "must", kMustNames},
    FieldHeadings{Field::kCapacity, "capacity", kCapacityNames},
    FieldHeadings{Field::kTeam, "team", kTeamNames},
    FieldHeadings{Field::kRemark, "remark", kRemarkNames},
};

constexpr Text kAmountWanName = "amount_wan_cny";  // also a field of a mapping file: `amount` in 万元
constexpr Text kExtraName = "extra";               // likewise: keep the column without a warning

// A heading that is in no list is taken for the first rule of which it holds a word of each group.
struct LikenessRule {
  Field field;
  std::span<const Text> first, second, without;
};
constexpr Text kNone[] = {""};
constexpr Text kPhoneWords[] = {"电话", "手机", "联系方式", "phone"};
constexpr Text kMailWords[] = {"邮箱", "邮件", "email"};
constexpr Text kContactWords[] = {"联系人", "contact"};
constexpr Text kRemarkWords[] = {"备注"};
constexpr Text kKeywordWords[] = {"关键词", "关键字", "keyword"};
constexpr Text kNameWords[] = {"名称", "题目", "标题", "全称", "title"};
constexpr Text kTitleWords[] = {"需求", "成果", "项目", "技术", "课题",  "难题",    "产品",
                                "资源", "专利", "设备", "need", "offer", "project", "technology"};
constexpr Text kPartyWords[] = {"企业", "单位", "公司", "机构", "院校", "高校", "院所"};
constexpr Text kTextWords[] = {"描述", "简介", "概述", "内容",   "详情", "说明",
                               "介绍", "背景", "指标", "创新点", "优势", "description"};
constexpr Text kTrlWords[] = {"成熟度", "trl", "研发阶段", "技术阶段", "所处阶段"};
constexpr Text kModeSubjects[] = {"合作", "转化", "服务", "转让", "对接", "交易"};
constexpr Text kModeWords[] = {"方式", "模式", "形式"};
constexpr Text kMoneyWords[] = {"预算", "价格", "报价", "金额", "资金",   "费用",
                                "报酬", "薪酬", "投入", "经费", "budget", "price"};
constexpr Text kAimWords[] = {"合作", "意向", "期望", "服务", "推广", "目标"};
constexpr Text kPlaceWords[] = {"所在地", "地区",   "区域", "地址",     "省市",  "属地",
                                "所在省", "所在市", "城市", "location", "region"};
constexpr Text kKindWords[] = {"性质", "类型", "类别"};
constexpr Text kFieldWords[] = {"领域", "行业", "学科", "产业", "分类号"};
constexpr Text kEndWords[] = {"截止", "截至", "到期", "有效期"};
constexpr Text kTeamWords[] = {"团队", "课题组"};

constexpr std::array kLikenessRules = {
    LikenessRule{Field::kContactPhone, kPhoneWords, kNone, {}},
    LikenessRule{Field::kContactEmail, kMailWords, kNone, {}},
    LikenessRule{Field::kContactName, kContactWords, kNone, {}},
    LikenessRule{Field::kRemark, kRemarkWords, kNone, {}},
    LikenessRule{Field::kKeywords, kKeywordWords, kNone, {}},
    LikenessRule{Field::kPartyName, kPartyWords, kNameWords, kTitleWords},
    LikenessRule{Field::kTitle, kTitleWords, kNameWords, {}},
    LikenessRule{Field::kDescription, kTextWords, kNone, kPartyWords},
    LikenessRule{Field::kTrl, kTrlWords, kNone, {}},
    LikenessRule{Field::kModes, kModeSubjects, kModeWords, {}},
    LikenessRule{Field::kAmount, kMoneyWords, kNone, {}},
    LikenessRule{Field::kRegions, kAimWords, kPlaceWords, {}},
    LikenessRule{Field::kPartyRegion, kPlaceWords, kNone, {}},
    LikenessRule{Field::kPartyKind, kPartyWords, kKindWords, {}},
    LikenessRule{Field::kFields, kFieldWords, kNone, {}},
    LikenessRule{Field::kValidUntil, kEndWords, kNone, {}},
    LikenessRule{Field::kTeam, kTeamWords, kNone, {}},
};

bool HoldsOneOf(Text text, std::span<const Text> words) {
  return std::any_of(words.begin(), words.end(), [text](Text word) { return text.find(word) != Text::npos; });
}

// What of a heading counts for recognising it.
std::string KeyOf(Text heading) {
  const std::string folded = ToNfkcFolded(heading);
  std::string key;
  int depth = 0;
  std::size_t offset = 0;
  while (offset < folded.size()) {
    const char32_t c = NextCodePoint(folded, &offset);
    if (c == '(' || c == '[' || c == 0x3010) {
      ++depth;
    } else if (c == ')' || c == ']' || c == 0x3011) {
      depth = std::max(0, depth - 1);
    } else if (depth == 0 && !IsSpace(c) && Text("*:_-./").find(static_cast<char>(c < 0x80 ? c : 'x')) == Text::npos &&
               c != 0x3001) {
      AppendCodePoint(c, &key);
    }
  }
  return key;
}

// "预算万元": a unit outside brackets belongs to no name.
std::string WithoutUnit(std::string key) {
  for (Text unit : {"万元年", "万元", "亿元", "千元", "元", "rmb", "cny", "usd"}) {
    // "单位：万元" is a note about the table, no heading.
    if (key.size() > unit.size() && key.ends_with(unit) && !key.ends_with(fmt::format("单位{}", unit))) {
      key.resize(key.size() - unit.size());
      break;
    }
  }
  return key;
}

const std::unordered_map<Text, Field>& FieldsByHeading() {
  static const auto* map = [] {
    auto* fields = new std::unordered_map<Text, Field>;
    for (const FieldHeadings& entry : kFields) {
      for (Text heading : entry.headings) fields->emplace(heading, entry.field);
    }
    return fields;
  }();
  return *map;
}

std::optional<Field> FieldOfKey(const std::string& key) {
  const auto found = FieldsByHeading().find(key);
  if (found == FieldsByHeading().end()) return std::nullopt;
  return found->second;
}

Field LikelyField(Text key) {
  for (const LikenessRule& rule : kLikenessRules) {
    if (HoldsOneOf(key, rule.first) && HoldsOneOf(key, rule.second) && !HoldsOneOf(key, rule.without)) {
      return rule.field;
    }
  }
  return Field::kUnknown;
}

bool IsAmount(Field field) {
  return field == Field::kAmount || field == Field::kAmountLow || field == Field::kAmountHigh;
}

std::optional<Field> FieldOfMappingName(Text name) {
  if (name == kAmountWanName) return Field::kAmount;
  if (name == kExtraName) return Field::kUnknown;
  for (const FieldHeadings& entry : kFields) {
    if (name == entry.name) return entry.field;
  }
  return std::nullopt;
}

// "/年" of "(万元/年)".
std::string PerOf(Text heading) {
  const std::string plain = ToNfkc(heading);
  const std::size_t slash = plain.find("元/");
  if (slash == std::string::npos) return "";
  const std::size_t begin = slash + Text("元").size();
  const std::size_t end = plain.find_first_of(")] ", begin);
  return plain.substr(begin, end == std::string::npos ? end : end - begin);
}

void Describe(const std::string& key, Column* column) {
  if (IsAmount(column->field)) {
    if (column->unit.multiplier == 0) column->unit = ParseAmountUnit(column->heading);
    if (key == "amountwancny") column->unit = {kWan, "CNY"};
    column->per = PerOf(column->heading);
  }
  if (column->field == Field::kTitle) {
    if (key.find("专家") != std::string::npos || key.find("人才") != std::string::npos || key.starts_with("expert")) {
      column->resource = ResourceKind::kTalent;
    } else if (key.find("成果") != std::string::npos) {
      column->resource = ResourceKind::kTechnology;
    }
  }
  // An expert's employer is his own: an empty cell there is a gap, not a repetition.
  if (column->field == Field::kPartyName) {
    column->repeats =
        key != "所在单位" && key != "工作单位" && key != "任职单位" && key != "affiliation" && key != "employer";
  }
}

}  // namespace

std::span<const FieldHeadings> AllFieldHeadings() {
  return kFields;
}

Column ReadHeading(std::string_view heading, const std::map<std::string, std::string>& mapping) {
  Column column;
  column.heading = std::string(TrimSpace(heading));
  const std::string key = KeyOf(column.heading);
  for (const auto& [written, field] : mapping) {
    if (TrimSpace(written) != column.heading && (key.empty() || KeyOf(written) != key)) continue;
    column.field = FieldOfMappingName(field).value_or(Field::kUnknown);
    column.exact = true;
    if (field == kAmountWanName) column.unit = {kWan, "CNY"};
    Describe(key, &column);
    return column;
  }
  if (key.empty() || CountCodePoints(column.heading) > kMaxHeadingCodePoints) return column;
  for (const std::string& candidate : {key, WithoutUnit(key)}) {
    if (const std::optional<Field> field = FieldOfKey(candidate)) {
      column.field = *field;
      column.exact = true;
      Describe(candidate, &column);
      return column;
    }
  }
  column.field = LikelyField(key);
  Describe(key, &column);
  return column;
}

std::vector<Column> ReadHeadings(const std::vector<std::string>& cells,
                                 const std::map<std::string, std::string>& mapping) {
  std::vector<Column> columns;
  for (const std::string& cell : cells) columns.push_back(ReadHeading(cell, mapping));
  // One title, one party, one amount: a heading of the list wins over one that is only like it, then the first wins;
  // the others keep their texts in `extra`. Descriptions and remarks may be several.
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Field field = columns[i].field;
    if (field == Field::kUnknown || field == Field::kIgnored || field == Field::kDescription ||
        field == Field::kRemark || field == Field::kKeywords || field == Field::kFields) {
      continue;
    }
    for (std::size_t j = i + 1; j < columns.size(); ++j) {
      if (columns[j].field != field) continue;
      const std::size_t loser = !columns[i].exact && columns[j].exact ? i : j;
      columns[loser].field = Field::kUnknown;
      if (loser == i) break;
    }
  }
  return columns;
}

HeadingLikeness JudgeHeadings(const std::vector<Column>& columns) {
  std::size_t filled = 0, known = 0, exact = 0;
  bool title = false, exact_title = false;
  for (const Column& column : columns) {
    if (column.heading.empty()) continue;
    ++filled;
    if (column.field == Field::kUnknown && !column.exact) continue;
    ++known;
    exact += column.exact ? 1 : 0;
    if (column.field == Field::kTitle) {
      title = true;
      exact_title = column.exact;
    }
  }
  if (title && known >= 2 && exact >= 1 && known * 2 >= filled) return HeadingLikeness::kStrong;
  if (exact_title && filled == 1) return HeadingLikeness::kWeak;
  if (known >= 3 && exact >= 2 && known * 2 >= filled) return HeadingLikeness::kWeak;
  return HeadingLikeness::kNone;
}

absl::Status CheckMapping(const std::map<std::string, std::string>& mapping) {
  for (const auto& [heading, field] : mapping) {
    if (FieldOfMappingName(field)) continue;
    std::string names;
    for (const FieldHeadings& entry : kFields) names += fmt::format("{} ", entry.name);
    return MakeError(Reason::kBadArgument, heading,
                     fmt::format("is mapped to '{}', which is no field; the fields are {}{} {}", field, names,
                                 kAmountWanName, kExtraName));
  }
  return absl::OkStatus();
}

}  // namespace magpie
