#include "magpie/scoring/ranker.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "magpie/base/files.h"
#include "magpie/base/status.h"
#include "magpie/text/model_file.h"

namespace magpie {
namespace {

constexpr std::string_view kNames[kFeatureCount] = {"semantic", "text", "title",  "lexical", "knowledge", "resource",
                                                    "mode",     "trl",  "amount", "region",  "validity"};
constexpr std::uint64_t kLargestFile = 1 << 20;

}  // namespace

std::string_view FeatureName(Feature feature) {
  return kNames[static_cast<std::size_t>(feature)];
}

double Ranker::Points(const PairFeatures& features) const {
  double points = 0;
  for (std::size_t f = 0; f < features.size(); ++f) points += weights[f] * features[f];
  return points;
}

double Ranker::AtLeast(int grade, double points) const {
  return 1 / (1 + std::exp(cuts[static_cast<std::size_t>(grade - 1)] - slope * points));
}

double Ranker::Score(double points) const {
  return (AtLeast(1, points) + AtLeast(2, points) + AtLeast(3, points)) / 3;
}

int Ranker::Grade(double points) const {
  int grade = 0;
  for (int g = 1; g <= 3; ++g) grade += AtLeast(g, points) >= 0.5;
  return grade;
}

absl::StatusOr<Ranker> Ranker::Parse(std::string_view json, std::string_view name) {
  const auto refuse = [&](std::string_view what) {
    return MakeError(Reason::kBadFile, name, fmt::format("{} is no ranker: {}", name, what));
  };
  const nlohmann::json object = nlohmann::json::parse(json.begin(), json.end(), nullptr, false);
  if (!object.is_object()) return refuse("it is no JSON object");
  Ranker ranker;
  try {
    if (object.at("format").get<int>() != kVersion) return refuse("it is of another format");
    ranker.id = object.at("id").get<std::string>();
    for (int f = 0; f < kFeatureCount; ++f) {
      const double weight = object.at("weights").at(std::string(kNames[f])).get<double>();
      if (!(weight >= 0) || !std::isfinite(weight))
        return refuse(fmt::format("the weight of {} is below 0", kNames[f]));
      ranker.weights[static_cast<std::size_t>(f)] = weight;
    }
    ranker.slope = object.at("slope").get<double>();
    ranker.cuts = object.at("cuts").get<std::array<double, 3>>();
  } catch (const nlohmann::json::exception& error) {
    return refuse(error.what());
  }
  if (!(ranker.slope > 0) || !std::isfinite(ranker.slope)) return refuse("the slope is not above 0");
  if (!(ranker.cuts[0] <= ranker.cuts[1] && ranker.cuts[1] <= ranker.cuts[2])) return refuse("the cuts do not ascend");
  return ranker;
}

absl::StatusOr<Ranker> Ranker::Read(const std::filesystem::path& file) {
  MAGPIE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kLargestFile));
  return Parse(bytes, file.string());
}

absl::StatusOr<Ranker> Ranker::Load(const std::filesystem::path& models) {
  MAGPIE_ASSIGN_OR_RETURN(const ModelFile model, OpenModel(models, kModelKind, kVersion));
  absl::StatusOr<Ranker> ranker = Parse(model.file.bytes(), model.path.string());
  if (!ranker.ok()) return ModelDamaged(model.path, ErrorText(ranker.status()));
  return ranker;
}

std::string Ranker::ToJson() const {
  nlohmann::ordered_json object;
  object["format"] = kVersion;
  object["id"] = id;
  for (int f = 0; f < kFeatureCount; ++f)
    object["weights"][std::string(kNames[f])] = weights[static_cast<std::size_t>(f)];
  object["slope"] = slope;
  object["cuts"] = cuts;
  return object.dump(2) + "\n";
}

}  // namespace magpie
