/*
 * The dense layer on NEON vectors. A path's file includes it after defining COOEE_INLINE, which names the instructions
 * of the path, and
 *
 *   int32x4_t add_products(int32x4_t sums, int8x16_t w, int8x16_t x)     adds the products of 16 weights and inputs to
 *                                                                        4 sums
 *
 * If the depth is not a multiple of 16, the last step uses the last 16 weights of the row. The inputs that were already
 * added are zero in it. Nothing beyond the row is read.
 */
#pragma once
#include "paths.h"
#include "requantize.h"

enum { ROWS = 8 };

/* Zeros, then the `count` bytes (1...16) before `end`: for data shorter than a vector. */
COOEE_INLINE int8x16_t load_end(const int8_t *end, int32_t count) {
  int8_t bytes[16] = {0};
  __builtin_memcpy(bytes + 16 - count, end - count, (size_t)count);
  return vld1q_s8(bytes);
}

COOEE_INLINE int32x2_t add_halves(int32x4_t v) { return vadd_s32(vget_low_s32(v), vget_high_s32(v)); }

/* The sums of the four lanes of each of four vectors. */
COOEE_INLINE int32x4_t add_across_4(const int32x4_t *v) {
  return vcombine_s32(
    vpadd_s32(add_halves(v[0]), add_halves(v[1])), vpadd_s32(add_halves(v[2]), add_halves(v[3])));
}

/* Four outputs. The narrowing shift rounds halves up and saturates. */
COOEE_INLINE int16x4_t requantize_4(const cooee_int8_layer *layer, int32_t o, int32x4_t sums, int16x4_t residual) {
  const int32x4_t accumulators = vaddq_s32(sums, vld1q_s32(layer->biases + o));
  const int32x4_t multipliers = vld1q_s32(layer->multipliers_q30 + o);
  const int32x4_t r = vmovl_s16(residual);
  const int32x2_t multiplier = vdup_n_s32(layer->residual_multiplier_q30);
  int64x2_t low = vmull_s32(vget_low_s32(accumulators), vget_low_s32(multipliers));
  int64x2_t high = vmull_s32(vget_high_s32(accumulators), vget_high_s32(multipliers));
  low = vmlal_s32(low, vget_low_s32(r), multiplier);
  high = vmlal_s32(high, vget_high_s32(r), multiplier);
  return vqmovn_s32(vcombine_s32(vqrshrn_n_s64(low, 30), vqrshrn_n_s64(high, 30)));
}

/* Adds biases and residual to the sums of outputs o...o+7, requantizes and stores. */
COOEE_INLINE void requantize_8(
  const cooee_int8_layer *layer, int32_t o, int32x4_t first, int32x4_t second, const int8_t *residual, int8_t *output) {
  const int16x8_t r = residual ? vmovl_s8(vld1_s8(residual + o)) : vdupq_n_s16(0);
  const int16x8_t words = vcombine_s16(
    requantize_4(layer, o, first, vget_low_s16(r)), requantize_4(layer, o + 4, second, vget_high_s16(r)));
  vst1_s8(output + o, vmax_s8(vqmovn_s16(words), vdup_n_s8((int8_t)layer->lower_bound)));
}

COOEE_INLINE int32_t row_sum(const int8_t *row, const int8_t *input, int32_t depth, int8x16_t input_end) {
  int32x4_t sums = vdupq_n_s32(0);
  for (int32_t i = 0; i + 16 <= depth; i += 16) sums = add_products(sums, vld1q_s8(row + i), vld1q_s8(input + i));
  if (depth & 15)
    sums = add_products(sums, depth < 16 ? load_end(row + depth, depth) : vld1q_s8(row + depth - 16), input_end);
  const int32x2_t pair = add_halves(sums);
  return vget_lane_s32(vpadd_s32(pair, pair), 0);
}

/* The sums of COOEE_NEON_TILE rows, depth at least 16. */
COOEE_INLINE void add_tile(
  const int8_t *rows, const int8_t *input, ptrdiff_t depth, int8x16_t input_end, int32x4_t *sums) {
  const int8_t *row[COOEE_NEON_TILE];
#pragma clang loop unroll(full)
  for (int r = 0; r < COOEE_NEON_TILE; r++) {
    row[r] = rows + r * depth;
    COOEE_UNKNOWN("r", row[r]); /* one pointer per row instead of one addition per load */
    sums[r] = vdupq_n_s32(0);
  }
  for (ptrdiff_t i = 0; i + 16 <= depth; i += 16) {
    const int8x16_t x = vld1q_s8(input + i);
#pragma clang loop unroll(full)
    for (int r = 0; r < COOEE_NEON_TILE; r++) sums[r] = add_products(sums[r], vld1q_s8(row[r] + i), x);
  }
  if (depth & 15) {
#pragma clang loop unroll(full)
    for (int r = 0; r < COOEE_NEON_TILE; r++)
      sums[r] = add_products(sums[r], vld1q_s8(row[r] + depth - 16), input_end);
  }
}

COOEE_INLINE void dense(const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const ptrdiff_t depth = layer->depth;
  const int32_t outputs = layer->outputs, rest = layer->depth & 15;
  const int8x16_t input_end = rest ? load_end(input + depth, rest) : vdupq_n_s8(0);
  if (outputs < ROWS || depth < 16) {
    for (int32_t o = 0; o < outputs; o++)
      output[o] = cooee_requantize(
        row_sum(layer->weights + o * depth, input, layer->depth, input_end) + layer->biases[o],
        layer->multipliers_q30[o], cooee_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
    return;
  }
  for (int32_t next = 0; next < outputs; next += ROWS) {
    /* The last rows overlap outputs that are already computed and compute them again. */
    const int32_t o = next + ROWS <= outputs ? next : outputs - ROWS;
    int32x4_t sums[ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r += COOEE_NEON_TILE)
      add_tile(layer->weights + (o + r) * depth, input, depth, input_end, sums + r);
    requantize_8(layer, o, add_across_4(sums), add_across_4(sums + 4), residual, output);
  }
}
