#include "text/units.h"

#include "text/word_set.h"

namespace magpie {
namespace {

constexpr std::string_view kLatin =
    "m mm cm dm km μm um nm pm m2 m3 cm2 cm3 mm2 mm3 km2 nm3 hm2 inch ft mil g kg mg μg ug ng t kt mt lb oz l "
    "ml μl ul dl h hr hrs min s sec ms μs us ns ps fs d w kw mw gw tw μw kwh mwh gwh wh kva mva v kv mv μv a "
    "ma μa ka ah mah hz khz mhz ghz thz pa kpa mpa gpa hpa bar mbar psi k n kn mn nm j kj mj gj kcal cal db dbm "
    "dbi lm lx cd ω kω mω mpa·s cp ppm ppb ppt mol mmol μmol kmol rpm bp kb mb gb tb pb bps kbps mbps gbps "
    "tbps fps dpi px mesh ha mu kgf tesla gauss °c °f ° % ‰ wt% vol% mol% at% hrc hv hb rad mrad sv msv gy bq "
    "ci iu u day days year years month months week weeks hour hours minute minutes second seconds ton tons tonne "
    "tonnes meter meters metre metres cny rmb usd eur times";

constexpr std::string_view kHan =
    "米 毫米 厘米 分米 公里 微米 纳米 丝 吨 公斤 克 毫克 微克 斤 两 升 毫升 微升 小时 分钟 分 秒 秒钟 毫秒 微秒 "
    "纳秒 天 日 周 月 个月 年 年度 季度 元 美元 欧元 亩 公顷 度 摄氏度 伏 伏特 安 安培 毫安 瓦 兆瓦 千瓦时 度电 "
    "立方米 立方 平方米 平方 平方公里 平方千米 立方厘米 平方厘米 平 赫兹 兆赫 千赫 帕 兆帕 大气压 倍 次 台 套 件 "
    "只 头 条 个 位 人 家 项 户 座 辆 艘 架 株 棵 匹 马力 转 层 目 级 点 像素 帧 字节 摩尔 分贝 流明 卡 大卡 焦 "
    "焦耳 牛 牛顿 英寸 英尺 海里 节 吨位 人次 道 片 块 张 根 支 枚 颗 粒 瓶 袋 箱 桶 罐 批 组 门 篇 代 期 届";

constexpr std::string_view kMultipliers = "十 百 千 万 亿 百万 千万 十万 万亿 百亿 千亿 余 多";

}  // namespace

bool IsLatinUnit(std::string_view word) {
  static const WordSet units = MakeWordSet(kLatin);
  return units.contains(word);
}

bool IsHanUnit(std::string_view word) {
  static const WordSet units = MakeWordSet(kHan);
  if (units.contains(word)) return true;
  // 万吨, 亿元, 千瓦时: a multiplier that segmentation left at the unit.
  constexpr std::size_t kCharacter = 3;  // bytes
  return word.size() > kCharacter && IsHanMultiplier(word.substr(0, kCharacter)) &&
         units.contains(word.substr(kCharacter));
}

bool IsHanMultiplier(std::string_view word) {
  static const WordSet multipliers = MakeWordSet(kMultipliers);
  return multipliers.contains(word);
}

}  // namespace magpie
