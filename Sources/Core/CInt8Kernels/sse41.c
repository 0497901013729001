#if defined(__x86_64__) || defined(__i386__)
#include <smmintrin.h>

#include "paths.h"
#include "requantize.h"

#define SSE41 __attribute__((target("sse4.1")))
#define SSE41_INLINE __attribute__((target("sse4.1"), always_inline)) static inline

enum { ROWS = 8, BYTES_AHEAD = 2048 };

SSE41_INLINE __m128i load(const int8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

SSE41_INLINE __m128i load_4_bytes(const int8_t *bytes) {
  int32_t four;
  __builtin_memcpy(&four, bytes, 4);
  return _mm_cvtsi32_si128(four);
}

/* Zeros, then the `count` bytes (1...16) before `end`: for data shorter than a vector. */
SSE41_INLINE __m128i load_end(const int8_t *end, int32_t count) {
  int8_t bytes[16] = {0};
  __builtin_memcpy(bytes + 16 - count, end - count, (size_t)count);
  return load(bytes);
}

/*
 * pmaddubsw requires one unsigned operand, which is the magnitude of the input. The weight must then take the sign of
 * the input. w ^ -1 is -w - 1, so for x < 0 the product is |x| too small, for any weight. The missing sum, that of |x|
 * over the negative inputs, is the same for every row. Two products are at most 2 * 127 * 128 = 32512, so nothing
 * saturates, not even for the weight -128, which has no negation in int8.
 */
typedef struct operand {
  __m128i magnitudes;
  __m128i signs; /* -1 if negative, else 0 */
} operand;

SSE41_INLINE operand prepare(__m128i x) {
  return (operand) {_mm_abs_epi8(x), _mm_cmpgt_epi8(_mm_setzero_si128(), x)};
}

SSE41_INLINE __m128i add_pairs(__m128i sums, __m128i magnitudes, __m128i factors) {
  return _mm_add_epi32(sums, _mm_madd_epi16(_mm_maddubs_epi16(magnitudes, factors), _mm_set1_epi16(1)));
}

SSE41_INLINE __m128i add_products(__m128i sums, __m128i w, operand x) {
  return add_pairs(sums, x.magnitudes, _mm_xor_si128(w, x.signs));
}

SSE41_INLINE int32_t add_across(__m128i sums) {
  sums = _mm_hadd_epi32(sums, sums);
  return _mm_cvtsi128_si32(_mm_hadd_epi32(sums, sums));
}

SSE41_INLINE int32_t input_offset(const int8_t *input, int32_t depth, __m128i input_end) {
  operand x = prepare(input_end);
  __m128i sums = add_pairs(_mm_setzero_si128(), x.magnitudes, x.signs);
  for (int32_t i = 0; i + 16 <= depth; i += 16) {
    x = prepare(load(input + i));
    sums = add_pairs(sums, x.magnitudes, x.signs);
  }
  return -add_across(sums);
}

/*
 * Four outputs as 32-bit numbers. Before the shift, only the high halves of the 64-bit values are clamped, to -33...32.
 * The results are exact if they fit 8 bits; otherwise they are outside 8 bits with the correct sign.
 */
SSE41_INLINE __m128i requantize_4(const cooee_int8_layer *layer, int32_t o, __m128i sums, const int8_t *residual) {
  const __m128i accumulators = _mm_add_epi32(sums, _mm_loadu_si128((const __m128i *)(layer->biases + o)));
  const __m128i multipliers = _mm_loadu_si128((const __m128i *)(layer->multipliers_q30 + o));
  const __m128i half = _mm_set1_epi64x(INT64_C(1) << 29);
  __m128i even = _mm_add_epi64(_mm_mul_epi32(accumulators, multipliers), half);
  __m128i odd =
    _mm_add_epi64(_mm_mul_epi32(_mm_srli_epi64(accumulators, 32), _mm_srli_epi64(multipliers, 32)), half);
  if (residual) {
    const __m128i r = _mm_cvtepi8_epi32(load_4_bytes(residual + o));
    const __m128i multiplier = _mm_set1_epi32(layer->residual_multiplier_q30);
    even = _mm_add_epi64(even, _mm_mul_epi32(r, multiplier));
    odd = _mm_add_epi64(odd, _mm_mul_epi32(_mm_srli_epi64(r, 32), multiplier));
  }
  __m128i high = _mm_blend_epi16(_mm_srli_epi64(even, 32), odd, 0xCC);
  const __m128i low = _mm_blend_epi16(even, _mm_slli_epi64(odd, 32), 0xCC);
  high = _mm_max_epi32(_mm_min_epi32(high, _mm_set1_epi32(32)), _mm_set1_epi32(-33));
  return _mm_or_si128(_mm_slli_epi32(high, 2), _mm_srli_epi32(low, 30));
}

SSE41_INLINE void store_4(const cooee_int8_layer *layer, int32_t o, __m128i values, int8_t *output) {
  const __m128i words = _mm_packs_epi32(values, values);
  const __m128i bytes = _mm_max_epi8(_mm_packs_epi16(words, words), _mm_set1_epi8((char)layer->lower_bound));
  const int32_t four = _mm_cvtsi128_si32(bytes);
  __builtin_memcpy(output + o, &four, 4);
}

SSE41_INLINE int32_t row_sum(const int8_t *row, const int8_t *input, int32_t depth, __m128i input_end) {
  __m128i sums = _mm_setzero_si128();
  for (int32_t i = 0; i + 16 <= depth; i += 16) sums = add_products(sums, load(row + i), prepare(load(input + i)));
  if (depth & 15)
    sums = add_products(
      sums, depth < 16 ? load_end(row + depth, depth) : load(row + depth - 16), prepare(input_end));
  return add_across(sums);
}

/* Eight rows at a time, depth at least 16; the remaining depth is processed as in dense_256.h. */
SSE41_INLINE void add_tile(
  const int8_t *rows, const int8_t *input, ptrdiff_t depth, __m128i input_end, __m128i *first, __m128i *second) {
  __m128i sums[ROWS];
  for (int r = 0; r < ROWS; r++) sums[r] = _mm_setzero_si128();
  const int8_t *upper = rows, *lower = rows + 4 * depth, *ahead = rows + BYTES_AHEAD;
  for (ptrdiff_t vectors = depth >> 4; vectors > 0; vectors--) {
    _mm_prefetch((const char *)ahead, _MM_HINT_T0);
    _mm_prefetch((const char *)ahead + 64, _MM_HINT_T0);
    const operand x = prepare(load(input));
    for (int r = 0; r < 4; r++) {
      sums[r] = add_products(sums[r], load(upper + r * depth), x);
      sums[r + 4] = add_products(sums[r + 4], load(lower + r * depth), x);
    }
    upper += 16;
    lower += 16;
    input += 16;
    ahead += ROWS * 16;
  }
  if (depth & 15) {
    const operand x = prepare(input_end);
    for (int r = 0; r < ROWS; r++) sums[r] = add_products(sums[r], load(rows + (r + 1) * depth - 16), x);
  }
  *first = _mm_hadd_epi32(_mm_hadd_epi32(sums[0], sums[1]), _mm_hadd_epi32(sums[2], sums[3]));
  *second = _mm_hadd_epi32(_mm_hadd_epi32(sums[4], sums[5]), _mm_hadd_epi32(sums[6], sums[7]));
}

SSE41 void cooee_dense_sse41(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, outputs = layer->outputs, rest = depth & 15;
  const __m128i input_end = rest ? load_end(input + depth, rest) : _mm_setzero_si128();
  const int32_t offset = input_offset(input, depth, input_end);
  if (outputs < ROWS || depth < 16) {
    for (int32_t o = 0; o < outputs; o++)
      output[o] = cooee_requantize(
        row_sum(layer->weights + (ptrdiff_t)o * depth, input, depth, input_end) + offset + layer->biases[o],
        layer->multipliers_q30[o], cooee_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
    return;
  }
  for (int32_t next = 0; next < outputs; next += ROWS) {
    /* The last tile overlaps outputs that are already computed and computes them again. */
    const int32_t o = next + ROWS <= outputs ? next : outputs - ROWS;
    __m128i first, second;
    add_tile(layer->weights + (ptrdiff_t)o * depth, input, depth, input_end, &first, &second);
    first = _mm_add_epi32(first, _mm_set1_epi32(offset));
    second = _mm_add_epi32(second, _mm_set1_epi32(offset));
    store_4(layer, o, requantize_4(layer, o, first, residual), output);
    store_4(layer, o + 4, requantize_4(layer, o + 4, second, residual), output);
  }
}

SSE41_INLINE __m128i widen(const int8_t *bytes) {
  return _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)bytes));
}

SSE41 void cooee_depthwise_sse41(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  int32_t c = 0;
  for (; c + 8 <= channels; c += 8) {
    const int8_t *x = input + c, *w = layer->weights + c;
    __m128i low = _mm_setzero_si128(), high = low;
    for (int32_t k = 0; k < taps; k += 2) {
      const __m128i x0 = widen(x + k * tap_stride), w0 = widen(w + (ptrdiff_t)k * channels);
      __m128i x1 = _mm_setzero_si128(), w1 = x1;
      if (k + 1 < taps) {
        x1 = widen(x + (k + 1) * tap_stride);
        w1 = widen(w + (ptrdiff_t)(k + 1) * channels);
      }
      low = _mm_add_epi32(low, _mm_madd_epi16(_mm_unpacklo_epi16(x0, x1), _mm_unpacklo_epi16(w0, w1)));
      high = _mm_add_epi32(high, _mm_madd_epi16(_mm_unpackhi_epi16(x0, x1), _mm_unpackhi_epi16(w0, w1)));
    }
    store_4(layer, c, requantize_4(layer, c, low, NULL), output);
    store_4(layer, c + 4, requantize_4(layer, c + 4, high, NULL), output);
  }
  cooee_depthwise_rest(layer, input, tap_stride, output, c);
}

/* 8 independent chains of pmaddubsw, pmaddwd, paddd, each 16 products per round. */
SSE41 int64_t cooee_peak_sse41(int64_t rounds) {
  __m128i sums[8], x = _mm_set1_epi8(1), w = x;
  for (int r = 0; r < 8; r++) sums[r] = x;
  COOEE_UNKNOWN("x", x);
  for (int64_t i = 0; i < rounds; i++)
    for (int r = 0; r < 8; r++) {
      COOEE_UNKNOWN("x", w);
      sums[r] = add_pairs(sums[r], x, w);
    }
  for (int r = 0; r < 8; r++) COOEE_UNKNOWN("x", sums[r]);
  return rounds * 8 * 16;
}
#endif
