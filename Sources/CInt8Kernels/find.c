#include "paths.h"

#define HEED_PATH(name) (heed_kernels) { heed_dense_##name, heed_depthwise_##name }

#if defined(__x86_64__) || defined(__i386__)

bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels) {
  __builtin_cpu_init();
  switch (path) {
  case HEED_KERNELS_PORTABLE:
    *kernels = HEED_PATH(portable);
    return true;
  case HEED_KERNELS_SSE41:
    *kernels = HEED_PATH(sse41);
    return __builtin_cpu_supports("sse4.1");
  case HEED_KERNELS_AVX2:
    *kernels = HEED_PATH(avx2);
    return __builtin_cpu_supports("avx2");
  default:
    return false;
  }
}

#elif defined(__aarch64__)

#if defined(__linux__)
#include <sys/auxv.h>

static bool has_dot_product(void) {
  /* HWCAP_ASIMDDP of the kernel's ABI; spelt out because older headers lack it. */
  return getauxval(AT_HWCAP) >> 20 & 1;
}
#else
static bool has_dot_product(void) { return false; }
#endif

bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels) {
  switch (path) {
  case HEED_KERNELS_PORTABLE:
    *kernels = HEED_PATH(portable);
    return true;
  case HEED_KERNELS_NEON:
    *kernels = HEED_PATH(neon);
    return true;
  case HEED_KERNELS_NEON_DOT_PRODUCT:
    *kernels = HEED_PATH(neon_dot_product);
    return has_dot_product();
  default:
    return false;
  }
}

#elif defined(__ARM_NEON)

bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels) {
  switch (path) {
  case HEED_KERNELS_PORTABLE:
    *kernels = HEED_PATH(portable);
    return true;
  case HEED_KERNELS_NEON:
    *kernels = HEED_PATH(neon);
    return true;
  default:
    return false;
  }
}

#else

bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels) {
  *kernels = HEED_PATH(portable);
  return path == HEED_KERNELS_PORTABLE;
}

#endif
