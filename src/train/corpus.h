// The training corpus: papers, award abstracts, class titles and keyword pairs (docs/design/models.md says where from).
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace magpie::train {

struct Paper {
  std::string id, title, abstract_zh, abstract_en, text;
  std::vector<std::string> keywords_zh, keywords_en;
};
struct Award {
  std::string title, abstract_en;
};
struct ClassTitle {
  std::string symbol, zh, en;  // references in brackets cut out
};

struct Corpus {
  std::vector<Paper> papers;
  std::vector<Award> awards;
  std::vector<ClassTitle> classes;
  std::vector<std::pair<std::string, std::string>> keywords;  // Chinese, English
  std::vector<std::pair<std::string, std::string>> sources;   // file name, SHA-256
};

absl::StatusOr<Corpus> ReadCorpus(const std::filesystem::path& folder);

// The text of a file, unpacked if its name ends in .xz.
absl::StatusOr<std::string> ReadPacked(const std::filesystem::path& path);

// Keywords as papers print them: cut at ; , 、 and the like, what the scan appended (class numbers) left out.
std::vector<std::string> SplitKeywords(std::string_view text);

// Without what stands in brackets of any kind.
std::string WithoutBrackets(std::string_view text);

}  // namespace magpie::train
