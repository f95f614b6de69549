// Invented parties: names that look like those of Chinese firms, universities and institutes, and where they sit.
// Threads  a const Parties may be used from several threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generate/sampling.h"
#include "magpie/ingest/record.h"

namespace magpie::generate {

class Parties {
 public:
  Parties();
  // The party that a number stands for: the same number, language, kind and field give the same party.
  PartyRecord Make(std::uint64_t number, Side side, Language language, PartyKind kind, std::string_view field) const;
  // Short names of provinces, for texts.
  const std::vector<std::string>& places(Language language) const {
    return language == Language::kZh ? places_zh_ : places_en_;
  }
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
  std::vector<std::string> places_zh_, places_en_;
};

}  // namespace magpie::generate
