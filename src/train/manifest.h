// Writes model files and their entries in MANIFEST.json; entries of other kinds stay.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace magpie::train {

struct Source {
  std::string name, sha256, licence;
};

struct ModelEntry {
  std::string id, kind, file;  // file relative to the folder of models
  int version = 0;
  std::string command;
  std::vector<Source> sources;
  std::string held_out;  // the rule by which rows of the sources were kept out of training; empty = none
};

// The rule that the entry of that kind states; empty where it states none or there is no such entry.
absl::StatusOr<std::string> HeldOutRuleOf(const std::filesystem::path& models, std::string_view kind);

absl::Status WriteModel(const std::filesystem::path& models, const ModelEntry& entry, std::string_view bytes);

// Enters files that were written by hand: one entry each, in place of all entries of that kind. `files` are relative to
// the folder of models; the id is the file's path without its ending, joined by hyphens.
absl::Status StampFiles(const std::filesystem::path& models, std::string_view kind, int version,
                        std::string_view command, const std::vector<std::string>& files);

// The licence under which a file of the corpus may be used.
std::string LicenceOf(std::string_view file_name);

}  // namespace magpie::train
