#include "paths.h"

#if COOEE_HAS_NEON
#include <arm_neon.h>

#define COOEE_INLINE COOEE_NEON __attribute__((always_inline)) static inline

/* The sum of two products is at most 2 * 127 * 128 = 32512, which fits int16. */
COOEE_INLINE int32x4_t add_products(int32x4_t sums, int8x16_t w, int8x16_t x) {
  const int16x8_t pairs = vmull_s8(vget_low_s8(w), vget_low_s8(x));
  return vpadalq_s16(sums, vmlal_s8(pairs, vget_high_s8(w), vget_high_s8(x)));
}

#include "dense_neon.h"

COOEE_NEON void cooee_dense_neon(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  dense(layer, input, residual, output);
}

COOEE_NEON void cooee_depthwise_neon(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  int32_t c = 0;
  for (; c + 8 <= channels; c += 8) {
    int32x4_t low = vdupq_n_s32(0), high = low;
    for (int32_t k = 0; k < taps; k++) {
      const int16x8_t products =
        vmull_s8(vld1_s8(layer->weights + (ptrdiff_t)k * channels + c), vld1_s8(input + k * tap_stride + c));
      low = vaddw_s16(low, vget_low_s16(products));
      high = vaddw_s16(high, vget_high_s16(products));
    }
    requantize_8(layer, c, low, high, NULL, output);
  }
  cooee_depthwise_rest(layer, input, tap_stride, output, c);
}

/* As many independent chains of smull, smlal, sadalp as fit in registers, each 16 products per round. */
enum { CHAINS = COOEE_NEON_TILE + 2 };

COOEE_NEON int64_t cooee_peak_neon(int64_t rounds) {
  int32x4_t sums[CHAINS];
  int16x8_t pairs[CHAINS];
  int8x16_t x = vdupq_n_s8(1), w = x;
  for (int r = 0; r < CHAINS; r++) sums[r] = vdupq_n_s32(0);
  COOEE_UNKNOWN("w", x);
  for (int64_t i = 0; i < rounds; i++) {
    /* Step by step, so an in-order processor does not wait for results. */
#pragma clang loop unroll(full)
    for (int r = 0; r < CHAINS; r++) {
      COOEE_UNKNOWN("w", w);
      pairs[r] = vmull_s8(vget_low_s8(w), vget_low_s8(x));
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < CHAINS; r++) {
      COOEE_UNKNOWN("w", w);
      pairs[r] = vmlal_s8(pairs[r], vget_high_s8(w), vget_high_s8(x));
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < CHAINS; r++) {
      sums[r] = vpadalq_s16(sums[r], pairs[r]);
      COOEE_UNKNOWN("w", sums[r]);
    }
  }
  return rounds * CHAINS * 16;
}
#endif
