#define MAGPIE_PLAIN_KERNELS
#define MAGPIE_KERNEL_TABLE kKernelsPlain
#include "retrieval/kernel_source.h"
