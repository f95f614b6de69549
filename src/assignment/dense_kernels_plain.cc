#define MAGPIE_DENSE_TABLE kDenseKernelsPlain
#define MAGPIE_DENSE_BYTES 16
#include "dense_kernel_source.h"
