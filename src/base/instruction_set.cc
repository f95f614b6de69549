#include "magpie/base/instruction_set.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string>

#include "magpie/base/status.h"

namespace magpie {
namespace {

constexpr const char* kVariable = "MAGPIE_INSTRUCTION_SET";
constexpr std::array kAll = {InstructionSet::kPlain, InstructionSet::kV2, InstructionSet::kV3, InstructionSet::kAvx512,
                             InstructionSet::kAvx512Vnni};
constexpr std::array<std::string_view, kAll.size()> kNames = {"plain", "x86-64-v2", "x86-64-v3", "avx512",
                                                              "avx512-vnni"};

InstructionSet Detect() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("x86-64-v2")) return InstructionSet::kPlain;
  if (!__builtin_cpu_supports("x86-64-v3")) return InstructionSet::kV2;
  if (!__builtin_cpu_supports("x86-64-v4")) return InstructionSet::kV3;
  return __builtin_cpu_supports("avx512vnni") ? InstructionSet::kAvx512Vnni : InstructionSet::kAvx512;
#else
  return InstructionSet::kPlain;
#endif
}

// The set that the environment forces; BestInstructionSet() where it forces none.
absl::StatusOr<InstructionSet> Forced() {
  const char* name = std::getenv(kVariable);
  if (name == nullptr || *name == '\0') return BestInstructionSet();
  MAGPIE_ASSIGN_OR_RETURN(const InstructionSet forced, ParseInstructionSet(name));
  if (forced > BestInstructionSet()) {
    return MakeError(Reason::kBadArgument, kVariable,
                     fmt::format("is {}, which this processor does not have; its best is {}", name,
                                 InstructionSetName(BestInstructionSet())));
  }
  return forced;
}

}  // namespace

std::string_view InstructionSetName(InstructionSet set) {
  return kNames[static_cast<std::size_t>(set)];
}

absl::StatusOr<InstructionSet> ParseInstructionSet(std::string_view name) {
  std::string names;
  for (InstructionSet set : kAll) {
    if (InstructionSetName(set) == name) return set;
    names += (names.empty() ? "" : ", ") + std::string(InstructionSetName(set));
  }
  return MakeError(Reason::kBadArgument, kVariable, fmt::format("is '{}'; use one of {}", name, names));
}

InstructionSet BestInstructionSet() {
  static const InstructionSet best = Detect();
  return best;
}

std::span<const InstructionSet> AvailableInstructionSets() {
  return std::span(kAll).first(static_cast<std::size_t>(BestInstructionSet()) + 1);
}

InstructionSet ActiveInstructionSet() {
  static const InstructionSet active = Forced().value_or(BestInstructionSet());
  return active;
}

absl::Status CheckInstructionSet() {
  return Forced().status();
}

}  // namespace magpie
