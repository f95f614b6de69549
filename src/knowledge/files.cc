#include "knowledge/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/knowledge/knowledge_graph.h"

namespace magpie {
namespace {

constexpr std::string_view kFieldsFile = "fields.txt";
constexpr std::string_view kStamp =
    "if it was edited on purpose, run tools/train knowledge, which checks and stamps it";

bool ComesBefore(const std::string& a, const std::string& b) {
  if ((a == kFieldsFile) != (b == kFieldsFile)) return a == kFieldsFile;
  return a < b;
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".txt") && !name.starts_with('.')) names.push_back(name);
  }
  if (error) {
    return MakeError(Reason::kModelMissing, folder.string(), fmt::format("cannot be read ({})", error.message()));
  }
  std::sort(names.begin(), names.end(), ComesBefore);
  return names;
}

}  // namespace

std::filesystem::path KnowledgeFolder(const std::filesystem::path& models) {
  return models / "knowledge";
}

absl::StatusOr<std::vector<ModelFile>> OpenKnowledgeFiles(const std::filesystem::path& models, bool check_manifest) {
  const std::filesystem::path folder = KnowledgeFolder(models);
  std::vector<ModelFile> files;
  if (check_manifest) {
    absl::StatusOr<std::vector<ModelFile>> stamped =
        OpenModels(models, KnowledgeGraph::kModelKind, KnowledgeGraph::kVersion);
    if (!stamped.ok()) {
      return MakeError(ReasonOf(stamped.status()), FieldOf(stamped.status()),
                       fmt::format("{}; {}", std::string(stamped.status().message()), kStamp));
    }
    files = *std::move(stamped);
    std::sort(files.begin(), files.end(), [](const ModelFile& a, const ModelFile& b) {
      return ComesBefore(a.path.filename().string(), b.path.filename().string());
    });
  }
  MAGPIE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(folder));
  for (const std::string& name : names) {
    const std::filesystem::path path = folder / name;
    const bool known =
        std::any_of(files.begin(), files.end(), [&](const ModelFile& file) { return file.path == path; });
    if (known) continue;
    absl::StatusOr<MappedFile> mapped = MappedFile::Open(path);
    if (!mapped.ok()) return MakeError(Reason::kModelMissing, path.string(), std::string(mapped.status().message()));
    std::string hash = Sha256Hex(mapped->bytes());
    if (check_manifest) {
      return MakeError(Reason::kModelMismatch, path.string(),
                       fmt::format("has SHA-256 {}, the manifest does not name the file; {}", hash, kStamp));
    }
    files.push_back({name, path, *std::move(mapped), std::move(hash)});
  }
  if (files.empty() || files.front().path.filename() != kFieldsFile) {
    return MakeError(Reason::kModelMissing, (folder / kFieldsFile).string(), "is not there; it lists the fields");
  }
  return files;
}

}  // namespace magpie
