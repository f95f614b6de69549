#include "magpie/base/region.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "magpie/base/unicode.h"
#include "region_table.h"

namespace magpie {
namespace {

constexpr std::string_view kChinaCode = "100000";
constexpr std::string_view kChina = "中国";

// Words for the whole country, and words for no limit at all.
constexpr std::array<std::string_view, 9> kChinaWords = {"中国",           "全国",  "国内",    "中国大陆", "全国各地",
                                                         "中华人民共和国", "china", "prchina", "prc"};
constexpr std::array<std::string_view, 9> kAnywhereWords = {"不限",     "无",   "无限制", "无要求",  "不限地区",
                                                            "地区不限", "全球", "any",    "anywhere"};

// Statistical containers that hold no information of their own.
constexpr std::array<std::string_view, 5> kFillers = {"省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖县",
                                                      "市辖区", "省直辖"};

// What may follow a county's short name: "余杭未来科技城" is in Yuhang, but "西湖大道" names a road.
constexpr std::array<std::string_view, 12> kZoneWords = {"高新", "经开", "经济", "技术", "开发", "工业",
                                                         "产业", "科技", "新区", "新城", "园区", "未来"};

// Cities that share their short name with a better-known county elsewhere: the city gets no preference.
constexpr std::array<std::string_view, 2> kContested = {"朝阳", "chaoyang"};

template <typename List>
bool Holds(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

template <typename List>
std::size_t PrefixOf(const List& list, std::string_view text) {
  for (const std::string_view word : list) {
    if (text.starts_with(word)) return word.size();
  }
  return 0;
}

// Bytes of a separator at the start of `text`, 0 if none stands there.
std::size_t SeparatorLength(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWide = {"、", "。", "·", "・", "→", "—", "–", "“", "”"};
  if (text.empty()) return 0;
  if (std::string_view("/\\,;|>-_()[]<:.'\"+&").find(text[0]) != std::string_view::npos) return 1;
  std::size_t offset = 0;
  if (IsSpace(NextCodePoint(text, &offset))) return offset;
  return PrefixOf(kWide, text);
}

std::string_view SkipSeparators(std::string_view text) {
  while (const std::size_t length = SeparatorLength(text)) text.remove_prefix(length);
  return text;
}

bool HasHan(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    if (IsHan(NextCodePoint(text, &offset))) return true;
  }
  return false;
}

// The digits of a code that say something: "330000" -> "33".
std::string_view Significant(std::string_view code) {
  if (code == kChinaCode) return {};
  while (code.size() > 2 && code.ends_with("00")) code.remove_suffix(2);
  return code;
}

bool CodeContains(std::string_view outer, std::string_view inner) {
  return inner.starts_with(Significant(outer));
}

bool IsMunicipality(std::string_view code) {
  return code.starts_with("11") || code.starts_with("12") || code.starts_with("31") || code.starts_with("50");
}

Region FromEntry(const RegionTable& table, const RegionEntry& entry) {
  const auto name_of = [&](std::string code) -> std::string {
    const std::int32_t index = table.FindCode(code);
    return index < 0 ? std::string() : std::string(table.entry(index).name);
  };
  Region region;
  region.code = entry.code;
  region.province = name_of(region.code.substr(0, 2) + "0000");
  region.city = IsMunicipality(entry.code) ? region.province
                : entry.depth == 1         ? std::string()
                                           : name_of(region.code.substr(0, 4) + "00");
  if (entry.depth == 3) region.county = entry.name;
  return region;
}

Region China() {
  Region region;
  region.code = kChinaCode;
  return region;
}

// What several readings have in common: the entry itself, a city or province that holds them all, or -1.
std::int32_t CommonEntry(const RegionTable& table, const std::vector<std::int32_t>& entries) {
  if (entries.empty()) return -1;
  if (std::all_of(entries.begin(), entries.end(), [&](std::int32_t e) { return e == entries[0]; })) return entries[0];
  const std::string code(table.entry(entries[0]).code);
  for (const std::string& outer : {code.substr(0, 4) + "00", code.substr(0, 2) + "0000"}) {
    const bool holds_all = std::all_of(entries.begin(), entries.end(),
                                       [&](std::int32_t e) { return CodeContains(outer, table.entry(e).code); });
    if (holds_all && table.FindCode(outer) >= 0) return table.FindCode(outer);
  }
  return -1;
}

// A bare name means the province before the city before the county.
int RankOf(const RegionTable& table, const Spelling& spelling, std::string_view name) {
  if (Holds(kContested, name)) return 0;
  return table.entry(spelling.entry).depth * 10 + static_cast<int>(spelling.kind);
}

// Reads a Chinese text from its beginning: names of places inside each other, with or without separators, followed by
// anything. Of all readings the one that explains most of the text wins, then the one of best rank.
class ChineseReader {
 public:
  ChineseReader(const RegionTable& table, std::string_view text) : table_(table), text_(text) {}

  // The entry that the text names, -1 where there is none or several equally good ones without anything in common.
  std::int32_t Read() {
    Explore(text_, -1, 0, 0);
    std::vector<std::int32_t> best;
    for (const Reading& reading : readings_) {
      if (reading.explained == explained_ && reading.rank == rank_) best.push_back(reading.entry);
    }
    return CommonEntry(table_, best);
  }
  std::size_t explained() const { return explained_; }

 private:
  struct Reading {
    std::int32_t entry;
    std::size_t explained;
    int rank;
  };

  void Explore(std::string_view rest, std::int32_t within, std::size_t explained, int rank) {
    for (std::string_view before; before != rest;) {
      before = rest;
      rest = SkipSeparators(rest);
      rest.remove_prefix(within >= 0 ? PrefixOf(kFillers, rest) : 0);
    }
    Note(within, explained, rank);
    constexpr std::size_t kLongest = 15;  // 双江拉祜族佤族布朗族傣族自治县
    std::size_t offset = 0;
    for (std::size_t length = 1; length <= kLongest && offset < rest.size(); ++length) {
      NextCodePoint(rest, &offset);
      const std::string_view name = rest.substr(0, offset);
      const std::string_view after = rest.substr(offset);
      for (const Spelling& spelling : table_.FindName(name)) {
        if (!Fits(spelling, within, length, after)) continue;
        const int repeated = spelling.entry == within ? 100 : 0;  // the second 吉林 of 吉林吉林 is the city
        Explore(after, spelling.entry, explained + name.size(), RankOf(table_, spelling, name) + repeated);
      }
    }
  }

  bool Fits(const Spelling& spelling, std::int32_t within, std::size_t length, std::string_view after) const {
    const RegionEntry& entry = table_.entry(spelling.entry);
    if (within >= 0 && !CodeContains(table_.entry(within).code, entry.code)) return false;
    const bool ends = after.empty() || SeparatorLength(after) > 0;
    if (length == 1) return within < 0 && ends;
    const bool bare =
        entry.depth == 3 && (spelling.kind == SpellingKind::kShort || spelling.kind == SpellingKind::kFormer);
    return !bare || ends || PrefixOf(kZoneWords, after) > 0;
  }

  void Note(std::int32_t entry, std::size_t explained, int rank) {
    if (entry < 0) return;
    readings_.push_back({entry, explained, rank});
    if (std::tuple(explained, -rank) > std::tuple(explained_, -rank_)) {
      explained_ = explained;
      rank_ = rank;
    }
  }

  const RegionTable& table_;
  std::string_view text_;
  std::vector<Reading> readings_;
  std::size_t explained_ = 0;
  int rank_ = 0;
};

// The parts of a text between slashes, commas and the like, trimmed, empty ones left out.
std::vector<std::string_view> SplitParts(std::string_view text) {
  constexpr std::array<std::string_view, 10> kSeparators = {"/", ",", ";", "|", ">", "\\", "，", "、", "；", "／"};
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view part) {
    part = TrimSpace(part);
    if (!part.empty()) parts.push_back(part);
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = PrefixOf(kSeparators, text.substr(i));
    if (length > 0) {
      add(text.substr(begin, i - begin));
      begin = i + length;
    }
    i += std::max<std::size_t>(length, 1);
  }
  add(text.substr(begin));
  return parts;
}

// "Ningbo City" -> "ningbo".
std::string LatinName(std::string_view part) {
  constexpr std::array<std::string_view, 9> kKinds = {"autonomousregion",
                                                      "autonomousprefecture",
                                                      "municipality",
                                                      "prefecture",
                                                      "province",
                                                      "district",
                                                      "county",
                                                      "city",
                                                      "sar"};
  std::string name = LatinLetters(part);
  for (const std::string_view kind : kKinds) {
    if (name.size() > kind.size() && name.ends_with(kind)) {
      name.resize(name.size() - kind.size());
      break;
    }
  }
  return name;
}

// Reads a text in Latin letters: its parts in any order ("Ningbo, Zhejiang").
std::int32_t ReadLatin(const RegionTable& table, const std::vector<std::string_view>& parts) {
  std::vector<std::string> names;
  for (const std::string_view part : parts) {
    std::string name = LatinName(part);
    if (!table.FindLatin(name).empty()) {
      names.push_back(std::move(name));
      continue;
    }
    std::string_view rest = part;  // "Zhejiang Ningbo"
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      name = LatinName(rest.substr(0, end));
      if (!table.FindLatin(name).empty()) names.push_back(std::move(name));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  // The deepest entries that agree with every other name; a single name goes by rank.
  std::vector<std::int32_t> best;
  int best_rank = 0;
  for (const std::string& name : names) {
    for (const Spelling& spelling : table.FindLatin(name)) {
      const std::string_view code = table.entry(spelling.entry).code;
      const bool agrees = std::all_of(names.begin(), names.end(), [&](const std::string& other) {
        const std::vector<Spelling>& others = table.FindLatin(other);
        return std::any_of(others.begin(), others.end(), [&](const Spelling& s) {
          const std::string_view other_code = table.entry(s.entry).code;
          return CodeContains(other_code, code) || CodeContains(code, other_code);
        });
      });
      if (!agrees) continue;
      const int rank = names.size() == 1 ? -RankOf(table, spelling, name) : table.entry(spelling.entry).depth;
      if (best.empty() || rank > best_rank) {
        best.clear();
        best_rank = rank;
      }
      if (rank == best_rank) best.push_back(spelling.entry);
    }
  }
  return CommonEntry(table, best);
}

// Six or more digits are a code; the deepest level that the table knows counts ("330204" was abolished: 330200).
std::int32_t ReadCode(const RegionTable& table, std::string_view digits) {
  if (digits.size() != 6 && digits.size() != 9 && digits.size() != 12) return -1;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  const std::string code(digits.substr(0, 6));
  for (const std::string& candidate : {code, code.substr(0, 4) + "00", code.substr(0, 2) + "0000"}) {
    if (const std::int32_t index = table.FindCode(candidate); index >= 0) return index;
  }
  return -1;
}

void SetParts(const std::vector<std::string_view>& parts, Region* region) {
  if (!parts.empty()) region->province = parts[0];
  if (parts.size() > 1) region->city = parts[1];
  if (parts.size() > 2) region->county = parts[2];
}

// A text that begins with "中国" or ends with "China" says nothing more by it.
std::string_view DropChina(std::string_view text) {
  for (const std::string_view word : {std::string_view("中华人民共和国"), kChina}) {
    if (!text.starts_with(word)) continue;
    const std::string_view rest = SkipSeparators(text.substr(word.size()));
    if (!rest.empty() && !rest.starts_with("大陆")) return rest;
  }
  return text;
}

Region ReadChinese(const RegionTable& table, std::string_view text) {
  const std::string_view place = DropChina(text);
  ChineseReader reader(table, place);
  const std::int32_t entry = reader.Read();
  const std::size_t country = table.MatchCountry(place);
  if (country == 0 || country < reader.explained()) {
    if (entry >= 0) return FromEntry(table, table.entry(entry));
  }
  Region region;
  std::vector<std::string_view> parts = SplitParts(text);
  if (country > 0) {
    parts = SplitParts(SkipSeparators(place.substr(country)));
    parts.insert(parts.begin(), place.substr(0, country));
  }
  if (country > 0 || parts.size() > 1) SetParts(parts, &region);
  return region;
}

Region ReadForeignOrLatin(const RegionTable& table, std::string_view text) {
  std::vector<std::string_view> parts = SplitParts(text);
  std::erase_if(parts, [](std::string_view part) { return Holds(kChinaWords, LatinLetters(part)); });
  const auto country =
      std::find_if(parts.begin(), parts.end(), [&](auto part) { return table.IsCountry(LatinLetters(part)); });
  if (country == parts.end()) {
    if (const std::int32_t entry = ReadLatin(table, parts); entry >= 0) return FromEntry(table, table.entry(entry));
  } else {
    std::rotate(parts.begin(), country, country + 1);  // "Boston, USA": the country first
  }
  Region region;
  if (country != parts.end() || parts.size() > 1) SetParts(parts, &region);
  return region;
}

}  // namespace

Region ParseRegion(std::string_view text) {
  const std::string_view trimmed = TrimSpace(text);
  Region region;
  if (!trimmed.empty() && IsValidUtf8(trimmed)) {
    const RegionTable& table = RegionTable::Get();
    const std::string plain = ToNfkc(trimmed);
    if (Holds(kChinaWords, plain) || Holds(kChinaWords, LatinLetters(plain))) {
      region = China();
    } else if (const std::int32_t entry = ReadCode(table, plain); entry >= 0) {
      region = FromEntry(table, table.entry(entry));
    } else {
      region = HasHan(plain) ? ReadChinese(table, plain) : ReadForeignOrLatin(table, plain);
    }
  }
  region.text = trimmed;
  return region;
}

std::optional<Region> FindRegion(std::string_view code) {
  Region region;
  if (code == kChinaCode) {
    region = China();
  } else {
    const RegionTable& table = RegionTable::Get();
    const std::int32_t index = table.FindCode(code);
    if (index < 0) return std::nullopt;
    region = FromEntry(table, table.entry(index));
  }
  region.text = FormatRegion(region);
  return region;
}

RegionLevel LevelOf(const Region& region) {
  const std::string_view code = region.code;
  if (code.empty() || code == kChinaCode) return RegionLevel::kCountry;
  const std::size_t digits = Significant(code).size();
  return digits == 2 ? RegionLevel::kProvince : digits == 4 ? RegionLevel::kCity : RegionLevel::kCounty;
}

bool RegionContains(const Region& outer, const Region& inner) {
  if (outer.empty()) return true;
  if (outer.known()) return inner.known() && CodeContains(outer.code, inner.code);
  if (Holds(kAnywhereWords, ToNfkcFolded(outer.text))) return true;
  if (const RegionGroup* group = FindRegionGroup(outer.text)) {
    return inner.known() && std::any_of(group->codes.begin(), group->codes.end(),
                                        [&](std::string_view code) { return CodeContains(code, inner.code); });
  }
  if (inner.known()) return false;
  if (outer.text == inner.text) return true;
  // Abroad: the country holds its cities.
  return !outer.province.empty() && outer.province == inner.province &&
         (outer.city.empty() || (outer.city == inner.city && (outer.county.empty() || outer.county == inner.county)));
}

std::string FormatRegion(const Region& region) {
  if (!region.known()) return region.text;
  if (region.code == kChinaCode) return std::string(kChina);
  std::string name = region.province;
  if (region.city != region.province) name += region.city;
  return name + region.county;
}

}  // namespace magpie
