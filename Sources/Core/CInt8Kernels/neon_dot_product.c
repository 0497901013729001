#if defined(__aarch64__)
#include <arm_neon.h>

#include "paths.h"

#define DOT_PRODUCT __attribute__((target("arch=armv8.2-a+dotprod")))
#define COOEE_INLINE DOT_PRODUCT __attribute__((always_inline)) static inline

COOEE_INLINE int32x4_t add_products(int32x4_t sums, int8x16_t w, int8x16_t x) { return vdotq_s32(sums, w, x); }

#include "dense_neon.h"

DOT_PRODUCT void cooee_dense_neon_dot_product(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  dense(layer, input, residual, output);
}

/* Depthwise channels are not summed across lanes, so the plain NEON kernel is the fastest. */
void cooee_depthwise_neon_dot_product(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  cooee_depthwise_neon(layer, input, tap_stride, output);
}

/* 16 independent chains of sdot, each 16 products per round. */
DOT_PRODUCT int64_t cooee_peak_neon_dot_product(int64_t rounds) {
  int32x4_t sums[16];
  int8x16_t x = vdupq_n_s8(1), w = x;
  for (int r = 0; r < 16; r++) sums[r] = vdupq_n_s32(0);
  COOEE_UNKNOWN("w", x);
  for (int64_t i = 0; i < rounds; i++)
    for (int r = 0; r < 16; r++) {
      COOEE_UNKNOWN("w", w);
      sums[r] = add_products(sums[r], w, x);
    }
  for (int r = 0; r < 16; r++) COOEE_UNKNOWN("w", sums[r]);
  return rounds * 16 * 16;
}
#endif
