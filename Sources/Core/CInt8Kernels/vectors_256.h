/*
 * Shared code of the paths with 256-bit vectors. A path's file includes it after COOEE_TARGET, which names the
 * instructions of the path, and before dense_256.h.
 */
#pragma once
#include <immintrin.h>

#include "paths.h"
#include "requantize.h"

#define COOEE_INLINE __attribute__((target(COOEE_TARGET), always_inline)) static inline

COOEE_INLINE __m256i load(const int8_t *bytes) { return _mm256_loadu_si256((const __m256i *)bytes); }

/* Zeros, then the `count` bytes (1...32) before `end`: for data shorter than a vector. */
COOEE_INLINE __m256i load_end(const int8_t *end, int32_t count) {
  int8_t bytes[32] = {0};
  __builtin_memcpy(bytes + 32 - count, end - count, (size_t)count);
  return load(bytes);
}

COOEE_INLINE int32_t add_across(__m256i sums) {
  __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  four = _mm_hadd_epi32(four, four);
  return _mm_cvtsi128_si32(_mm_hadd_epi32(four, four));
}

/* The sums of the eight lanes of each of eight vectors. */
COOEE_INLINE __m256i add_across_8(const __m256i *v) {
  __m256i halves[4];
  for (int r = 0; r < 4; r++)
    halves[r] = _mm256_add_epi32(
      _mm256_blend_epi32(v[r], v[r + 4], 0xF0), _mm256_permute2x128_si256(v[r], v[r + 4], 0x21));
  return _mm256_hadd_epi32(_mm256_hadd_epi32(halves[0], halves[1]), _mm256_hadd_epi32(halves[2], halves[3]));
}

/*
 * Adds biases and residual to the sums of outputs o...o+7, requantizes and stores.
 *
 * AVX2 has no arithmetic shift of 64-bit lanes and no 64-bit minimum. Only the high halves of the 64-bit values are
 * clamped, to -33...32. After the shift, the results are exact if they fit 8 bits; otherwise they are outside 8 bits
 * with the correct sign, and the saturating narrowing completes the clamp.
 */
COOEE_INLINE void requantize_8(
  const cooee_int8_layer *layer, int32_t o, __m256i sums, const int8_t *residual, int8_t *output) {
  const __m256i accumulators = _mm256_add_epi32(sums, _mm256_loadu_si256((const __m256i *)(layer->biases + o)));
  const __m256i multipliers = _mm256_loadu_si256((const __m256i *)(layer->multipliers_q30 + o));
  const __m256i half = _mm256_set1_epi64x(INT64_C(1) << 29);
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(accumulators, multipliers), half);
  __m256i odd = _mm256_add_epi64(
    _mm256_mul_epi32(_mm256_srli_epi64(accumulators, 32), _mm256_srli_epi64(multipliers, 32)), half);
  if (residual) {
    const __m256i r = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(residual + o)));
    const __m256i multiplier = _mm256_set1_epi32(layer->residual_multiplier_q30);
    even = _mm256_add_epi64(even, _mm256_mul_epi32(r, multiplier));
    odd = _mm256_add_epi64(odd, _mm256_mul_epi32(_mm256_srli_epi64(r, 32), multiplier));
  }
  __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  const __m256i low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  high = _mm256_max_epi32(_mm256_min_epi32(high, _mm256_set1_epi32(32)), _mm256_set1_epi32(-33));
  const __m256i shifted = _mm256_or_si256(_mm256_slli_epi32(high, 2), _mm256_srli_epi32(low, 30));
  const __m256i words = _mm256_packs_epi32(shifted, shifted);
  const __m256i bytes = _mm256_packs_epi16(words, words);
  const __m128i ordered = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  _mm_storel_epi64((__m128i *)(output + o), _mm_max_epi8(ordered, _mm_set1_epi8((char)layer->lower_bound)));
}
