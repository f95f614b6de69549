#include "region_table.h"

#include <algorithm>
#include <array>

#include "magpie/base/tsv.h"
#include "magpie/base/unicode.h"

namespace magpie {
namespace {

// Peoples that stand in the names of autonomous areas, longer ones before those that they end with.
constexpr std::array<std::string_view, 56> kPeoples = {
    "达斡尔族", "柯尔克孜", "鄂温克族", "鄂伦春族", "塔吉克族", "哈萨克族", "维吾尔族", "布依族", "土家族", "哈尼族",
    "傈僳族",   "景颇族",   "拉祜族",   "布朗族",   "仫佬族",   "毛南族",   "仡佬族",   "裕固族", "保安族", "东乡族",
    "撒拉族",   "普米族",   "独龙族",   "朝鲜族",   "蒙古族",   "锡伯族",   "哈萨克",   "维吾尔", "苗族",   "藏族",
    "羌族",     "彝族",     "侗族",     "壮族",     "傣族",     "白族",     "回族",     "满族",   "瑶族",   "黎族",
    "畲族",     "佤族",     "水族",     "怒族",     "土族",     "各族",     "纳西族",   "阿昌族", "德昂族", "高山族",
    "基诺族",   "京族",     "门巴族",   "珞巴族",   "塔塔尔",   "蒙古",
};

// Endings that people leave out.
constexpr std::array<std::string_view, 16> kEndings = {
    "特别行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "林区", "新区",
    "矿区",       "特区",   "省",     "市",     "盟",     "县",   "区",   "旗",
};

// Removes `ending` where at least two characters are left.
bool DropEnding(std::string_view ending, std::string_view* name) {
  if (!name->ends_with(ending)) return false;
  const std::string_view rest = name->substr(0, name->size() - ending.size());
  if (CountCodePoints(rest) < 2) return false;
  *name = rest;
  return true;
}

// 恩施土家族苗族自治州 -> 恩施, 余姚市 -> 余姚, 浦东新区 -> 浦东.
std::string_view ShortName(std::string_view name) {
  bool autonomous = false;
  for (const std::string_view ending : kEndings) {
    if (!DropEnding(ending, &name)) continue;
    autonomous = ending.starts_with("自治");
    break;
  }
  while (autonomous) {
    autonomous = std::any_of(kPeoples.begin(), kPeoples.end(),
                             [&](std::string_view people) { return DropEnding(people, &name); });
  }
  return name;
}

int DepthOf(std::string_view code) {
  return code.ends_with("0000") ? 1 : code.ends_with("00") ? 2 : 3;
}

// Calls body(fields) for each line that is neither empty nor a comment.
template <typename Body>
void ForEachLine(std::string_view text, const Body& body) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    std::vector<std::string_view> fields;
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t stop = std::min(line.find('\t', begin), line.size());
      fields.push_back(line.substr(begin, stop - begin));
      begin = stop + 1;
    }
    body(fields);
  }
}

}  // namespace

std::string LatinLetters(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'a' && c <= 'z') letters += c;
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
  }
  return letters;
}

const RegionTable& RegionTable::Get() {
  static const RegionTable* const table = new RegionTable;  // never destroyed: may be used while the program ends
  return *table;
}

RegionTable::RegionTable() {
  entries_.reserve(3300);
  names_.reserve(12'000);
  ForEachLine(kRegionCodesText, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() < 2) return;
    const auto index = static_cast<std::int32_t>(entries_.size());
    entries_.push_back({fields[0], fields[1], DepthOf(fields[0])});
    if (fields.size() < 3) return;
    for (std::string_view rest = fields[2]; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      AddSpelling(&latin_, rest.substr(0, end), index, SpellingKind::kShort);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  });
  const auto count = static_cast<std::int32_t>(entries_.size());
  for (std::int32_t i = 0; i < count; ++i) AddSpelling(&names_, entry(i).name, i, SpellingKind::kFull);
  ForEachLine(kRegionAliasesText, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() < 2) return;
    if (const std::int32_t index = FindCode(fields[1]); index >= 0) {
      AddSpelling(&names_, fields[0], index, SpellingKind::kAlias);
    }
  });
  for (std::int32_t i = 0; i < count; ++i) AddChineseSpellings(i);
  ForEachLine(kRegionCountriesText, [&](const std::vector<std::string_view>& fields) {
    countries_.emplace(std::string(fields[0]), true);
    for (std::size_t i = 1; i < fields.size(); ++i) countries_.emplace(LatinLetters(fields[i]), true);
  });
}

void RegionTable::AddChineseSpellings(std::int32_t index) {
  const RegionEntry& region = entry(index);
  const std::string name(ShortName(region.name));
  const auto add_former = [&](std::string_view ending) {
    const std::string former = name + std::string(ending);
    for (const Spelling& other : FindName(former)) {
      if (other.kind != SpellingKind::kFormer) return;  // it names something else today
    }
    AddSpelling(&names_, former, index, SpellingKind::kFormer);
  };
  AddSpelling(&names_, name, index, SpellingKind::kShort);
  if (region.depth == 3) {
    for (const std::string_view ending : {"市", "县", "区"}) add_former(ending);
  } else if (region.depth == 2) {
    if (region.name.ends_with("自治州")) AddSpelling(&names_, name + "州", index, SpellingKind::kShort);
    for (const std::string_view ending : {"地区", "市"}) add_former(ending);
  }
}

void RegionTable::AddSpelling(Index* index, std::string_view name, std::int32_t entry, SpellingKind kind) {
  std::vector<Spelling>& spellings = (*index)[std::string(name)];
  for (const Spelling& spelling : spellings) {
    if (spelling.entry == entry) return;  // the first kind stands
  }
  spellings.push_back({entry, kind});
}

const std::vector<Spelling>& RegionTable::Find(const Index& index, std::string_view name) {
  static const std::vector<Spelling> none;
  const auto found = index.find(std::string(name));
  return found == index.end() ? none : found->second;
}

std::int32_t RegionTable::FindCode(std::string_view code) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), code,
                                      [](const RegionEntry& a, std::string_view b) { return a.code < b; });
  if (found == entries_.end() || found->code != code) return -1;
  return static_cast<std::int32_t>(found - entries_.begin());
}

std::size_t RegionTable::MatchCountry(std::string_view text) const {
  constexpr std::size_t kLongest = 8;  // 巴布亚新几内亚
  std::size_t best = 0;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < kLongest && offset < text.size(); ++i) {
    NextCodePoint(text, &offset);
    if (countries_.contains(std::string(text.substr(0, offset)))) best = offset;
  }
  return best;
}

}  // namespace magpie
