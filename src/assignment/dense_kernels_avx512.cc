#if defined(__x86_64__)
#define MAGPIE_DENSE_TABLE kDenseKernelsAvx512
#define MAGPIE_DENSE_BYTES 64
#include "dense_kernel_source.h"
#endif
