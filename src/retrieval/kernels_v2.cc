#if defined(__x86_64__)
#define MAGPIE_KERNEL_TABLE kKernelsV2
#include "retrieval/kernel_source.h"
#endif
