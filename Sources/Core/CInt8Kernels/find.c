#include "paths.h"

/* The paths of each processor family, and the check that this processor has them. */

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#define COOEE_PATHS(path)                                                                                           \
  path(SSE41, sse41) path(AVX2, avx2) path(AVX_VNNI, avx_vnni) path(AVX512_VNNI, avx512_vnni)

static bool has(cooee_kernel_path path) {
  unsigned a, b, c, d;
  __builtin_cpu_init();
  switch (path) {
  case COOEE_KERNELS_SSE41:
    return __builtin_cpu_supports("sse4.1");
  case COOEE_KERNELS_AVX2:
    return __builtin_cpu_supports("avx2"); /* also checks XGETBV: the system saves the upper halves */
  case COOEE_KERNELS_AVX_VNNI:
    /* Leaf 7, sub-leaf 1, EAX bit 4. */
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && a >= 1
      && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
  case COOEE_KERNELS_AVX512_VNNI:
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
  default:
    return false;
  }
}

#elif COOEE_HAS_NEON && defined(__linux__)
#include <sys/auxv.h>

/* Bits of the kernel ABI as numbers, because older headers lack their names. */
#if defined(__aarch64__)
#define COOEE_PATHS(path) path(NEON, neon) path(NEON_DOT_PRODUCT, neon_dot_product)

static bool has(cooee_kernel_path path) {
  return path == COOEE_KERNELS_NEON || (path == COOEE_KERNELS_NEON_DOT_PRODUCT && (getauxval(AT_HWCAP) >> 20 & 1));
}
#else
#define COOEE_PATHS(path) path(NEON, neon)

static bool has(cooee_kernel_path path) { return path == COOEE_KERNELS_NEON && (getauxval(AT_HWCAP) >> 12 & 1); }
#endif

#elif COOEE_HAS_NEON && defined(__ARM_NEON)

#define COOEE_PATHS(path) path(NEON, neon)

static bool has(cooee_kernel_path path) { return path == COOEE_KERNELS_NEON; }

#else

#define COOEE_PATHS(path)

static bool has(cooee_kernel_path path) {
  (void)path;
  return false;
}

#endif

bool cooee_find_kernels(cooee_kernel_path path, cooee_kernels *kernels) {
  *kernels = (cooee_kernels) {cooee_dense_portable, cooee_depthwise_portable};
  if (path == COOEE_KERNELS_PORTABLE) return true;
  if (!has(path)) return false;
  switch (path) {
#define COOEE_FOUND(constant, name)                                                                                 \
  case COOEE_KERNELS_##constant:                                                                                    \
    *kernels = (cooee_kernels) {cooee_dense_##name, cooee_depthwise_##name};                                          \
    return true;
    COOEE_PATHS(COOEE_FOUND)
#undef COOEE_FOUND
  default:
    return false;
  }
}

cooee_peak_function cooee_find_peak(cooee_kernel_path path) {
  if (!has(path)) return NULL;
  switch (path) {
#define COOEE_FOUND(constant, name)                                                                                 \
  case COOEE_KERNELS_##constant:                                                                                    \
    return cooee_peak_##name;
    COOEE_PATHS(COOEE_FOUND)
#undef COOEE_FOUND
  default:
    return NULL;
  }
}
