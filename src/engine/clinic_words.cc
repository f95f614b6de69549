#include "engine/clinic_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "magpie/base/unicode.h"

namespace magpie {
namespace {

constexpr std::size_t kTitleShown = 40;  // code points of a title in a question; longer ones end with an ellipsis

using enum NeedAspect;

// Words that nearly always stand with what they announce. Left out on purpose: 材料 and 技术 (in every other title),
// 方法 and 设备 (say that something is sought, not what), 通过 (a test is passed as often), 现有.
constexpr auto kChinese = std::to_array<AspectCue>({
    // what it is made of, what goes in
    {kMaterial, "材质"},
    {kMaterial, "原料"},
    {kMaterial, "基材"},
    {kMaterial, "母材"},
    {kMaterial, "牌号"},
    {kMaterial, "主要成分"},
    {kMaterial, "合金"},
    {kMaterial, "不锈钢"},
    {kMaterial, "铸铁"},
    {kMaterial, "塑料"},
    {kMaterial, "橡胶"},
    {kMaterial, "陶瓷"},
    {kMaterial, "玻璃"},
    {kMaterial, "树脂"},
    {kMaterial, "纤维"},
    {kMaterial, "混凝土"},
    {kMaterial, "矿石"},
    {kMaterial, "钢"},
    {kMaterial, "铁"},
    {kMaterial, "铜"},
    {kMaterial, "铝"},
    {kMaterial, "钛"},
    {kMaterial, "镍"},
    {kMaterial, "铂"},
    {kMaterial, "锂"},
    {kMaterial, "镁"},
    {kMaterial, "硅"},
    // how it is done today, what was tried
    {kMethod, "采用"},
    {kMethod, "改用"},
    {kMethod, "现用"},
    {kMethod, "目前用"},
    {kMethod, "目前靠"},
    {kMethod, "试过"},
    {kMethod, "试用过"},
    {kMethod, "现有工艺"},
    {kMethod, "工艺路线"},
    {kMethod, "技术路线"},
    // what shall change
    {kEffect, "提高"},
    {kEffect, "提升"},
    {kEffect, "降低"},
    {kEffect, "减少"},
    {kEffect, "降到"},
    {kEffect, "降至"},
    {kEffect, "达到"},
    {kEffect, "改善"},
    {kEffect, "避免"},
    {kEffect, "防止"},
    {kEffect, "消除"},
    {kEffect, "延长"},
    {kEffect, "缩短"},
    {kEffect, "替代"},
    {kEffect, "国产化"},
    {kEffect, "不再"},
    {kEffect, "要求"},
    {kEffect, "希望"},
    {kEffect, "目标"},
    {kEffect, "至少"},
    {kEffect, "不低于"},
    {kEffect, "不超过"},
    {kEffect, "不大于"},
    {kEffect, "小于"},
    {kEffect, "低于"},
    {kEffect, "控制在"},
    {kEffect, "解决"},
    {kEffect, "减半"},
    {kEffect, "翻番"},
    {kEffect, "翻一番"},
    {kEffect, "老是"},
    {kEffect, "超标"},
    {kEffect, "以上", true},
    {kEffect, "以下", true},
    {kEffect, "以内", true},
    // what the firm makes or runs
    {kProduct, "产品"},
    {kProduct, "零件"},
    {kProduct, "部件"},
    {kProduct, "工件"},
    {kProduct, "主营"},
    {kProduct, "生产线"},
    {kProduct, "年产"},
    // where it is used
    {kApplication, "用于"},
    {kApplication, "应用于"},
    {kApplication, "应用在"},
    {kApplication, "应用场景"},
    {kApplication, "适用于"},
    {kApplication, "适用"},
    {kApplication, "使用环境"},
    {kApplication, "工况"},
    {kApplication, "现场"},
    {kApplication, "场景"},
    // how ready
    {kMaturity, "成熟"},
    {kMaturity, "小试"},
    {kMaturity, "中试"},
    {kMaturity, "样机"},
    {kMaturity, "工程化"},
    {kMaturity, "产业化"},
    {kMaturity, "示范"},
    {kMaturity, "应用案例"},
    {kMaturity, "成功案例"},
    {kMaturity, "业绩"},
    {kMaturity, "现成"},
    // money; counts only with a figure beside it. 成本 and 价格 are of a piece, not of the project
    {kBudget, "预算"},
    {kBudget, "经费"},
    {kBudget, "投入"},
    {kBudget, "投资"},
    {kBudget, "出资"},
    {kBudget, "费用"},
    // how to work together, where the vocabulary's own words do not stand; 服务, 销售 and 保险 mean too much else
    {kMode, "采购"},
    {kMode, "购买"},
    {kMode, "转让"},
    {kMode, "入股"},
    {kMode, "委托"},
    {kMode, "联合研发"},
    {kMode, "顾问"},
    {kMode, "合作方式"},
});

// Their stems are compared: one form stands for all. "using" is left out, since its stem is that of "us".
constexpr auto kEnglish = std::to_array<AspectCue>({
    {kMaterial, "raw material"},
    {kMaterial, "made of"},
    {kMaterial, "feedstock"},
    {kMaterial, "substrate"},
    {kMaterial, "alloy"},
    {kMaterial, "steel"},
    {kMaterial, "copper"},
    {kMaterial, "aluminium"},
    {kMaterial, "aluminum"},
    {kMaterial, "plastic"},
    {kMaterial, "polymer"},
    {kMaterial, "rubber"},
    {kMaterial, "ceramic"},
    {kMaterial, "glass"},
    {kMaterial, "resin"},
    {kMaterial, "fibre"},
    {kMaterial, "fiber"},
    {kMaterial, "concrete"},
    {kMaterial, "ore"},
    {kMethod, "by means of"},
    {kMethod, "based on"},
    {kMethod, "we tried"},
    {kMethod, "have tried"},
    {kMethod, "currently use"},
    {kMethod, "we use"},
    {kEffect, "reduce"},
    {kEffect, "increase"},
    {kEffect, "improve"},
    {kEffect, "avoid"},
    {kEffect, "prevent"},
    {kEffect, "lower"},
    {kEffect, "raise"},
    {kEffect, "extend"},
    {kEffect, "shorten"},
    {kEffect, "eliminate"},
    {kEffect, "replace"},
    {kEffect, "get rid"},
    {kEffect, "at least"},
    {kEffect, "at most"},
    {kEffect, "less than"},
    {kEffect, "no more than"},
    {kEffect, "must be"},
    {kEffect, "target"},
    {kEffect, "below"},
    {kEffect, "above"},
    {kProduct, "product"},
    {kProduct, "we make"},
    {kProduct, "we produce"},
    {kProduct, "manufacture"},
    {kProduct, "workpiece"},
    {kApplication, "used in"},
    {kApplication, "used for"},
    {kApplication, "applied in"},
    {kApplication, "on site"},
    {kApplication, "in the field"},
    {kApplication, "operating conditions"},
    {kMaturity, "trl"},
    {kMaturity, "mature"},
    {kMaturity, "proven"},
    {kMaturity, "pilot"},
    {kMaturity, "prototype"},
    {kMaturity, "off the shelf"},
    {kMaturity, "demonstrated"},
    {kMaturity, "reference plant"},
    {kBudget, "budget"},
    {kBudget, "spend"},
    {kBudget, "invest"},
    {kMode, "buy"},
    {kMode, "purchase"},
    {kMode, "licence"},
    {kMode, "license"},
    {kMode, "joint venture"},
    {kMode, "develop together"},
});

constexpr auto kMoneyUnits =
    std::to_array<std::string_view>({"元", "万元", "亿元", "千元", "百万元", "千万元", "美元", "万美元", "欧元",
                                     "万欧元", "cny", "rmb", "usd", "eur", "元/吨", "元/套", "元/台"});
constexpr auto kHeadCounts =
    std::to_array<std::string_view>({"人", "万人", "人次", "家", "户", "万户", "位", "项", "届", "期"});

struct QuestionPair {
  std::string_view zh, en;  // {} is the need's title
};

QuestionPair QuestionOf(NeedAspect aspect) {
  switch (aspect) {
    case kMaterial:
      return {"关于「{}」，请问涉及哪些材料、原料或介质（材质、牌号、成分）？",
              "About \"{}\": which materials, raw materials or media are involved (grade, composition)?"};
    case kMethod:
      return {"关于「{}」，请问目前用的是什么工艺或方法，试过哪些办法，对新方法有没有倾向？",
              "About \"{}\": which process or method do you use today, what have you tried, and do you prefer one?"};
    case kEffect:
      return {"关于「{}」，请问希望改善到什么程度，具体要提高、降低或避免什么？",
              "About \"{}\": what should become better, and what exactly is to be raised, lowered or avoided?"};
    case kProduct:
      return {"关于「{}」，请问针对的是哪种产品、部件或设备？",
              "About \"{}\": which product, part or machine is it about?"};
    case kApplication:
      return {"关于「{}」，请问打算用在什么场合，现场条件（温度、介质、空间等）如何？",
              "About \"{}\": where will it be used, and under which conditions (temperature, medium, room)?"};
    case kFigures:
      return {"关于「{}」，请问关键指标现在是多少、要达到多少（请注明单位）？",
              "About \"{}\": which figures matter, what are they now and what must they be (with units)?"};
    case kMaturity:
      return {"关于「{}」，请问需要拿来就能用的成熟技术，还是也接受样机、中试或实验室阶段的技术（TRL 1 至 9）？",
              "About \"{}\": must the technology be ready to use, or would a prototype, pilot or laboratory stage do "
              "(TRL 1 to 9)?"};
    case kBudget:
      return {"关于「{}」，请问预算大致是多少万元，给一个范围也可以？",
              "About \"{}\": roughly what budget do you have in mind? A range is fine."};
    case kMode:
      break;
  }
  return {"关于「{}」，请问希望怎样合作，例如采购、委托开发、合作开发、技术许可或技术服务？",
          "About \"{}\": how would you like to work together, for example purchase, commissioned development, joint "
          "development, licence or technical service?"};
}

// One line, and not longer than a sentence bears.
std::string Shown(std::string_view text) {
  std::string line(TakeCodePoints(text, kTitleShown));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line.size() < text.size() ? line + "…" : line;
}

}  // namespace

std::span<const AspectCue> ChineseCues() {
  return kChinese;
}
std::span<const AspectCue> EnglishCues() {
  return kEnglish;
}

bool IsMoneyUnit(std::string_view unit) {
  return std::find(kMoneyUnits.begin(), kMoneyUnits.end(), unit) != kMoneyUnits.end();
}
bool IsHeadCount(std::string_view unit) {
  return std::find(kHeadCounts.begin(), kHeadCounts.end(), unit) != kHeadCounts.end();
}

std::string AspectQuestion(NeedAspect aspect, std::string_view title, Language language) {
  const bool zh = language == Language::kZh;
  const QuestionPair question = QuestionOf(aspect);
  return fmt::format(fmt::runtime(zh ? question.zh : question.en), Shown(title));
}

std::string NegotiableQuestion(std::string_view title, Language language) {
  return language == Language::kZh
             ? fmt::format("关于「{}」，预算写的是面议，请问能否给一个大致范围（万元）？", Shown(title))
             : fmt::format("About \"{}\": the budget is marked negotiable; could you give a rough range?",
                           Shown(title));
}

std::string SeparationSentence(std::span<const CandidateGroup> groups, Language language) {
  const bool zh = language == Language::kZh;
  std::string list;
  for (const CandidateGroup& group : groups) {
    if (!list.empty()) list += zh ? "；" : "; ";
    const std::string ids = fmt::format("{}", fmt::join(group.offering_ids, zh ? "、" : ", "));
    if (group.says.empty()) {
      list += fmt::format(fmt::runtime(zh ? "未说明：{}" : "without a word on it: {}"), ids);
    } else {
      list += fmt::format(fmt::runtime(zh ? "{}（{}）" : "{} ({})"), ids, group.says);
    }
  }
  return zh ? fmt::format("回答后可区分候选：{}。", list) : fmt::format("The answer tells apart: {}.", list);
}

}  // namespace magpie
