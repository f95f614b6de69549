#include "bench/text_vectors.h"

#include <cstdlib>
#include <string>

#include "bench/bench.h"
#include "generate/generator.h"
#include "magpie/engine/engine.h"
#include "magpie/text/analyzer.h"
#include "magpie/vector/encoder.h"

namespace magpie::bench {

TextVectors MakeTextVectors(Side side, std::int64_t count) {
  const generate::Generator generator(Must(generate::Material::Load(FindModels(""), RunContext())), {});
  const auto analyzer = Must(Analyzer::Load(FindModels("")));
  const auto encoder = Must(Encoder::Load(FindModels("")));
  TextVectors made;
  made.dimension = encoder->dimension();
  const auto columns = static_cast<std::size_t>(made.dimension);
  made.rows.resize(static_cast<std::size_t>(count) * columns);
  constexpr std::int64_t kAtOnce = 256;
  const auto encode = [&](std::int64_t begin, std::int64_t end) -> absl::Status {
    std::vector<AnalyzedText> texts;
    for (std::int64_t place = begin; place < end; ++place) {
      const ListingRecord listing = generator.Listing(side, place).value();
      texts.push_back(analyzer->Analyze(listing.title + "\n" + listing.description));
    }
    std::vector<const AnalyzedText*> pointers;
    for (const AnalyzedText& text : texts) pointers.push_back(&text);
    RunContext alone;
    alone.threads = 1;
    return encoder->Encode(pointers,
                           std::span(made.rows).subspan(static_cast<std::size_t>(begin) * columns,
                                                        static_cast<std::size_t>(end - begin) * columns),
                           alone);
  };
  if (!ParallelFor(RunContext(), count, kAtOnce, encode).ok()) std::abort();
  return made;
}

}  // namespace magpie::bench
