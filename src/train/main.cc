// magpie-train: makes the files of models/ from the training corpus. tools/train drives it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/knowledge/knowledge_graph.h"
#include "magpie/knowledge/phrase_table.h"
#include "magpie/text/dictionary.h"
#include "magpie/vector/encoder.h"
#include "magpie/vector/vector_table.h"
#include "train/corpus.h"
#include "train/crossing.h"
#include "train/dictionary_trainer.h"
#include "train/encoder_trainer.h"
#include "train/held_out.h"
#include "train/lessons.h"
#include "train/manifest.h"
#include "train/text_pool.h"

namespace magpie::train {
namespace {

constexpr std::string_view kCommand = "tools/train CORPUS";
constexpr std::int64_t kReportSteps = 100;

std::vector<Source> CorpusSources(const Corpus& corpus) {
  std::vector<Source> sources;
  for (const auto& [name, hash] : corpus.sources) sources.push_back({name, hash, LicenceOf(name)});
  return sources;
}

absl::Status MakeDictionary(const std::filesystem::path& corpus_folder, const DictionaryInput& input,
                            const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(const Corpus corpus, ReadCorpus(corpus_folder));
  MAGPIE_ASSIGN_OR_RETURN(const DictionaryResult result, TrainDictionary(corpus, input));
  ModelEntry entry{"dictionary-1", "dictionary", "dictionary/words.bin", Dictionary::kVersion, std::string(kCommand)};
  entry.sources = CorpusSources(corpus);
  MAGPIE_ASSIGN_OR_RETURN(const std::string base_hash, Sha256HexOfFile(input.base));
  entry.sources.push_back({"jieba dict.txt", base_hash, "MIT (jieba)"});
  fmt::print(stderr, "dictionary: {} general words, {} terms of the corpus, {} of the list, {} bytes\n",
             result.base_words, result.corpus_terms, result.list_terms, result.bytes.size());
  return WriteModel(models, entry, result.bytes);
}

absl::Status MakeEncoder(const std::filesystem::path& corpus_folder, const std::vector<std::filesystem::path>& judged,
                         const EncoderOptions& options, Taught taught, int threads,
                         const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(Corpus corpus, ReadCorpus(corpus_folder));
  MAGPIE_ASSIGN_OR_RETURN(const DroppedRows dropped, DropJudged(judged, &corpus));
  fmt::print(stderr, "encoder: {} rows of judged texts left out ({} papers, {} awards, {} classes, {} keywords)\n",
             dropped.total(), dropped.papers, dropped.awards, dropped.classes, dropped.keywords);
  fmt::print(stderr, "encoder: {} papers held out ({})\n", TakeHeldOut(&corpus).size(), kHeldOutRule);
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Analyzer> analyzer, Analyzer::Load(models));
  RunContext context;
  context.threads = threads;
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const KnowledgeGraph> graph, KnowledgeGraph::LoadUnstamped(models));
  MAGPIE_ASSIGN_OR_RETURN(const Lessons lessons, ReadLessons(*graph, models / "examples", taught));
  fmt::print(stderr, "encoder: {} groups of examples to learn from\n", lessons.groups.size());
  MAGPIE_ASSIGN_OR_RETURN(const TextPool pool, MakeTextPool(corpus, lessons, *analyzer, context));
  fmt::print(stderr, "encoder: {} texts, {} different words\n", pool.text_count, pool.words.size());
  context.progress = [](std::string_view, std::int64_t done, std::int64_t total) {
    if (done % kReportSteps == 0 || done == total) fmt::print(stderr, "encoder: step {} of {}\n", done, total);
  };
  MAGPIE_ASSIGN_OR_RETURN(const EncoderResult result, TrainEncoder(pool, options, context));
  fmt::print(stderr, "encoder: {} parts learned, the partner came first in {:.3f} of the last batches, {} bytes\n",
             result.parts, result.accuracy, result.bytes.size());
  ModelEntry entry{"encoder-3", "encoder", "encoder/vectors.bin", VectorTable::kVersion, std::string(kCommand)};
  entry.sources = CorpusSources(corpus);
  entry.held_out = kHeldOutRule;
  return WriteModel(models, entry, result.bytes);
}

absl::Status PrintCrossing(const std::filesystem::path& corpus_folder, int threads,
                           const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string rule, HeldOutRuleOf(models, "encoder"));
  MAGPIE_ASSIGN_OR_RETURN(Corpus corpus, ReadCorpus(corpus_folder));
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Analyzer> analyzer, Analyzer::Load(models));
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Encoder> encoder, Encoder::Load(models));
  const std::vector<Paper> papers = TakeHeldOut(&corpus);
  RunContext context;
  context.threads = threads;
  MAGPIE_ASSIGN_OR_RETURN(const CrossingReport report, MeasureCrossing(papers, *analyzer, *encoder, context));
  fmt::print("{}: {} papers, each abstract among all of the other language ({})\n", encoder->id(), papers.size(),
             kHeldOutRule);
  if (rule != kHeldOutRule) {
    fmt::print("The manifest does not say that the encoder was trained without them: these figures flatter.\n");
  }
  const auto print = [](const char* direction, const CrossingMeasure& m) {
    fmt::print("{:<19} nDCG@10 {:.3f} ({:.3f} to {:.3f})   hit@1 {:.3f} ({:.3f} to {:.3f})\n", direction, m.ndcg10.mean,
               m.ndcg10.low, m.ndcg10.high, m.hit1.mean, m.hit1.low, m.hit1.high);
  };
  print("Chinese to English", report.to_english);
  print("English to Chinese", report.to_chinese);
  return absl::OkStatus();
}

absl::Status StampKnowledge(const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const KnowledgeGraph> graph, KnowledgeGraph::LoadUnstamped(models));
  std::vector<std::string> files;
  for (const std::string& name : graph->files()) files.push_back("knowledge/" + name);
  MAGPIE_RETURN_IF_ERROR(
      StampFiles(models, KnowledgeGraph::kModelKind, KnowledgeGraph::kVersion, "tools/train knowledge", files));
  MAGPIE_ASSIGN_OR_RETURN(const std::shared_ptr<const Analyzer> analyzer, Analyzer::Load(models));
  const ModelEntry phrases{"phrases-1",
                           std::string(PhraseTable::kModelKind),
                           "phrases/phrases.tsv",
                           PhraseTable::kVersion,
                           "tools/train knowledge",
                           {}};
  MAGPIE_RETURN_IF_ERROR(WriteModel(models, phrases, PhraseTable::Compile(*graph, *analyzer)));
  fmt::print(stderr, "knowledge: {} concepts, {} links in {} files: {}\n", graph->concepts().size(),
             graph->link_count(), files.size(), graph->id());
  return absl::OkStatus();
}

absl::Status StampRanker(const std::filesystem::path& file, const std::filesystem::path& models) {
  constexpr std::uint64_t kLargest = 1 << 20;
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kLargest));
  return WriteModel(models, {"ranker-1", "ranker", "ranker/ranker.json", 1, std::string(kCommand), {}}, bytes);
}

int Main(int argc, char** argv) {
  CLI::App app("Makes the files of models/ from the training corpus.", "magpie-train");
  app.require_subcommand(1);
  std::string corpus, models = "models";
  DictionaryInput dictionary;
  CLI::App* const make_dictionary = app.add_subcommand("dictionary", "the word list of the analyzer");
  make_dictionary->add_option("--corpus", corpus, "folder of the training corpus")->required();
  make_dictionary->add_option("--models", models, "folder to write to")->capture_default_str();
  make_dictionary->add_option("--base", dictionary.base, "general words: lines \"word count tag\"")->required();
  make_dictionary->add_option("--terms", dictionary.terms, "our list of technology terms")->required();
  EncoderOptions encoder;
  std::vector<std::filesystem::path> judged;
  CLI::App* const make_encoder = app.add_subcommand("encoder", "the vectors of words; needs the dictionary first");
  make_encoder->add_option("--corpus", corpus, "folder of the training corpus")->required();
  make_encoder->add_option("--models", models, "folder to read the dictionary from and write to")
      ->capture_default_str();
  make_encoder->add_option("--judged", judged, "JSONL files of judged listings that must not be learned from");
  make_encoder->add_option("--dimension", encoder.dimension, "components of a vector")->capture_default_str();
  make_encoder->add_option("--steps", encoder.steps, "batches of 1,024 pairs")->capture_default_str();
  make_encoder->add_option("--rate", encoder.rate, "step size at the start")->capture_default_str();
  make_encoder->add_option("--words", encoder.shipped_words, "words that get a row")->capture_default_str();
  make_encoder->add_option("--parts", encoder.shipped_subwords, "parts of words that get a row")->capture_default_str();
  int threads = 0;
  make_encoder->add_option("--threads", threads, "0 = as many as the machine has cores; the file is the same")
      ->capture_default_str();
  Taught taught = Taught::kWithoutRankers;
  make_encoder->add_flag_callback(
      "--all-groups", [&taught] { taught = Taught::kAll; },
      "learn from the ranker's groups of examples too: for the encoder that ships, not for fitting the ranker");
  make_encoder->add_option("--state", encoder.state,
                           "file that keeps the state, so that a run broken off goes on; removed at the end");
  make_encoder->add_option("--seed", encoder.seed, "of every random choice")->capture_default_str();
  CLI::App* const measure_crossing = app.add_subcommand(
      "crossing", "measures how well held-out abstracts find their translation: nDCG@10 and hit@1 with intervals");
  measure_crossing->add_option("--corpus", corpus, "folder of the training corpus")->required();
  measure_crossing->add_option("--models", models, "folder of the models")->capture_default_str();
  measure_crossing->add_option("--threads", threads, "0 = as many as the machine has cores")->capture_default_str();
  std::string ranker;
  CLI::App* const stamp_ranker = app.add_subcommand("ranker", "takes a file of `magpie learn` as the models' ranker");
  stamp_ranker->add_option("--models", models, "folder of the models")->capture_default_str();
  stamp_ranker->add_option("--file", ranker, "the ranker")->required();
  CLI::App* const stamp_knowledge = app.add_subcommand(
      "knowledge", "checks the files of the knowledge graph and enters their hashes in the manifest");
  stamp_knowledge->add_option("--models", models, "folder of the models")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = stamp_ranker->parsed()       ? StampRanker(ranker, models)
                              : stamp_knowledge->parsed()  ? StampKnowledge(models)
                              : measure_crossing->parsed() ? PrintCrossing(corpus, threads, models)
                              : make_dictionary->parsed()
                                  ? MakeDictionary(corpus, dictionary, models)
                                  : MakeEncoder(corpus, judged, encoder, taught, threads, models);
  if (status.ok()) return 0;
  fmt::print(stderr, "magpie-train: {}\n", ErrorText(status));
  return ReasonOf(status) == Reason::kInternal ? 3 : 2;
}

}  // namespace
}  // namespace magpie::train

int main(int argc, char** argv) {
  return magpie::train::Main(argc, argv);
}
