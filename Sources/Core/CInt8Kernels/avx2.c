#if defined(__x86_64__) || defined(__i386__)
#define COOEE_TARGET "avx2"
#define COOEE_BYTES_AHEAD 2048
#include "vectors_256.h"

/*
 * vpmaddubsw requires one unsigned operand, which is the magnitude of the input. The weight must then take the sign of
 * the input. w ^ -1 is -w - 1, so for x < 0 the product is |x| too small, for any weight. The missing sum, that of |x|
 * over the negative inputs, is the same for every row. Two products are at most 2 * 127 * 128 = 32512, so nothing
 * saturates, not even for the weight -128, which has no negation in int8.
 */
typedef struct operand {
  __m256i magnitudes;
  __m256i signs; /* -1 if negative, else 0 */
} operand;

COOEE_INLINE operand prepare(__m256i x) {
  return (operand) {_mm256_abs_epi8(x), _mm256_cmpgt_epi8(_mm256_setzero_si256(), x)};
}

COOEE_INLINE __m256i add_pairs(__m256i sums, __m256i magnitudes, __m256i factors) {
  const __m256i pairs = _mm256_maddubs_epi16(magnitudes, factors);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

COOEE_INLINE __m256i add_products(__m256i sums, __m256i w, operand x) {
  return add_pairs(sums, x.magnitudes, _mm256_xor_si256(w, x.signs));
}

COOEE_INLINE int32_t input_offset(const int8_t *input, int32_t depth, __m256i input_end) {
  operand x = prepare(input_end);
  __m256i sums = add_pairs(_mm256_setzero_si256(), x.magnitudes, x.signs);
  for (int32_t i = 0; i + 32 <= depth; i += 32) {
    x = prepare(load(input + i));
    sums = add_pairs(sums, x.magnitudes, x.signs);
  }
  return -add_across(sums);
}

#include "dense_256.h"

#define AVX2 __attribute__((target(COOEE_TARGET)))

AVX2 void cooee_dense_avx2(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  dense(layer, input, residual, output);
}

AVX2 static inline __m256i widen(const int8_t *bytes) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)bytes));
}

AVX2 void cooee_depthwise_avx2(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  int32_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    const int8_t *x = input + c, *w = layer->weights + c;
    /* Two taps of a channel are adjacent for one multiply-add; unpacking orders channels 0-3 8-11 | 4-7 12-15. */
    __m256i first = _mm256_setzero_si256(), second = first;
    for (int32_t k = 0; k < taps; k += 2) {
      const __m256i x0 = widen(x + k * tap_stride), w0 = widen(w + (ptrdiff_t)k * channels);
      __m256i x1 = _mm256_setzero_si256(), w1 = x1;
      if (k + 1 < taps) {
        x1 = widen(x + (k + 1) * tap_stride);
        w1 = widen(w + (ptrdiff_t)(k + 1) * channels);
      }
      first = _mm256_add_epi32(
        first, _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), _mm256_unpacklo_epi16(w0, w1)));
      second = _mm256_add_epi32(
        second, _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), _mm256_unpackhi_epi16(w0, w1)));
    }
    requantize_8(layer, c, _mm256_permute2x128_si256(first, second, 0x20), NULL, output);
    requantize_8(layer, c + 8, _mm256_permute2x128_si256(first, second, 0x31), NULL, output);
  }
  cooee_depthwise_rest(layer, input, tap_stride, output, c);
}

/* 8 independent chains of vpmaddubsw, vpmaddwd, vpaddd, each 32 products per round. */
AVX2 int64_t cooee_peak_avx2(int64_t rounds) {
  __m256i sums[8], x = _mm256_set1_epi8(1), w = x;
  for (int r = 0; r < 8; r++) sums[r] = x;
  COOEE_UNKNOWN("x", x);
  for (int64_t i = 0; i < rounds; i++)
    for (int r = 0; r < 8; r++) {
      COOEE_UNKNOWN("x", w);
      sums[r] = add_pairs(sums[r], x, w);
    }
  for (int r = 0; r < 8; r++) COOEE_UNKNOWN("x", sums[r]);
  return rounds * 8 * 32;
}
#endif
