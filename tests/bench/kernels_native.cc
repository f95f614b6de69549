// The kernels once more, built for the machine at hand (-march=native): what dispatch is measured against.
#define MAGPIE_KERNEL_TABLE kKernelsNative
#include "retrieval/kernel_source.h"
