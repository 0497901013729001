#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#include <string.h>

#include "paths.h"
#include "requantize.h"

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i widen(const int8_t *bytes) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)bytes));
}

/* Four outputs: 64-bit products, clamped before the shift, because AVX2 has no arithmetic shift of 64-bit lanes. */
AVX2 static inline int32_t requantize4(__m128i sums, __m128i multipliers, __m256i addend, __m256i lower) {
  const __m256i upper = _mm256_set1_epi64x((INT64_C(128) << 30) - 1);
  __m256i value = _mm256_mul_epi32(_mm256_cvtepi32_epi64(sums), _mm256_cvtepi32_epi64(multipliers));
  value = _mm256_add_epi64(value, addend);
  value = _mm256_blendv_epi8(value, lower, _mm256_cmpgt_epi64(lower, value));
  value = _mm256_blendv_epi8(value, upper, _mm256_cmpgt_epi64(value, upper));
  /* The result now fits 8 bits, so that the low byte of the logical shift is the low byte of the arithmetic one. */
  value = _mm256_srli_epi64(value, 30);
  const __m256i low_bytes = _mm256_setr_epi8(
    0, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, 0, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  value = _mm256_shuffle_epi8(value, low_bytes);
  return _mm_cvtsi128_si32(_mm_or_si128(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1)));
}

AVX2 static inline __m256i lower_limit(const heed_int8_layer *layer) {
  return _mm256_set1_epi64x((int64_t)layer->lower_bound * (INT64_C(1) << 30));
}

AVX2 static inline void store4(int8_t *output, int32_t bytes) { memcpy(output, &bytes, 4); }

/* The sums of the eight lanes of each of four vectors. */
AVX2 static inline __m128i add_across(__m256i a, __m256i b, __m256i c, __m256i d) {
  __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

AVX2 void heed_dense_avx2(
  const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, whole = depth & ~15, rest = depth & 15;
  const __m256i half = _mm256_set1_epi64x(INT64_C(1) << 29), lower = lower_limit(layer);
  const __m256i residual_multiplier = _mm256_set1_epi64x(layer->residual_multiplier_q30);
  int8_t input_end[16] = {0};
  memcpy(input_end, input + whole, (size_t)rest);
  const __m256i x_end = widen(input_end);
  int32_t o = 0;
  for (; o + 4 <= layer->outputs; o += 4) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    __m256i sums[4] = {
      _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int32_t i = 0; i < whole; i += 16) {
      const __m256i x = widen(input + i);
      for (int r = 0; r < 4; r++)
        sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(x, widen(row + (ptrdiff_t)r * depth + i)));
    }
    if (rest) {
      for (int r = 0; r < 4; r++) {
        int8_t row_end[16] = {0};
        memcpy(row_end, row + (ptrdiff_t)r * depth + whole, (size_t)rest);
        sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(x_end, widen(row_end)));
      }
    }
    __m128i total = add_across(sums[0], sums[1], sums[2], sums[3]);
    total = _mm_add_epi32(total, _mm_loadu_si128((const __m128i *)(layer->biases + o)));
    __m256i addend = half;
    if (residual) {
      int32_t four;
      memcpy(&four, residual + o, 4);
      addend = _mm256_add_epi64(
        addend, _mm256_mul_epi32(_mm256_cvtepi8_epi64(_mm_cvtsi32_si128(four)), residual_multiplier));
    }
    store4(
      output + o,
      requantize4(total, _mm_loadu_si128((const __m128i *)(layer->multipliers_q30 + o)), addend, lower));
  }
  for (; o < layer->outputs; o++) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    int32_t sum = layer->biases[o];
    for (int32_t i = 0; i < depth; i++) sum += row[i] * input[i];
    output[o] = heed_requantize(
      sum, layer->multipliers_q30[o], heed_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
  }
}

AVX2 void heed_depthwise_avx2(
  const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  const __m256i half = _mm256_set1_epi64x(INT64_C(1) << 29), lower = lower_limit(layer);
  int32_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    const int8_t *x = input + c, *w = layer->weights + c;
    /* Two taps of a channel stand side by side for one multiply-add; unpacking orders channels 0-3 8-11 | 4-7 12-15. */
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
    const __m128i sums[4] = {
      _mm256_castsi256_si128(first), _mm256_castsi256_si128(second), _mm256_extracti128_si256(first, 1),
      _mm256_extracti128_si256(second, 1)};
    for (int q = 0; q < 4; q++) {
      const int32_t o = c + 4 * q;
      const __m128i total = _mm_add_epi32(sums[q], _mm_loadu_si128((const __m128i *)(layer->biases + o)));
      store4(
        output + o, requantize4(total, _mm_loadu_si128((const __m128i *)(layer->multipliers_q30 + o)), half, lower));
    }
  }
  for (; c < channels; c++) {
    int32_t sum = layer->biases[c];
    for (int32_t k = 0; k < taps; k++) sum += layer->weights[(ptrdiff_t)k * channels + c] * input[k * tap_stride + c];
    output[c] = heed_requantize(sum, layer->multipliers_q30[c], 0, layer->lower_bound);
  }
}
#endif
