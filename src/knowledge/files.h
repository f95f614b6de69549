// The files of models/knowledge: finds them and checks them against models/MANIFEST.json.
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "magpie/text/model_file.h"

namespace magpie {

std::filesystem::path KnowledgeFolder(const std::filesystem::path& models);

// All *.txt of the folder, fields.txt first, then by name. With `check_manifest`, files and manifest must name the same
// files with the same hashes. Errors: those of KnowledgeGraph::Load.
absl::StatusOr<std::vector<ModelFile>> OpenKnowledgeFiles(const std::filesystem::path& models, bool check_manifest);

}  // namespace magpie
