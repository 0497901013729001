#if defined(__ARM_NEON)
#include <arm_neon.h>

#include "paths.h"
#include "requantize.h"

static inline int32_t add_across(int32x4_t v) {
#if defined(__aarch64__)
  return vaddvq_s32(v);
#else
  int32x2_t pair = vadd_s32(vget_low_s32(v), vget_high_s32(v));
  return vget_lane_s32(vpadd_s32(pair, pair), 0);
#endif
}

void heed_dense_neon(const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, whole = depth & ~15;
  int32_t o = 0;
  for (; o + 4 <= layer->outputs; o += 4) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (int32_t i = 0; i < whole; i += 16) {
      const int8x16_t x = vld1q_s8(input + i);
      for (int r = 0; r < 4; r++) {
        const int8x16_t w = vld1q_s8(row + (ptrdiff_t)r * depth + i);
        /* 2 * 127 * 128 = 32512: the sum of two products still fits int16. */
        const int16x8_t products =
          vmlal_s8(vmull_s8(vget_low_s8(w), vget_low_s8(x)), vget_high_s8(w), vget_high_s8(x));
        sums[r] = vpadalq_s16(sums[r], products);
      }
    }
    for (int r = 0; r < 4; r++) {
      int32_t total = add_across(sums[r]) + layer->biases[o + r];
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

void heed_depthwise_neon(const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  int32_t c = 0;
  for (; c + 8 <= channels; c += 8) {
    int32x4_t low = vld1q_s32(layer->biases + c), high = vld1q_s32(layer->biases + c + 4);
    for (int32_t k = 0; k < taps; k++) {
      const int16x8_t products =
        vmull_s8(vld1_s8(layer->weights + (ptrdiff_t)k * channels + c), vld1_s8(input + k * tap_stride + c));
      low = vaddw_s16(low, vget_low_s16(products));
      high = vaddw_s16(high, vget_high_s16(products));
    }
    int32_t totals[8];
    vst1q_s32(totals, low);
    vst1q_s32(totals + 4, high);
    for (int32_t o = 0; o < 8; o++)
      output[c + o] = heed_requantize(totals[o], layer->multipliers_q30[c + o], 0, layer->lower_bound);
  }
  for (; c < channels; c++) {
    int32_t sum = layer->biases[c];
    for (int32_t k = 0; k < taps; k++) sum += layer->weights[(ptrdiff_t)k * channels + c] * input[k * tap_stride + c];
    output[c] = heed_requantize(sum, layer->multipliers_q30[c], 0, layer->lower_bound);
  }
}
#endif
