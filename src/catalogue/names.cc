#include <array>

#include "magpie/base/files.h"
#include "magpie/base/unicode.h"
#include "magpie/catalogue/snapshot.h"

namespace magpie {
namespace {

// What NFKC leaves different although people type one for the other.
constexpr std::array<std::pair<char32_t, char32_t>, 12> kSameSigns = {{
    {U'〔', U'('},
    {U'〕', U')'},
    {U'【', U'('},
    {U'】', U')'},
    {U'[', U'('},
    {U']', U')'},
    {U'・', U'·'},
    {U'•', U'·'},
    {U'–', U'-'},
    {U'—', U'-'},
    {U'’', U'\''},
    {U'‘', U'\''},
}};

constexpr std::size_t kMaxResourceId = 63;

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}

bool IsLowerOrDigit(char c) {
  return IsLower(c) || (c >= '0' && c <= '9');
}

bool IsLegalResourceId(std::string_view id) {
  if (id.empty() || id.size() > kMaxResourceId || !IsLower(id.front()) || !IsLowerOrDigit(id.back())) return false;
  for (const char c : id) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

}  // namespace

std::string PartyKey(std::string_view name) {
  const std::string folded = ToNfkcFolded(name);
  std::string key;
  for (std::size_t offset = 0; offset < folded.size();) {
    char32_t c = NextCodePoint(folded, &offset);
    if (IsSpace(c)) continue;
    for (const auto& [sign, plain] : kSameSigns) {
      if (c == sign) c = plain;
    }
    AppendCodePoint(c, &key);
  }
  return key;
}

std::string ResourceId(std::string_view external_id, std::string_view prefix) {
  if (IsLegalResourceId(external_id)) return std::string(external_id);
  return std::string(prefix) + "-" + Sha256Hex(external_id).substr(0, 16);
}

bool SaysTheSame(ListingRecord a, const ListingRecord& b) {
  a.provenance = b.provenance;
  a.party.provenance = b.party.provenance;
  a.id_given = b.id_given;
  return a == b;
}

bool SaysTheSame(PartyRecord a, const PartyRecord& b) {
  a.provenance = b.provenance;
  return a == b;
}

}  // namespace magpie
