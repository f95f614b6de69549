// Small folders of models for the tests, written to a temporary place.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "magpie/base/files.h"

namespace magpie {

inline constexpr char kFields[] =
    "environment | 环境与水 | environment and water | C02F B01D\nmarine | 海洋 | marine | -\n";

using Files = std::map<std::string, std::string>;  // bytes by name

class ModelsFolder {
 public:
  explicit ModelsFolder(const Files& files)
      : root_(std::filesystem::temp_directory_path() / ("magpie-knowledge-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ / "knowledge");
    Write("fields.txt", kFields);
    for (const auto& [name, bytes] : files) Write(name, bytes);
  }
  ModelsFolder(const ModelsFolder&) = delete;
  ~ModelsFolder() { std::filesystem::remove_all(root_); }

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path Path(const std::string& name) const { return root_ / "knowledge" / name; }
  void Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  // A manifest of the files as they are now.
  void Stamp() const {
    nlohmann::json models = nlohmann::json::array();
    for (const auto& entry : std::filesystem::directory_iterator(root_ / "knowledge")) {
      const std::string name = entry.path().filename().string();
      models.push_back({{"id", name},
                        {"kind", "knowledge"},
                        {"file", "knowledge/" + name},
                        {"version", 1},
                        {"sha256", *Sha256HexOfFile(entry.path())}});
    }
    std::ofstream(root_ / "MANIFEST.json") << nlohmann::json{{"format", 1}, {"models", models}}.dump();
  }

 private:
  const std::filesystem::path root_;
};

}  // namespace magpie
