// Which instruction set the kernels of this process use: chosen once, when first asked for, from what the processor has.
//
// A kernel is written once in plain C++ and again where a wider instruction set pays; each caller picks its kernel by
// ActiveInstructionSet(). All of them give the same bytes: sums are of whole numbers, or only pick out what is then
// computed again in one fixed order.
// Forcing  the environment variable MAGPIE_INSTRUCTION_SET names one of those below, for tests and for finding faults.
//          CheckInstructionSet() says what is wrong with it: not a name, or not one that this processor has. Programs ask it
//          first; who does not gets the best set of the processor where the variable is wrong.
// Threads  safe everywhere.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace magpie {

// Ascending: a processor that has one has those before it.
enum class InstructionSet : std::uint8_t {
  kPlain,       // "plain": whatever the compiler was told; the only one outside x86-64
  kV2,          // "x86-64-v2": SSE4.2
  kV3,          // "x86-64-v3": AVX2, FMA
  kAvx512,      // "avx512": F, BW, DQ, VL, CD
  kAvx512Vnni,  // "avx512-vnni": VNNI beside them
};

std::string_view InstructionSetName(InstructionSet set);
// kBadArgument, with the names there are.
absl::StatusOr<InstructionSet> ParseInstructionSet(std::string_view name);

InstructionSet BestInstructionSet();                         // of this processor
std::span<const InstructionSet> AvailableInstructionSets();  // up to the best one, ascending
InstructionSet ActiveInstructionSet();                       // the best one, or the one that the environment forces
absl::Status CheckInstructionSet();

}  // namespace magpie
