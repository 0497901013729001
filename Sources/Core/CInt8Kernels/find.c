#include "paths.h"

/* The paths of each processor family, and the check that this processor has them. */

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#define HEED_PATHS(path)                                                                                           \
  path(SSE41, sse41) path(AVX2, avx2) path(AVX_VNNI, avx_vnni) path(AVX512_VNNI, avx512_vnni)

static bool has(heed_kernel_path path) {
  unsigned a, b, c, d;
  __builtin_cpu_init();
  switch (path) {
  case HEED_KERNELS_SSE41:
    return __builtin_cpu_supports("sse4.1");
  case HEED_KERNELS_AVX2:
    return __builtin_cpu_supports("avx2"); /* also checks XGETBV: the system saves the upper halves */
  case HEED_KERNELS_AVX_VNNI:
    /* Leaf 7, sub-leaf 1, EAX bit 4. */
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && a >= 1
      && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
  case HEED_KERNELS_AVX512_VNNI:
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
  default:
    return false;
  }
}

#elif HEED_HAS_NEON && defined(__linux__)
#include <sys/auxv.h>

/* Bits of the kernel ABI as numbers, because older headers lack their names. */
#if defined(__aarch64__)
#define HEED_PATHS(path) path(NEON, neon) path(NEON_DOT_PRODUCT, neon_dot_product)

static bool has(heed_kernel_path path) {
  return path == HEED_KERNELS_NEON || (path == HEED_KERNELS_NEON_DOT_PRODUCT && (getauxval(AT_HWCAP) >> 20 & 1));
}
#else
#define HEED_PATHS(path) path(NEON, neon)

static bool has(heed_kernel_path path) { return path == HEED_KERNELS_NEON && (getauxval(AT_HWCAP) >> 12 & 1); }
#endif

#elif HEED_HAS_NEON && defined(__ARM_NEON)

#define HEED_PATHS(path) path(NEON, neon)

static bool has(heed_kernel_path path) { return path == HEED_KERNELS_NEON; }

#else

#define HEED_PATHS(path)

static bool has(heed_kernel_path path) {
  (void)path;
  return false;
}

#endif

bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels) {
  *kernels = (heed_kernels) {heed_dense_portable, heed_depthwise_portable};
  if (path == HEED_KERNELS_PORTABLE) return true;
  if (!has(path)) return false;
  switch (path) {
#define HEED_FOUND(constant, name)                                                                                 \
  case HEED_KERNELS_##constant:                                                                                    \
    *kernels = (heed_kernels) {heed_dense_##name, heed_depthwise_##name};                                          \
    return true;
    HEED_PATHS(HEED_FOUND)
#undef HEED_FOUND
  default:
    return false;
  }
}

heed_peak_function heed_find_peak(heed_kernel_path path) {
  if (!has(path)) return NULL;
  switch (path) {
#define HEED_FOUND(constant, name)                                                                                 \
  case HEED_KERNELS_##constant:                                                                                    \
    return heed_peak_##name;
    HEED_PATHS(HEED_FOUND)
#undef HEED_FOUND
  default:
    return NULL;
  }
}
