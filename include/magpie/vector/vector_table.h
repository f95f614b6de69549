// Vectors of words and of parts of words, one byte a component, used straight from a mapped file.
//
// Row      component j is scale(row) * components(row)[j]; a row's length is the weight of its word in a text.
// Lookup   an open hash table of 64-bit keys inside the file. Keys are hashes of kind and text; the texts
//          themselves are not stored. An unknown word finds a wrong row about once in 10^14 questions.
// Format   docs/design/vector.md.
// Threads  a const VectorTable may be used from several threads at once.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace magpie {

class VectorTable {
 public:
  static constexpr int kVersion = 1;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // Refuses bytes that are not a well-formed table (kModelMismatch); `name` stands in the message.
  static absl::StatusOr<VectorTable> Open(std::string_view bytes, const std::filesystem::path& name);

  int dimension() const { return static_cast<int>(dimension_); }
  std::uint32_t row_count() const { return rows_; }
  std::uint32_t text_count() const { return texts_; }  // texts of the corpus that shares are measured against

  // The row of a whole word or of a part of words, kNone where there is none.
  std::uint32_t FindWord(std::string_view word) const { return Find(WordKey(word)); }
  std::uint32_t FindSubword(std::string_view subword) const { return Find(SubwordKey(subword)); }

  std::span<const std::int8_t> components(std::uint32_t row) const {
    return {components_ + static_cast<std::size_t>(row) * dimension_, dimension_};
  }
  float scale(std::uint32_t row) const { return scales_[row]; }
  float share(std::uint32_t row) const { return shares_[row]; }  // of the corpus's texts that hold the word
  float smallest_share() const { return smallest_share_; }

  static std::uint64_t WordKey(std::string_view word);
  static std::uint64_t SubwordKey(std::string_view subword);

 private:
  std::uint32_t Find(std::uint64_t key) const;

  std::uint32_t dimension_ = 0, rows_ = 0, texts_ = 0;
  std::uint64_t slot_mask_ = 0;
  float smallest_share_ = 1;
  const std::uint64_t* keys_ = nullptr;
  const std::uint32_t* slot_rows_ = nullptr;
  const float* scales_ = nullptr;
  const float* shares_ = nullptr;
  const std::int8_t* components_ = nullptr;
};

// What a table is written from: `key` by WordKey or SubwordKey; share 0 for parts of words.
struct VectorRow {
  std::uint64_t key = 0;
  float share = 0;
  std::vector<float> components;
};
std::string BuildVectorTable(std::span<const VectorRow> rows, int dimension, std::uint32_t texts);

}  // namespace magpie
