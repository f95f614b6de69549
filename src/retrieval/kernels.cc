#include "retrieval/kernels.h"

#include "magpie/base/instruction_set.h"

namespace magpie {

const Kernels& KernelsOf(InstructionSet set) {
  switch (set) {
#if defined(__x86_64__)
    case InstructionSet::kV2:
      return kKernelsV2;
    case InstructionSet::kV3:
      return kKernelsV3;
    case InstructionSet::kAvx512:
      return kKernelsAvx512;
    case InstructionSet::kAvx512Vnni:
      return kKernelsAvx512Vnni;
#endif
    default:
      return kKernelsPlain;
  }
}

const Kernels& ActiveKernels() {
  static const Kernels& active = KernelsOf(ActiveInstructionSet());
  return active;
}

}  // namespace magpie
