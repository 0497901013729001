#if defined(__x86_64__) || defined(__i386__)
#include <smmintrin.h>
#include <string.h>

#include "paths.h"
#include "requantize.h"

#define SSE41 __attribute__((target("sse4.1")))

SSE41 static inline __m128i widen(const int8_t *bytes) {
  return _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)bytes));
}

SSE41 static inline __m128i add_across(__m128i a, __m128i b, __m128i c, __m128i d) {
  return _mm_hadd_epi32(_mm_hadd_epi32(a, b), _mm_hadd_epi32(c, d));
}

SSE41 void heed_dense_sse41(
  const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth, whole = depth & ~7;
  int32_t o = 0;
  for (; o + 4 <= layer->outputs; o += 4) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    __m128i sums[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    for (int32_t i = 0; i < whole; i += 8) {
      const __m128i x = widen(input + i);
      for (int r = 0; r < 4; r++)
        sums[r] = _mm_add_epi32(sums[r], _mm_madd_epi16(x, widen(row + (ptrdiff_t)r * depth + i)));
    }
    int32_t totals[4];
    _mm_storeu_si128(
      (__m128i *)totals,
      _mm_add_epi32(
        add_across(sums[0], sums[1], sums[2], sums[3]), _mm_loadu_si128((const __m128i *)(layer->biases + o))));
    for (int r = 0; r < 4; r++) {
      for (int32_t i = whole; i < depth; i++) totals[r] += row[(ptrdiff_t)r * depth + i] * input[i];
      output[o + r] = heed_requantize(
        totals[r], layer->multipliers_q30[o + r], heed_residual(residual, o + r, layer->residual_multiplier_q30),
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

SSE41 void heed_depthwise_sse41(
  const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs, taps = layer->depth;
  int32_t c = 0;
  for (; c + 8 <= channels; c += 8) {
    const int8_t *x = input + c, *w = layer->weights + c;
    __m128i low = _mm_loadu_si128((const __m128i *)(layer->biases + c));
    __m128i high = _mm_loadu_si128((const __m128i *)(layer->biases + c + 4));
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
    int32_t totals[8];
    _mm_storeu_si128((__m128i *)totals, low);
    _mm_storeu_si128((__m128i *)(totals + 4), high);
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
