#if defined(__x86_64__)
#define MAGPIE_KERNEL_TABLE kKernelsAvx512Vnni
#include "retrieval/kernel_source.h"
#endif
