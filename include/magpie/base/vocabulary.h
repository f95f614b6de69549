// The words of the field as closed lists: each enum with its JSON name, its Chinese and English label and the
// synonyms that spreadsheets use. vocabulary.cc is the one place where they are listed; docs/formats.md is checked
// against it by a test.
// Threads  constant data, safe everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

enum class Language : std::uint8_t { kZh, kEn };
enum class Side : std::uint8_t { kNeed, kOffering };

enum class ResourceKind : std::uint8_t { kTechnology, kTalent, kCapital, kPlatform, kMaterial, kSite, kMarketAccess };

enum class CooperationMode : std::uint8_t {
  kTransfer,
  kLicense,
  kCommissionedDevelopment,
  kCoDevelopment,
  kTechnicalService,
  kConsulting,
  kEquity,
  kJointBase,
  kTalentExchange,
  kLoan,
  kInsurance,
  kPurchase,
  kOrderResearch,
};

enum class PartyKind : std::uint8_t {
  kFirm,
  kInstitute,
  kUniversity,
  kHospital,
  kGovernment,
  kFund,
  kBank,
  kInsurer,
  kPark,
  kExpert,
};

enum class SiteKind : std::uint8_t { kHeadquarters, kResearch, kProduction };
enum class ReviewState : std::uint8_t { kDraft, kWaiting, kPassed, kRevise, kRefused, kExpired };

// What outsiders may see of a listing: all of it, all but party and contacts, or nothing but that it exists.
enum class Disclosure : std::uint8_t { kPublic, kAnonymous, kSealed };

// Who sees one part of a listing: everybody, brokers, or besides its own side only the partner it is opened to.
enum class Level : std::uint8_t { kOpen, kBroker, kAgreed };

enum class TradeType : std::uint8_t { kTender, kAuction, kListing };

// The constraints that a need (or the organiser) may mark `must`; only a marked one rejects a pair.
enum class Constraint : std::uint8_t { kResource, kMode, kRegion, kAmount, kTrl, kValidity, kPartyKind };

// What a side of a pair, or the organiser, says came of it.
enum class Verdict : std::uint8_t { kAccepted, kDeclined, kMet, kSigned };

// Why a pair was declined. The first three speak of what the texts say, the others of everything else.
enum class DeclineReason : std::uint8_t {
  kNotFitting,
  kOtherField,
  kPartly,
  kMaturity,
  kPrice,
  kTime,
  kRegion,
  kMode,
  kPartner,
  kSolved,
  kOther,
};

// One entry of a list: `name` is what JSON and protobuf's lower-case names use; `synonyms` are further spellings
// that imports accept, compared after NFKC and lower-casing.
struct Word {
  int value;
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  std::span<const std::string_view> synonyms;
};

// The list of an enum, in the enum's order. Specialised for every enum above.
template <typename Enum>
std::span<const Word> Words();

// The value whose name, label or synonym is `text`; nullopt if none is. Spaces around are ignored.
std::optional<int> FindWord(std::span<const Word> words, std::string_view text);

template <typename Enum>
std::optional<Enum> ParseWord(std::string_view text) {
  const std::optional<int> value = FindWord(Words<Enum>(), text);
  if (!value) return std::nullopt;
  return static_cast<Enum>(*value);
}

template <typename Enum>
std::string_view WordName(Enum value) {
  return Words<Enum>()[static_cast<std::size_t>(value)].name;
}

template <typename Enum>
std::string_view WordLabel(Enum value, Language language) {
  const Word& word = Words<Enum>()[static_cast<std::size_t>(value)];
  return language == Language::kZh ? word.zh : word.en;
}

// A small set of the values of one enum (at most 32 of them), kept as bits.
template <typename Enum>
class WordSet {
 public:
  void Add(Enum value) { bits_ |= Bit(value); }
  void Remove(Enum value) { bits_ &= ~Bit(value); }
  bool Has(Enum value) const { return (bits_ & Bit(value)) != 0; }
  bool Intersects(WordSet other) const { return (bits_ & other.bits_) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  // The members in the order of the enum.
  std::vector<Enum> Values() const {
    std::vector<Enum> values;
    for (int i = 0; i < 32; ++i) {
      if ((bits_ >> i) & 1u) values.push_back(static_cast<Enum>(i));
    }
    return values;
  }
  friend bool operator==(WordSet, WordSet) = default;

 private:
  static std::uint32_t Bit(Enum value) { return std::uint32_t{1} << static_cast<int>(value); }
  std::uint32_t bits_ = 0;
};

using ModeSet = WordSet<CooperationMode>;
using ConstraintSet = WordSet<Constraint>;

}  // namespace magpie
