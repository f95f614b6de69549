// Regions by the codes of GB/T 2260 (province, city, county), with the names that people write.
//
// The table of codes is compiled into the program; docs/formats.md names its source and licence.
// Threads  constant data, safe everywhere.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

// A region as far as it could be read. `text` is what the source said. `code` is six digits ("330200"), empty where
// the region lies abroad or is not known; then province, city, county hold the parts of the text as written
// ("哈萨克斯坦", "阿巴伊州").
struct Region {
  std::string text;
  std::string code;
  std::string province;  // "浙江省"
  std::string city;      // "宁波市"; for a municipality the municipality itself
  std::string county;    // "余姚市"

  bool known() const { return !code.empty(); }
  bool empty() const { return text.empty() && code.empty(); }
  friend bool operator==(const Region&, const Region&) = default;
};

// How deep a code reaches: "100000" the country (中国, 全国), "330000" province, "330200" city, "330281" county. A
// region without a code is kCountry.
enum class RegionLevel { kCountry, kProvince, kCity, kCounty };

// Reads "浙江省/宁波市", "浙江宁波", "宁波市余姚", "宁波", "330281", "Ningbo" (pinyin of provinces and cities), and
// names abroad ("哈萨克斯坦/阿巴伊州", "Boston, USA"). Never fails: what is not recognised comes back with its text and
// parts alone. A bare name means the province before the city before the county (海南, 西安); one that several places
// of that level share is read as the region that holds them all ("江苏鼓楼区" as 江苏省), or stays unknown. Text behind
// the last known name (a zone, a street) is kept in `text` only.
Region ParseRegion(std::string_view text);

// The region of a code, nullopt where the code is not in the table.
std::optional<Region> FindRegion(std::string_view code);

RegionLevel LevelOf(const Region& region);

// True where `inner` lies in `outer` or is the same. An empty `outer` and one that says 不限 hold everything; one that
// names a group below holds what the group holds; any other unknown region holds regions of equal text, and a country
// abroad its cities.
bool RegionContains(const Region& outer, const Region& inner);

// "浙江省宁波市余姚市", or the text where the code is not known.
std::string FormatRegion(const Region& region);

// Named sets of provinces, such as 长三角 (Yangtze Delta) or 黄河流域九省区 (nine provinces of the Yellow River); a set
// that cuts through a province, as the Greater Bay Area does, lists its cities.
struct RegionGroup {
  std::string_view name;  // "yangtze-delta"
  std::string_view zh;
  std::string_view en;
  std::span<const std::string_view> codes;  // of provinces and cities
};
std::span<const RegionGroup> RegionGroups();

// The group of that name in any of its forms ("yangtze-delta", "长三角地区"); nullptr where there is none.
const RegionGroup* FindRegionGroup(std::string_view name);

}  // namespace magpie
