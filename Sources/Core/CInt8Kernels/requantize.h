#pragma once
#include "CInt8Kernels.h"

/*
 * Rounds (accumulator * multiplier + addend) / 2^30 to nearest, halves up, and clamps.
 * |accumulator| < 2^30 and multiplier < 2^31 keep the sum within +-2^62.
 */
static inline int8_t cooee_requantize(int32_t accumulator, int32_t multiplier_q30, int64_t addend, int32_t lower_bound) {
  int64_t value = ((int64_t)accumulator * multiplier_q30 + addend + (INT64_C(1) << 29)) >> 30;
  return (int8_t)(value < lower_bound ? lower_bound : value > 127 ? 127 : value);
}

/* The depthwise channels from c, fewer than a vector, one product at a time. */
static inline void cooee_depthwise_rest(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output, int32_t c) {
  const int32_t channels = layer->outputs;
  for (; c < channels; c++) {
    int32_t sum = layer->biases[c];
    for (int32_t k = 0; k < layer->depth; k++)
      sum += layer->weights[(ptrdiff_t)k * channels + c] * input[k * tap_stride + c];
    output[c] = cooee_requantize(sum, layer->multipliers_q30[c], 0, layer->lower_bound);
  }
}

static inline int64_t cooee_residual(const int8_t *residual, int32_t index, int32_t multiplier_q30) {
  return residual ? (int64_t)residual[index] * multiplier_q30 : 0;
}
