// From the measures of a pair to its points, its score and its grade: a small model that can be read and refitted.
//
// Points   sum over the features of weight * feature; every weight is 0 or more, so no measure that grows ever lowers a
//          pair (monotone), and a field that is not known is worth 0 points
//          (a kind of resource that is not named: as much as the same one).
// Score    the expected grade over 3, in (0, 1): the mean of P(grade >= g) = 1 / (1 + exp(cut[g] - slope * points)) over
//          g = 1, 2, 3. It grows strictly with the points.
// Grade    how many g have P(grade >= g) of a half or more.
// File     models/ranker/ranker.json, made from models/examples by `magpie-train ranker` (docs/design/scoring.md).
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace magpie {

enum class Feature : std::uint8_t {
  kSemantic,   // deviations of the word-by-word match, among the pool's offerings of the same language
  kText,       // the same of the whole texts' cosine
  kTitle,      // the same of the cosine of the need's title with the whole offering
  kLexical,    // the same of the words in common; 0 across languages
  kKnowledge,  // what the knowledge graph makes of the pair, 0 or more
  kResource,  // from here on closeness - 0.5, so 0 where not known; a kind of resource not named counts as the same one
  kMode,
  kTrl,
  kAmount,
  kRegion,
  kValidity,
};
inline constexpr int kFeatureCount = 11;
std::string_view FeatureName(Feature feature);  // "semantic", ...

using PairFeatures = std::array<double, kFeatureCount>;

struct Ranker {
  static constexpr int kVersion = 1;
  static constexpr std::string_view kModelKind = "ranker";

  std::string id = "ranker-0";
  std::array<double, kFeatureCount> weights = {0.45, 0.35, 0.1, 0.1, 2.9, 1.5, 0.25, 0.15, 0.25, 0.1, 0.5};
  double slope = 1.0;
  std::array<double, 3> cuts = {2.0, 3.0, 4.0};  // ascending

  double Points(const PairFeatures& features) const;
  double AtLeast(int grade, double points) const;  // P(grade >= `grade`), `grade` 1 to 3
  double Score(double points) const;
  int Grade(double points) const;

  // Errors: kModelMissing, kModelMismatch; kBadFile for a file of `magpie learn` that is none.
  static absl::StatusOr<Ranker> Load(const std::filesystem::path& models);
  static absl::StatusOr<Ranker> Read(const std::filesystem::path& file);
  static absl::StatusOr<Ranker> Parse(std::string_view json, std::string_view name);
  std::string ToJson() const;
};

}  // namespace magpie
