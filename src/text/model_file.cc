#include "magpie/text/model_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr std::uint64_t kLargestManifest = 1 << 20;
constexpr std::string_view kRepair = "restore the folder models/ from the release, or give --model another folder";

}  // namespace

absl::Status ModelDamaged(const std::filesystem::path& path, std::string_view what) {
  return MakeError(Reason::kModelMismatch, path.string(), fmt::format("{}; {}", what, kRepair));
}

absl::StatusOr<std::vector<ModelFile>> OpenModels(const std::filesystem::path& models, std::string_view kind,
                                                  int version) {
  const std::filesystem::path manifest_path = models / "MANIFEST.json";
  const absl::StatusOr<std::string> manifest = ReadFile(manifest_path, kLargestManifest);
  if (!manifest.ok()) {
    return MakeError(Reason::kModelMissing, manifest_path.string(),
                     fmt::format("{}; {}", std::string(manifest.status().message()), kRepair));
  }
  const nlohmann::json json = nlohmann::json::parse(*manifest, nullptr, /*allow_exceptions=*/false);
  const auto text_of = [](const nlohmann::json& entry, const char* name) {
    const auto found = entry.find(name);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!json.is_object() || !json.contains("models") || !json["models"].is_array()) {
    return ModelDamaged(manifest_path, "is not a manifest: an object with an array \"models\" is expected");
  }
  std::vector<ModelFile> files;
  for (const nlohmann::json& entry : json["models"]) {
    if (!entry.is_object() || text_of(entry, "kind") != kind) continue;
    const std::string name = text_of(entry, "file");
    const std::string expected = text_of(entry, "sha256");
    if (name.empty() || expected.size() != 64) {
      return ModelDamaged(manifest_path, fmt::format("its entry of kind {} lacks file or sha256", kind));
    }
    const std::filesystem::path path = models / name;
    const auto stated = entry.find("version");
    if (stated == entry.end() || !stated->is_number_integer() || *stated != version) {
      return ModelDamaged(path, fmt::format("is of format version {}, this program reads version {}",
                                            stated == entry.end() ? "?" : stated->dump(), version));
    }
    absl::StatusOr<MappedFile> file = MappedFile::Open(path);
    if (!file.ok()) {
      return MakeError(Reason::kModelMissing, path.string(),
                       fmt::format("{}; {}", std::string(file.status().message()), kRepair));
    }
    if (const std::string hash = Sha256Hex(file->bytes()); hash != expected) {
      return ModelDamaged(path, fmt::format("has SHA-256 {}, the manifest names {}", hash, expected));
    }
    files.push_back({text_of(entry, "id"), path, *std::move(file), expected});
  }
  if (files.empty()) {
    return MakeError(Reason::kModelMissing, manifest_path.string(),
                     fmt::format("names no model of kind {}; {}", kind, kRepair));
  }
  return files;
}

absl::StatusOr<ModelFile> OpenModel(const std::filesystem::path& models, std::string_view kind, int version) {
  MAGPIE_ASSIGN_OR_RETURN(std::vector<ModelFile> files, OpenModels(models, kind, version));
  return std::move(files.front());
}

}  // namespace magpie
