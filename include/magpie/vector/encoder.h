// Turns texts into unit vectors in one space for Chinese and English.
//
// Shapes   vectors are rows of `dimension()` floats; a row-major table of n texts is n * dimension() floats. A text of
//          which no token is known becomes a row of zeros; every other row has length 1.
// Words    the built-in encoder also gives a vector for a single word (of a zero vector likewise when unknown), which
//          soft matching compares word by word.
// Threads  const methods may be called from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/progress.h"
#include "magpie/text/analyzer.h"

namespace magpie {

class Encoder {
 public:
  // The built-in encoder that models/MANIFEST.json names, memory-mapped. Errors: kModelMissing, kModelMismatch.
  static absl::StatusOr<std::shared_ptr<const Encoder>> Load(const std::filesystem::path& models);
  virtual ~Encoder() = default;

  virtual std::string_view id() const = 0;  // stands in run.json and in every reply
  virtual int dimension() const = 0;

  // One row for each text; rows[texts.size() * dimension()].
  virtual absl::Status Encode(std::span<const AnalyzedText* const> texts, std::span<float> rows,
                              const RunContext& context) const = 0;

  // The vector of one normalised word; row[dimension()].
  virtual void EncodeWord(std::string_view word, std::span<float> row) const = 0;

  // How many of the corpus's texts hold the word, as a share in (0, 1]; unknown words get half of the rarest. For idf.
  virtual double WordShare(std::string_view word) const = 0;
};

}  // namespace magpie
