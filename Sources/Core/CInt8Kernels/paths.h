#pragma once
#include "CInt8Kernels.h"

#define COOEE_DECLARE_PATH(name)                                                                                    \
  void cooee_dense_##name(                                                                                          \
    const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);                    \
  void cooee_depthwise_##name(                                                                                      \
    const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output);                      \
  int64_t cooee_peak_##name(int64_t rounds) /* not defined for the portable path */

COOEE_DECLARE_PATH(portable);
COOEE_DECLARE_PATH(sse41);
COOEE_DECLARE_PATH(avx2);
COOEE_DECLARE_PATH(avx_vnni);
COOEE_DECLARE_PATH(avx512_vnni);
COOEE_DECLARE_PATH(neon);
COOEE_DECLARE_PATH(neon_dot_product);

/* Makes a register's value unknown to the compiler, so a measured loop keeps its instructions. */
#define COOEE_UNKNOWN(register_class, value) __asm__ volatile("" : "+" register_class(value))

/*
 * NEON is always available on AArch64. On ARMv7-A, its file is compiled for NEON regardless of the build's baseline,
 * and the processor is checked at run time. Older and smaller ARM processors do not have it. A tile is as many rows as
 * fit in registers.
 */
#if defined(__aarch64__)
#define COOEE_HAS_NEON 1
#define COOEE_NEON
#define COOEE_NEON_TILE 8
#elif defined(__arm__) && __ARM_ARCH >= 7 && __ARM_ARCH_PROFILE == 'A' && defined(__ARM_FP)
#define COOEE_HAS_NEON 1
#define COOEE_NEON __attribute__((target("neon,vfp3,vfp3sp,d32")))
#define COOEE_NEON_TILE 4
#else
#define COOEE_HAS_NEON 0
#endif
