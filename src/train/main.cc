// magpie-train: makes the files of models/ from the training corpus. tools/train drives it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/dictionary.h"
#include "train/corpus.h"
#include "train/dictionary_trainer.h"
#include "train/manifest.h"

namespace magpie::train {
namespace {

constexpr std::string_view kCommand = "tools/train CORPUS";

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
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = MakeDictionary(corpus, dictionary, models);
  if (status.ok()) return 0;
  fmt::print(stderr, "magpie-train: {}\n", ErrorText(status));
  return ReasonOf(status) == Reason::kInternal ? 3 : 2;
}

}  // namespace
}  // namespace magpie::train

int main(int argc, char** argv) {
  return magpie::train::Main(argc, argv);
}
