#pragma once
#include "CInt8Kernels.h"

#define HEED_DECLARE_PATH(name)                                                                                    \
  void heed_dense_##name(                                                                                          \
    const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);                    \
  void heed_depthwise_##name(                                                                                      \
    const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output);                      \
  int64_t heed_peak_##name(int64_t rounds) /* not of the portable path */

HEED_DECLARE_PATH(portable);
HEED_DECLARE_PATH(sse41);
HEED_DECLARE_PATH(avx2);
HEED_DECLARE_PATH(avx_vnni);
HEED_DECLARE_PATH(avx512_vnni);
HEED_DECLARE_PATH(neon);
HEED_DECLARE_PATH(neon_dot_product);

/* Makes the compiler take a register's value for unknown, so that a measured loop keeps its instructions. */
#define HEED_UNKNOWN(register_class, value) __asm__ volatile("" : "+" register_class(value))

/*
 * NEON: always there on AArch64; on ARMv7-A its file is compiled for it whatever the build's baseline is, and the processor
 * is asked at run time. Older and smaller ARM has none. A tile is as many rows as the registers hold.
 */
#if defined(__aarch64__)
#define HEED_HAS_NEON 1
#define HEED_NEON
#define HEED_NEON_TILE 8
#elif defined(__arm__) && __ARM_ARCH >= 7 && __ARM_ARCH_PROFILE == 'A' && defined(__ARM_FP)
#define HEED_HAS_NEON 1
#define HEED_NEON __attribute__((target("neon,vfp3,vfp3sp,d32")))
#define HEED_NEON_TILE 4
#else
#define HEED_HAS_NEON 0
#endif
