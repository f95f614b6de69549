#include "train/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

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

namespace {

constexpr std::uint64_t kLargestManifest = 1 << 20;

std::filesystem::path ManifestPath(const std::filesystem::path& models) {
  return models / "MANIFEST.json";
}

// An empty one where there is none yet.
absl::StatusOr<nlohmann::ordered_json> ReadManifest(const std::filesystem::path& models) {
  nlohmann::ordered_json manifest = {{"format", 1}, {"models", nlohmann::ordered_json::array()}};
  if (!std::filesystem::exists(ManifestPath(models))) return manifest;
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(ManifestPath(models), kLargestManifest));
  manifest = nlohmann::ordered_json::parse(bytes, nullptr, false);
  if (!manifest.is_object() || !manifest["models"].is_array()) {
    return MakeError(Reason::kBadFile, ManifestPath(models).string(),
                     "is not a manifest; remove it to start a new one");
  }
  return manifest;
}

nlohmann::ordered_json EntryJson(const ModelEntry& entry, std::string_view bytes) {
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const Source& source : entry.sources) {
    sources.push_back({{"name", source.name}, {"sha256", source.sha256}, {"licence", source.licence}});
  }
  nlohmann::ordered_json json = {{"id", entry.id},           {"kind", entry.kind},    {"file", entry.file},
                                 {"version", entry.version}, {"bytes", bytes.size()}, {"sha256", Sha256Hex(bytes)},
                                 {"command", entry.command}, {"sources", sources}};
  if (!entry.held_out.empty()) json["held_out"] = entry.held_out;
  return json;
}

// Puts the entries where the first of their kind stood, or at the end.
absl::Status ReplaceKind(const std::filesystem::path& models, std::string_view kind,
                         std::vector<nlohmann::ordered_json> entries) {
  MAGPIE_ASSIGN_OR_RETURN(nlohmann::ordered_json manifest, ReadManifest(models));
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  const auto put = [&] {
    for (nlohmann::ordered_json& entry : entries) all.push_back(std::move(entry));
    entries.clear();
  };
  for (nlohmann::ordered_json& old : manifest["models"]) {
    if (old.value("kind", "") == kind) {
      put();
    } else {
      all.push_back(std::move(old));
    }
  }
  put();
  manifest["models"] = std::move(all);
  return WriteFile(ManifestPath(models), manifest.dump(2) + "\n");
}

}  // namespace

absl::StatusOr<std::string> HeldOutRuleOf(const std::filesystem::path& models, std::string_view kind) {
  MAGPIE_ASSIGN_OR_RETURN(const nlohmann::ordered_json manifest, ReadManifest(models));
  for (const nlohmann::ordered_json& entry : manifest["models"]) {
    if (entry.value("kind", "") == kind) return entry.value("held_out", "");
  }
  return std::string();
}

absl::Status WriteModel(const std::filesystem::path& models, const ModelEntry& entry, std::string_view bytes) {
  std::error_code ignored;
  std::filesystem::create_directories((models / entry.file).parent_path(), ignored);
  MAGPIE_RETURN_IF_ERROR(ReadManifest(models).status());  // before a file is written that could not be entered
  MAGPIE_RETURN_IF_ERROR(WriteFile(models / entry.file, bytes));
  return ReplaceKind(models, entry.kind, {EntryJson(entry, bytes)});
}

absl::Status StampFiles(const std::filesystem::path& models, std::string_view kind, int version,
                        std::string_view command, const std::vector<std::string>& files) {
  std::vector<nlohmann::ordered_json> entries;
  for (const std::string& file : files) {
    MAGPIE_ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(models / file));
    std::string id = std::filesystem::path(file).replace_extension().generic_string();
    std::replace(id.begin(), id.end(), '/', '-');
    const ModelEntry entry{id, std::string(kind), file, version, std::string(command), {}};
    entries.push_back(EntryJson(entry, mapped.bytes()));
  }
  return ReplaceKind(models, kind, std::move(entries));
}

}  // namespace magpie::train
