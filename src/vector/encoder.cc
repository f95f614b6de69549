#include "magpie/vector/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "magpie/base/status.h"
#include "magpie/text/model_file.h"
#include "magpie/vector/subwords.h"
#include "magpie/vector/vector_table.h"
#include "vector/accumulate.h"
#include "vector/check_rows.h"

namespace magpie {
namespace {

constexpr std::int64_t kBlock = 256;  // texts handed to a thread at once

class TableEncoder final : public Encoder {
 public:
  TableEncoder(ModelFile model, VectorTable table) : model_(std::move(model)), table_(table) {}

  std::string_view id() const override { return model_.id; }
  int dimension() const override { return table_.dimension(); }

  absl::Status Encode(std::span<const AnalyzedText* const> texts, std::span<float> rows,
                      const RunContext& context) const override {
    const auto d = static_cast<std::size_t>(dimension());
    MAGPIE_RETURN_IF_ERROR(CheckRows(rows.size(), texts.size(), d));
    return ParallelFor(context, static_cast<std::int64_t>(texts.size()), kBlock,
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<Word> words;
                         for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                           EncodeText(*texts[i], rows.subspan(i * d, d), &words);
                         }
                         return absl::OkStatus();
                       });
  }

  void EncodeWord(std::string_view word, std::span<float> row) const override {
    std::fill(row.begin(), row.end(), 0.0f);
    AddWord(word, table_.FindWord(word), 1.0f, row);
    Normalize(row.size(), row.data());
  }

  double WordShare(std::string_view word) const override {
    const std::uint32_t row = table_.FindWord(word);
    return row == VectorTable::kNone ? table_.smallest_share() / 2.0 : table_.share(row);
  }

 private:
  struct Word {
    std::uint32_t row;
    std::string_view text;
    // By row first: equal words stand together, and the table is read in one direction.
    friend auto operator<=>(const Word&, const Word&) = default;
  };

  void EncodeText(const AnalyzedText& text, std::span<float> sum, std::vector<Word>* words) const {
    words->clear();
    for (const Token& token : text.tokens) {
      if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kMeasure) continue;
      const std::string_view word = text.word(token);
      words->push_back({table_.FindWord(word), word});
    }
    std::sort(words->begin(), words->end());
    std::fill(sum.begin(), sum.end(), 0.0f);
    for (std::size_t i = 0; i < words->size();) {
      const Word& word = (*words)[i];
      std::size_t end = i + 1;
      while (end < words->size() && (*words)[end] == word) ++end;
      AddWord(word.text, word.row, std::sqrt(static_cast<float>(end - i)), sum);
      i = end;
    }
    Normalize(sum.size(), sum.data());
  }

  // Adds the word's vector, for an unknown word the sum of its parts' vectors.
  void AddWord(std::string_view word, std::uint32_t row, float weight, std::span<float> sum) const {
    if (row != VectorTable::kNone) {
      Add(row, weight, sum);
      return;
    }
    for (const Subword& subword : SubwordsOf(word)) {
      if (const std::uint32_t part = table_.FindSubword(subword.text); part != VectorTable::kNone)
        Add(part, weight, sum);
    }
  }

  void Add(std::uint32_t row, float weight, std::span<float> sum) const {
    Accumulate(table_.components(row).data(), weight * table_.scale(row), sum.size(), sum.data());
  }

  const ModelFile model_;
  const VectorTable table_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Encoder>> Encoder::Load(const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(ModelFile model, OpenModel(models, "encoder", VectorTable::kVersion));
  MAGPIE_ASSIGN_OR_RETURN(VectorTable table, VectorTable::Open(model.file.bytes(), model.path));
  return std::make_shared<const TableEncoder>(std::move(model), table);
}

}  // namespace magpie
