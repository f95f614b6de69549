// Named sets of provinces and cities, as state plans draw them.
#include <algorithm>
#include <array>

#include "magpie/base/region.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

using Codes = const std::string_view[];

constexpr Codes kYangtzeDelta = {"310000", "320000", "330000", "340000"};
constexpr Codes kJingJinJi = {"110000", "120000", "130000"};
constexpr Codes kGreaterBay = {"440100", "440300", "440400", "440600", "440700", "441200",
                               "441300", "441900", "442000", "810000", "820000"};
constexpr Codes kPearlDelta = {"440100", "440300", "440400", "440600", "440700",
                               "441200", "441300", "441900", "442000"};
constexpr Codes kYellowRiver = {"630000", "510000", "620000", "640000", "150000",
                                "610000", "140000", "410000", "370000"};
constexpr Codes kYangtzeBelt = {"310000", "320000", "330000", "340000", "360000", "420000",
                                "430000", "500000", "510000", "530000", "520000"};
constexpr Codes kWest = {"150000", "450000", "500000", "510000", "520000", "530000",
                         "540000", "610000", "620000", "630000", "640000", "650000"};
constexpr Codes kCentral = {"140000", "340000", "360000", "410000", "420000", "430000"};
constexpr Codes kNortheast = {"210000", "220000", "230000"};
constexpr Codes kEast = {"110000", "120000", "130000", "310000", "320000",
                         "330000", "350000", "370000", "440000", "460000"};
constexpr Codes kChengYu = {"500000", "510000"};
constexpr Codes kNorthwest = {"610000", "620000", "630000", "640000", "650000"};
constexpr Codes kSouthwest = {"500000", "510000", "520000", "530000", "540000"};
constexpr Codes kNorthChina = {"110000", "120000", "130000", "140000", "150000"};
constexpr Codes kEastChina = {"310000", "320000", "330000", "340000", "350000", "360000", "370000"};
constexpr Codes kCentralChina = {"410000", "420000", "430000"};
constexpr Codes kSouthChina = {"440000", "450000", "460000"};
constexpr Codes kHongKongMacaoTaiwan = {"710000", "810000", "820000"};

constexpr std::array kGroups = {
    RegionGroup{"yangtze-delta", "长三角", "Yangtze River Delta", kYangtzeDelta},
    RegionGroup{"jing-jin-ji", "京津冀", "Beijing-Tianjin-Hebei", kJingJinJi},
    RegionGroup{"greater-bay-area", "粤港澳大湾区", "Guangdong-Hong Kong-Macao Greater Bay Area", kGreaterBay},
    RegionGroup{"pearl-delta", "珠三角", "Pearl River Delta", kPearlDelta},
    RegionGroup{"yellow-river", "黄河流域九省区", "Nine provinces of the Yellow River", kYellowRiver},
    RegionGroup{"yangtze-belt", "长江经济带", "Yangtze River Economic Belt", kYangtzeBelt},
    RegionGroup{"west", "西部地区", "Western China", kWest},
    RegionGroup{"central", "中部地区", "Central China (six provinces)", kCentral},
    RegionGroup{"northeast", "东北地区", "Northeast China", kNortheast},
    RegionGroup{"east", "东部地区", "Eastern China (ten provinces)", kEast},
    RegionGroup{"cheng-yu", "成渝地区", "Chengdu-Chongqing", kChengYu},
    RegionGroup{"northwest", "西北地区", "Northwest China", kNorthwest},
    RegionGroup{"southwest", "西南地区", "Southwest China", kSouthwest},
    RegionGroup{"north-china", "华北地区", "North China", kNorthChina},
    RegionGroup{"east-china", "华东地区", "East China", kEastChina},
    RegionGroup{"central-china", "华中地区", "Central China", kCentralChina},
    RegionGroup{"south-china", "华南地区", "South China", kSouthChina},
    RegionGroup{"hk-macao-taiwan", "港澳台", "Hong Kong, Macao and Taiwan", kHongKongMacaoTaiwan},
};

// Endings that a group's name may have or lack.
constexpr std::array<std::string_view, 6> kEndings = {"九省区", "地区", "区域", "城市群", "双城经济圈", "大湾区"};

std::string_view Stem(std::string_view name) {
  for (const std::string_view ending : kEndings) {
    if (name.size() > ending.size() && name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

}  // namespace

std::span<const RegionGroup> RegionGroups() {
  return kGroups;
}

const RegionGroup* FindRegionGroup(std::string_view name) {
  const std::string folded = ToNfkcFolded(TrimSpace(name));
  const std::string_view stem = Stem(folded);
  if (stem.empty()) return nullptr;
  const auto found = std::find_if(kGroups.begin(), kGroups.end(), [&](const RegionGroup& group) {
    return folded == group.name || folded == group.zh || folded == ToNfkcFolded(group.en) || stem == Stem(group.zh);
  });
  return found == kGroups.end() ? nullptr : &*found;
}

}  // namespace magpie
