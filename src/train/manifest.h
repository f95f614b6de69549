// Writes a model file and its entry in MANIFEST.json; entries of other kinds stay.
#pragma once

#include <absl/status/status.h>

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
};

absl::Status WriteModel(const std::filesystem::path& models, const ModelEntry& entry, std::string_view bytes);

// The licence under which a file of the corpus may be used.
std::string LicenceOf(std::string_view file_name);

}  // namespace magpie::train
