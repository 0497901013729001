/*
 * The dense layer on 256-bit vectors. A path's file includes it after defining, for its instructions,
 *
 *   operand                       32 inputs, prepared for products with the weights of any row
 *   operand prepare(__m256i x)
 *   __m256i add_products(__m256i sums, __m256i w, operand x)     adds the products of 32 weights and inputs to 8 sums,
 *                                                                minus a term that depends only on the inputs
 *   int32_t input_offset(const int8_t *input, int32_t depth, __m256i input_end)     that term, added once for all rows
 *
 * If the depth is not a multiple of 32, the last step uses the last 32 weights of the row. The inputs that were already
 * added are zero in it. Nothing beyond the row is read.
 */
#pragma once
#include "vectors_256.h"

enum { ROWS = 8, BLOCK = 64 };

COOEE_INLINE int32_t row_sum(const int8_t *row, const int8_t *input, int32_t depth, __m256i input_end) {
  __m256i sums = _mm256_setzero_si256();
  for (int32_t i = 0; i + 32 <= depth; i += 32) sums = add_products(sums, load(row + i), prepare(load(input + i)));
  if (depth & 31)
    sums = add_products(
      sums, depth < 32 ? load_end(row + depth, depth) : load(row + depth - 32), prepare(input_end));
  return add_across(sums);
}

/* Eight rows at a time, depth at least 32. */
COOEE_INLINE __m256i tile_sums(const int8_t *rows, const int8_t *input, ptrdiff_t depth, __m256i input_end) {
  __m256i sums[ROWS];
  for (int r = 0; r < ROWS; r++) sums[r] = _mm256_setzero_si256();
  const int8_t *first = rows, *fifth = rows + 4 * depth, *ahead = rows + COOEE_BYTES_AHEAD;
  for (ptrdiff_t vectors = depth >> 5; vectors > 0; vectors--) {
    /* The weights are read in order once per frame, from the L2 cache or beyond: prefetch them. */
    for (int line = 0; line < ROWS * 32; line += 64) _mm_prefetch((const char *)ahead + line, _MM_HINT_T0);
    const operand x = prepare(load(input));
    for (int r = 0; r < 4; r++) {
      sums[r] = add_products(sums[r], load(first + r * depth), x);
      sums[r + 4] = add_products(sums[r + 4], load(fifth + r * depth), x);
    }
    first += 32;
    fifth += 32;
    input += 32;
    ahead += ROWS * 32;
  }
  if (depth & 31) {
    const operand x = prepare(input_end);
    for (int r = 0; r < ROWS; r++) sums[r] = add_products(sums[r], load(rows + (r + 1) * depth - 32), x);
  }
  return add_across_8(sums);
}

COOEE_INLINE void dense(const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, outputs = layer->outputs, rest = depth & 31;
  const __m256i input_end = rest ? load_end(input + depth, rest) : _mm256_setzero_si256();
  const int32_t offset = input_offset(input, depth, input_end);
  if (outputs < ROWS || depth < 32) {
    for (int32_t o = 0; o < outputs; o++)
      output[o] = cooee_requantize(
        row_sum(layer->weights + (ptrdiff_t)o * depth, input, depth, input_end) + offset + layer->biases[o],
        layer->multipliers_q30[o], cooee_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
    return;
  }
  /* First the sums of a block, then their requantization: a tenth faster than tile by tile. */
  int32_t sums[BLOCK];
  for (int32_t block = 0; block < outputs; block += BLOCK) {
    /* The last tile overlaps outputs that are already computed and computes them again. */
    const int32_t start = block + ROWS <= outputs ? block : outputs - ROWS;
    const int32_t end = start + BLOCK < outputs ? start + BLOCK : outputs;
    for (int32_t next = start; next < end; next += ROWS) {
      const int32_t o = next + ROWS <= end ? next : end - ROWS;
      _mm256_storeu_si256(
        (__m256i *)(sums + (o - start)), tile_sums(layer->weights + (ptrdiff_t)o * depth, input, depth, input_end));
    }
    for (int32_t next = start; next < end; next += ROWS) {
      const int32_t o = next + ROWS <= end ? next : end - ROWS;
      const __m256i total = _mm256_loadu_si256((const __m256i *)(sums + (o - start)));
      requantize_8(layer, o, _mm256_add_epi32(total, _mm256_set1_epi32(offset)), residual, output);
    }
  }
}
