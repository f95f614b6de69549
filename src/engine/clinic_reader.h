// Reads a listing for the need clinic: which of the nine aspects its texts speak of, and where.
#pragma once

#include <string>
#include <vector>

#include "magpie/engine/clinic.h"

namespace magpie {

struct AspectNote {
  NeedAspect aspect = NeedAspect::kMaterial;
  Span span;
  // What is said, comparable between listings: the concept's place in the graph, the unit of a figure; empty where only
  // a cue word stands.
  std::string key;
};

// By aspect, then in the order of the text (title, description, keywords); of notes of one aspect that overlap both stay
// where their keys differ.
std::vector<AspectNote> ReadAspects(const ListingRecord& listing, const Models& models);

}  // namespace magpie
