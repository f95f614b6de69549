// What lists look like: shares and quantiles that were measured on the sample fair (docs/design/generate.md). Where it
// says nothing (validity, regions served, missing descriptions), the figure is an assumption and says so.
#pragma once

#include <array>
#include <cstdint>

#include "magpie/base/vocabulary.h"

namespace magpie::generate {

// Quantiles at 0, 5, ..., 100 %; lengths in characters.
using Quantiles = std::array<int, 21>;

struct LengthShares {
  Quantiles title, description;
};

struct SideShares {
  int english = 0;                      // per mille
  std::array<LengthShares, 2> lengths;  // Chinese, English
  std::array<int, 6> resources;         // technology, talent, capital, platform, material, site: per mille
  std::array<int, 10> parties;          // in the order of PartyKind: per mille, where capital is not meant
  std::array<int, 4> keywords;          // none, one, two, three: per mille
  std::array<int, 3> mode_counts;       // none, one, two
  std::array<int, 13> modes;            // in the order of CooperationMode
  std::array<int, 10> trl;              // none, 1 to 9: per mille
  int no_amount = 0;                    // per mille
  std::array<int, 21> amount_low;       // hundredths of 10,000 CNY
  int one_figure = 0;                   // of the amounts, per mille: low = high
};

inline constexpr SideShares kNeedShares = {
    100,
    {{{{10, 12, 12, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16, 16, 16, 17, 17, 17, 18, 19, 24},
       {44, 51, 55, 75, 81, 85, 86, 87, 90, 92, 93, 97, 99, 101, 102, 104, 111, 135, 155, 179, 250}},
      {{31, 32, 33, 33, 34, 34, 34, 34, 34, 35, 37, 37, 37, 37, 38, 38, 38, 39, 40, 40, 41},
       {262, 269, 280, 284, 285, 288, 288, 292, 295, 295, 297, 297, 298, 300, 305, 310, 312, 318, 318, 319, 325}}}},
    {867, 33, 42, 25, 16, 17},
    {942, 0, 0, 17, 33, 0, 0, 0, 8, 0},
    {425, 15, 325, 235},
    {0, 175, 825},
    {3, 267, 108, 475, 358, 17, 0, 67, 0, 0, 0, 458, 5},
    {283, 0, 0, 0, 0, 0, 250, 450, 17, 0},
    208,
    {1000,  2500,  3500,  5000,  6000,  6000,  8000,  8000,  10000, 10000,  10000,
     15000, 15000, 15000, 20000, 20000, 20000, 30000, 30000, 50000, 1200000},
    32,
};

inline constexpr SideShares kOfferingShares = {
    95,
    {{{{8, 10, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 16, 16, 17, 17, 18, 18, 19, 21, 29},
       {33, 41, 44, 47, 50, 53, 59, 68, 71, 76, 80, 83, 86, 89, 92, 96, 100, 105, 120, 151, 215}},
      {{28, 32, 33, 34, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 38, 39, 39, 39, 40, 40, 41},
       {97, 114, 123, 135, 144, 157, 167, 177, 180, 189, 193, 195, 198, 205, 209, 212, 215, 231, 242, 280, 299}}}},
    {867, 35, 42, 26, 14, 16},
    {415, 124, 450, 3, 3, 0, 0, 0, 5, 0},
    {459, 154, 358, 29},
    {0, 783, 217},
    {56, 243, 18, 101, 350, 39, 5, 20, 0, 0, 0, 335, 0},
    {133, 0, 0, 0, 0, 15, 97, 186, 193, 376},
    139,
    {1,    10,   100,  300,   500,   1000,  1500,  2000,  3000,  4000,  5000,
     6000, 7000, 8000, 10000, 12000, 15000, 18000, 26000, 38000, 240000},
    474,
};

inline constexpr const SideShares& SharesOf(Side side) {
  return side == Side::kNeed ? kNeedShares : kOfferingShares;
}

// Assumptions, per mille, for lists larger and older than a fair's.
inline constexpr int kBareTitle = 15;     // no description
inline constexpr int kVeryLong = 8;       // a description six times as long
inline constexpr int kPostedAgain = 30;   // a listing of before, slightly changed
inline constexpr int kHasValidity = 350;  // valid_from and valid_until
inline constexpr int kHasRegions = 80;    // needs: where partners may come from; offerings: where it serves
inline constexpr int kHasNoParty = 5;
inline constexpr std::uint64_t kTopicShift = 4;  // the most popular topic gets 2.6 % of all listings
inline constexpr int kLooseOffers = 200;         // offerings of what cures no trouble of the graph

// How many of a kind's listings come from a party that has none before, per mille (Simon's process): firms mostly have
// one, universities many.
inline constexpr std::uint64_t kNewPlaces = 60;  // at this place half of the parties that could be old are new
inline constexpr std::array<int, 10> kNewParty = {960, 650, 130, 800, 950, 900, 400, 400, 950, 900};

}  // namespace magpie::generate
