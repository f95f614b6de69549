// The data files of models/: each is named in models/MANIFEST.json with its kind, format version and SHA-256, and is
// mapped only if all three agree. A damaged, stale or foreign file is refused, never used.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "magpie/base/files.h"

namespace magpie {

struct ModelFile {
  std::string id;  // "dictionary-1": stands in run.json
  std::filesystem::path path;
  MappedFile file;
  std::string sha256;
};

// Maps the one model of that kind ("dictionary", "encoder"). Errors: kModelMissing where the manifest or the file is
// not there; kModelMismatch where the manifest cannot be read, names another version, or the hash differs.
absl::StatusOr<ModelFile> OpenModel(const std::filesystem::path& models, std::string_view kind, int version);

// The same for a model of several files: all entries of that kind, in the manifest's order. kModelMissing if there is
// none.
absl::StatusOr<std::vector<ModelFile>> OpenModels(const std::filesystem::path& models, std::string_view kind,
                                                  int version);

// The error of a model file whose hash is right and whose content is not.
absl::Status ModelDamaged(const std::filesystem::path& path, std::string_view what);

}  // namespace magpie
