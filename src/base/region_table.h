// The tables of models/regions, indexed: every spelling of a place with the entries that it may mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace magpie {

// The texts of models/regions/*.tsv, compiled in.
extern const std::string_view kRegionCodesText;
extern const std::string_view kRegionAliasesText;
extern const std::string_view kRegionCountriesText;

// How a spelling names an entry, in the order in which a bare name prefers them: 海南 is the province before the
// prefecture of Qinghai.
enum class SpellingKind : std::uint8_t {
  kFull,    // 宁波市
  kAlias,   // 雄安新区
  kShort,   // 宁波
  kFormer,  // 萧山市, a county that is a district today
};

struct RegionEntry {
  std::string_view code;
  std::string_view name;
  int depth = 0;  // 1 province, 2 city, 3 county
};

struct Spelling {
  std::int32_t entry = -1;
  SpellingKind kind = SpellingKind::kFull;
};

class RegionTable {
 public:
  // Built at the first call, some milliseconds.
  static const RegionTable& Get();

  const RegionEntry& entry(std::int32_t index) const { return entries_[static_cast<std::size_t>(index)]; }
  // -1 where the code is not in the table.
  std::int32_t FindCode(std::string_view code) const;
  // What a Chinese spelling may mean.
  const std::vector<Spelling>& FindName(std::string_view name) const { return Find(names_, name); }
  // What pinyin or an English name in lower-case letters without spaces may mean.
  const std::vector<Spelling>& FindLatin(std::string_view name) const { return Find(latin_, name); }
  // The longest country that `text` begins with, in bytes; 0 where there is none.
  std::size_t MatchCountry(std::string_view text) const;
  // Whether the letters are a foreign country's English name.
  bool IsCountry(std::string_view latin) const { return countries_.contains(std::string(latin)); }

 private:
  using Index = std::unordered_map<std::string, std::vector<Spelling>>;

  RegionTable();
  static const std::vector<Spelling>& Find(const Index& index, std::string_view name);
  void AddSpelling(Index* index, std::string_view name, std::int32_t entry, SpellingKind kind);
  void AddChineseSpellings(std::int32_t index);

  std::vector<RegionEntry> entries_;  // by code
  Index names_, latin_;
  std::unordered_map<std::string, bool> countries_;  // Chinese names and English letters
};

// Lower-case ASCII letters of a text, all else dropped: "Xi'an" -> "xian".
std::string LatinLetters(std::string_view text);

}  // namespace magpie
