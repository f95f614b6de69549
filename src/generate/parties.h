// Invented parties: names that look like those of Chinese firms, universities and institutes, and where they sit.
// Threads  a const Parties may be used from several threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generate/sampling.h"
#include "magpie/ingest/record.h"

namespace magpie::generate {

struct Places {
  std::vector<std::string> provinces;
  std::vector<std::string> towns;  // counties and districts; in English the provinces again
};

class Parties {
 public:
  Parties();
  // The party that a number stands for: the same number, language, kind and field give the same party.
  PartyRecord Make(std::uint64_t number, Side side, Language language, PartyKind kind, std::string_view field) const;
  // For texts, in Chinese and in English.
  const Places& places(Language language) const { return places_[static_cast<std::size_t>(language)]; }
  // A region of the country, a province or all of it.
  Region DrawWideRegion(Random* random) const;

 private:
  struct Province {
    Region whole;
    std::string short_name;
    std::vector<Region> cities;  // of a municipality itself alone
    int weight = 0;
  };
  std::vector<Province> provinces_;
  std::vector<int> weights_;
  std::vector<Region> abroad_;
  std::array<Places, 2> places_;
};

}  // namespace magpie::generate
