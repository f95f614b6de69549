// Makes the dictionary: general words with their counts, technology terms that the corpus uses, a list written by hand.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>

#include "train/corpus.h"

namespace magpie::train {

struct DictionaryInput {
  std::filesystem::path base;   // lines "word count tag", as jieba's dict.txt
  std::filesystem::path terms;  // our list: a term a line, # begins a comment
};

struct DictionaryResult {
  std::string bytes;
  std::size_t base_words = 0, corpus_terms = 0, list_terms = 0;
};

absl::StatusOr<DictionaryResult> TrainDictionary(const Corpus& corpus, const DictionaryInput& input);

}  // namespace magpie::train
