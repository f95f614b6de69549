// What the encoder must not be trained on: texts of the judged sets, and papers kept back to measure it by.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "train/corpus.h"

namespace magpie::train {

struct DroppedRows {
  std::size_t papers = 0, awards = 0, classes = 0, keywords = 0;
  std::size_t total() const { return papers + awards + classes + keywords; }
};

// Drops the rows of the corpus of which any text (title, abstract, class title, keyword) is a title or description in
// one of the files of judged listings (JSONL), so that no measurement meets what was trained on. Texts are compared
// normalised. Errors: kFileNotFound; kBadFile for a file without a single title or description.
absl::StatusOr<DroppedRows> DropJudged(const std::vector<std::filesystem::path>& judged, Corpus* corpus);

// The rule by which papers are held out, as the manifest states it.
inline constexpr char kHeldOutRule[] = "papers with both abstracts, SHA-256 of id modulo 20 = 0";
bool IsHeldOut(const Paper& paper);

// Takes the held-out papers from the corpus, in their order, and drops every other row that shares a title or an
// abstract with one of them.
std::vector<Paper> TakeHeldOut(Corpus* corpus);

}  // namespace magpie::train
