#if defined(__x86_64__)
#define MAGPIE_DENSE_TABLE kDenseKernelsV3
#define MAGPIE_DENSE_BYTES 32
#include "dense_kernel_source.h"
#endif
