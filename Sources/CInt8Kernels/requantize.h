#pragma once
#include <stdint.h>

/*
 * Rounds (accumulator * multiplier + addend) / 2^30 to the nearest, halves up, and clamps.
 * |accumulator| < 2^30 and multiplier < 2^31 keep the sum inside +-2^62.
 */
static inline int8_t heed_requantize(int32_t accumulator, int32_t multiplier_q30, int64_t addend, int32_t lower_bound) {
  int64_t value = ((int64_t)accumulator * multiplier_q30 + addend + (INT64_C(1) << 29)) >> 30;
  return (int8_t)(value < lower_bound ? lower_bound : value > 127 ? 127 : value);
}

static inline int64_t heed_residual(const int8_t *residual, int32_t index, int32_t multiplier_q30) {
  return residual ? (int64_t)residual[index] * multiplier_q30 : 0;
}
