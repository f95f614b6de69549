// Learns the vectors of words by contrast: of 1,024 pairs of texts that belong together, each text must find its
// partner among all. The recipe and what it reaches stand in docs/design/vector.md.
//
// Model     a word's vector is the sum over its parts t (itself, its characters or letter groups) of exp(u[t]) * E[t];
//           a text's vector is the sum over its different words of sqrt(times) * vector, brought to length 1.
// Threads   each number is computed by one thread in a fixed order: the result is the same bits on any thread count.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "magpie/base/progress.h"
#include "train/text_pool.h"

namespace magpie::train {

struct EncoderOptions {
  int dimension = 256;
  int steps = 5000;
  std::uint64_t seed = 1;
  double rate = 0.02;  // of Adagrad at the start; falls in a straight line to a tenth
  // Where the state is kept every thousand steps, so that a run that was broken off goes on from there with the same
  // result; removed at the end. Empty = not kept.
  std::filesystem::path state;
  std::uint32_t shipped_words = 150'000;
  std::uint32_t shipped_subwords = 50'000;
};

struct EncoderResult {
  std::string bytes;  // a VectorTable
  std::size_t parts = 0;
  double accuracy = 0;  // of the last hundred batches: how often the partner came first
};

absl::StatusOr<EncoderResult> TrainEncoder(const TextPool& pool, const EncoderOptions& options,
                                           const RunContext& context);

}  // namespace magpie::train
