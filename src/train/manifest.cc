#include "train/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "magpie/base/files.h"
#include "magpie/base/status.h"

namespace magpie::train {

std::string LicenceOf(std::string_view file_name) {
  if (file_name.starts_with("papers-zh")) return "CC BY 4.0 (ChinaXiv)";
  if (file_name.starts_with("keyword-pairs")) return "CC BY 4.0 (ChinaXiv)";
  if (file_name.starts_with("abstracts-en")) return "public domain (works of the United States government)";
  if (file_name.starts_with("technical-phrases")) return "titles of the IPC and CPC classes";
  return "see NOTICE";
}

absl::Status WriteModel(const std::filesystem::path& models, const ModelEntry& entry, std::string_view bytes) {
  const std::filesystem::path manifest_path = models / "MANIFEST.json";
  nlohmann::ordered_json manifest = {{"format", 1}, {"models", nlohmann::ordered_json::array()}};
  if (const absl::StatusOr<std::string> old = ReadFile(manifest_path, 1 << 20); old.ok()) {
    manifest = nlohmann::ordered_json::parse(*old, nullptr, false);
    if (!manifest.is_object() || !manifest["models"].is_array()) {
      return MakeError(Reason::kBadFile, manifest_path.string(), "is not a manifest; remove it to start a new one");
    }
  }
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const Source& source : entry.sources) {
    sources.push_back({{"name", source.name}, {"sha256", source.sha256}, {"licence", source.licence}});
  }
  nlohmann::ordered_json model = {{"id", entry.id},           {"kind", entry.kind},    {"file", entry.file},
                                  {"version", entry.version}, {"bytes", bytes.size()}, {"sha256", Sha256Hex(bytes)},
                                  {"command", entry.command}, {"sources", sources}};
  bool replaced = false;
  for (nlohmann::ordered_json& old : manifest["models"]) {
    if (old.value("kind", "") != entry.kind) continue;
    old = model;
    replaced = true;
  }
  if (!replaced) manifest["models"].push_back(model);
  std::error_code ignored;
  std::filesystem::create_directories((models / entry.file).parent_path(), ignored);
  MAGPIE_RETURN_IF_ERROR(WriteFile(models / entry.file, bytes));
  return WriteFile(manifest_path, manifest.dump(2) + "\n");
}

}  // namespace magpie::train
