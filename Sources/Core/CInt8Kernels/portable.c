#include "paths.h"
#include "requantize.h"

/* Plain C for any processor. */

void cooee_dense_portable(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  const int32_t depth = layer->depth;
  for (int32_t o = 0; o < layer->outputs; o++) {
    const int8_t *row = layer->weights + (ptrdiff_t)o * depth;
    int32_t sum = 0;
    for (int32_t i = 0; i < depth; i++) sum += row[i] * input[i];
    output[o] = cooee_requantize(
      sum + layer->biases[o], layer->multipliers_q30[o],
      cooee_residual(residual, o, layer->residual_multiplier_q30), layer->lower_bound);
  }
}

void cooee_depthwise_portable(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  const int32_t channels = layer->outputs;
  /* Blocks of channels keep the sums in registers and make the inner loop run over adjacent values. */
  for (int32_t start = 0; start < channels; start += 32) {
    const int32_t count = channels - start < 32 ? channels - start : 32;
    int32_t sums[32];
    for (int32_t c = 0; c < count; c++) sums[c] = layer->biases[start + c];
    for (int32_t k = 0; k < layer->depth; k++) {
      const int8_t *taps = input + k * tap_stride + start;
      const int8_t *weights = layer->weights + (ptrdiff_t)k * channels + start;
      for (int32_t c = 0; c < count; c++) sums[c] += weights[c] * taps[c];
    }
    for (int32_t c = 0; c < count; c++)
      output[start + c] = cooee_requantize(sums[c], layer->multipliers_q30[start + c], 0, layer->lower_bound);
  }
}
