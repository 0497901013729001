/*
 * The dense layer with vpdpbusd on 256-bit vectors, and its peak loop. A path's file includes it after defining
 * COOEE_TARGET, COOEE_BYTES_AHEAD, and COOEE_DPBUSD, the intrinsic for its encoding.
 */
#pragma once
#include "vectors_256.h"

/*
 * vpdpbusd requires one unsigned operand, which is the weight plus 128, or w ^ 0x80. This adds 128 times the sum of the
 * inputs, the same to every row. Four products at a time are added to 32 bits without saturation, and a sum stays
 * within 255 * 127 * 2^15 < 2^31, so it is exact for every weight.
 */
typedef __m256i operand;

COOEE_INLINE operand prepare(__m256i x) { return x; }

COOEE_INLINE __m256i add_products(__m256i sums, __m256i w, operand x) {
  return COOEE_DPBUSD(sums, _mm256_xor_si256(w, _mm256_set1_epi8(-128)), x);
}

COOEE_INLINE int32_t input_offset(const int8_t *input, int32_t depth, __m256i input_end) {
  const __m256i factors = _mm256_set1_epi8(-128); /* 128, unsigned */
  __m256i sums = COOEE_DPBUSD(_mm256_setzero_si256(), factors, input_end);
  for (int32_t i = 0; i + 32 <= depth; i += 32)
    sums = COOEE_DPBUSD(sums, factors, load(input + i));
  return -add_across(sums);
}

#include "dense_256.h"

/* 12 independent chains of vpdpbusd, each 32 products per round. */
COOEE_INLINE int64_t peak(int64_t rounds) {
  __m256i sums[12], x = _mm256_set1_epi8(1), w = x;
  for (int r = 0; r < 12; r++) sums[r] = x;
  COOEE_UNKNOWN("x", x);
  for (int64_t i = 0; i < rounds; i++)
    for (int r = 0; r < 12; r++) {
      COOEE_UNKNOWN("x", w);
      sums[r] = COOEE_DPBUSD(sums[r], x, w);
    }
  for (int r = 0; r < 12; r++) COOEE_UNKNOWN("x", sums[r]);
  return rounds * 12 * 32;
}
