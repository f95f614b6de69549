// Reading: listings cut into words and encoded on one core, and the models loaded, each with its parts.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/bench.h"
#include "magpie/engine/engine.h"
#include "magpie/knowledge/phrase_table.h"
#include "scoring/concept_space.h"

namespace magpie::bench {
namespace {

constexpr double kListingsBar = 20'000;  // a second and core
constexpr double kLoadingBar = 0.2;      // seconds, two threads
constexpr int kRounds = 10;              // over the fair's listings, so that a run takes long enough

// Title and description of every listing of the sample fair.
std::vector<std::string> FairTexts() {
  std::vector<std::string> texts;
  for (const char* name : {"needs.jsonl", "offerings.jsonl"}) {
    std::ifstream lines(std::string(MAGPIE_SOURCE_DIR "/tests/data/sample-fair/") + name);
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json listing = nlohmann::json::parse(line);
      texts.push_back(listing.value("title", "") + "\n" + listing.value("description", ""));
    }
  }
  return texts;
}

std::vector<Line> EncodingLines() {
  const std::vector<std::string> texts = FairTexts();
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  const std::string size = fmt::format("{} x {} bytes", texts.size(), bytes / texts.size());
  const auto analyzer = Must(Analyzer::Load(FindModels("")));
  const auto encoder = Must(Encoder::Load(FindModels("")));
  std::vector<AnalyzedText> analyzed(texts.size());
  std::vector<const AnalyzedText*> pointers;
  for (const AnalyzedText& text : analyzed) pointers.push_back(&text);
  std::vector<float> rows(texts.size() * static_cast<std::size_t>(encoder->dimension()));
  RunContext context;
  context.threads = 1;
  const auto analyze = [&] {
    for (std::size_t i = 0; i < texts.size(); ++i) analyzed[i] = analyzer->Analyze(texts[i]);
  };
  const auto encode = [&] {
    if (!encoder->Encode(pointers, rows, context).ok()) std::abort();
  };
  const auto line = [&](const char* item, const std::function<void()>& body) {
    double cpu = 0;
    MedianSeconds(
        [&] {
          for (int round = 0; round < kRounds; ++round) body();
        },
        &cpu);
    Line made;
    made.group = "reading";
    made.item = item;
    made.unit = "1/s";
    made.ours = kRounds * static_cast<double>(texts.size()) / cpu;  // of the core's own time
    made.anchor = kListingsBar;
    made.higher_is_better = made.anchor_is_bar = true;
    made.size = size;
    made.quality = fmt::format("{}, d = {}", encoder->id(), encoder->dimension());
    return made;
  };
  std::vector<Line> lines = {line("listings_encoded", [&] { analyze(), encode(); })};
  lines.push_back(line("listings_encoded_cut", analyze));
  lines.push_back(line("listings_encoded_vectors", encode));
  return lines;
}

std::vector<Line> LoadingLines() {
  const std::filesystem::path models = FindModels("");
  std::vector<Line> lines;
  const auto add = [&](const char* item, const std::string& what, const std::function<void()>& body) {
    Line made;
    made.group = "reading";
    made.item = item;
    made.unit = "s";
    double cpu = 0;
    made.ours = MedianSeconds(body, &cpu);
    made.anchor = kLoadingBar;
    made.anchor_is_bar = true;
    made.threads = 2;
    made.quality = fmt::format("{:.3f} s of all cores{}", cpu, what);
    lines.push_back(std::move(made));
  };
  add("models_loaded", ", hashes checked", [&] { Must(LoadModels(models)); });
  add("models_loaded_dictionary", "", [&] { Must(Analyzer::Load(models)); });
  add("models_loaded_encoder", "", [&] { Must(Encoder::Load(models)); });
  add("models_loaded_graph", ", in the whole beside the encoder", [&] { Must(KnowledgeGraph::Load(models)); });
  const auto encoder = Must(Encoder::Load(models));
  const auto graph = Must(KnowledgeGraph::Load(models));
  add("models_loaded_phrases", "", [&] { Must(PhraseTable::Load(models, *graph)); });
  const PhraseTable phrases = Must(PhraseTable::Load(models, *graph));
  add("models_loaded_concepts", ", vectors of words and phrases",
      [&] { Must(ConceptSpace::Build(graph, phrases, *encoder)); });
  return lines;
}

}  // namespace

std::vector<Bench> ReadingBenches() {
  return {{"reading", [] {
             std::vector<Line> lines = EncodingLines();
             for (Line& line : LoadingLines()) lines.push_back(std::move(line));
             return lines;
           }}};
}

}  // namespace magpie::bench
