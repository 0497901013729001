#if defined(__aarch64__)
#include <arm_neon.h>

#include "paths.h"
#include "requantize.h"

#define DOT_PRODUCT __attribute__((target("arch=armv8.2-a+dotprod")))

DOT_PRODUCT void heed_dense_neon_dot_product(
  const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, whole = depth & ~15;
  int32_t o = 0;
  for (; o + 4 <= layer->outputs; o += 4) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (int32_t i = 0; i < whole; i += 16) {
      const int8x16_t x = vld1q_s8(input + i);
      for (int r = 0; r < 4; r++) sums[r] = vdotq_s32(sums[r], vld1q_s8(row + (ptrdiff_t)r * depth + i), x);
    }
    for (int r = 0; r < 4; r++) {
      int32_t total = vaddvq_s32(sums[r]) + layer->biases[o + r];
      for (int32_t i = whole; i < depth; i++) total += row[(ptrdiff_t)r * depth + i] * input[i];
      output[o + r] = heed_requantize(
        total, layer->multipliers_q30[o + r], heed_residual(residual, o + r, layer->residual_multiplier_q30),
        layer->lower_bound);
    }
  }
  for (; o < layer->outputs; o++) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    int32_t sum = layer->biases[o];
    for (int32_t i = 0; i < depth; i++) sum += row[i] * input[i];
    output[o] = heed_requantize(
      sum, layer->multipliers_q30[o], heed_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
  }
}

/* A depthwise channel has nothing to add up across lanes: the plain NEON kernel is the best there is. */
void heed_depthwise_neon_dot_product(
  const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  heed_depthwise_neon(layer, input, tap_stride, output);
}
#endif
