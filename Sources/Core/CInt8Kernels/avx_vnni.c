#if defined(__x86_64__) || defined(__i386__)
#define COOEE_TARGET "avx2,avxvnni"
#define COOEE_BYTES_AHEAD 4096
#define COOEE_DPBUSD _mm256_dpbusd_avx_epi32
#include "dense_vnni.h"

#define AVX_VNNI __attribute__((target(COOEE_TARGET)))

AVX_VNNI void cooee_dense_avx_vnni(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  dense(layer, input, residual, output);
}

/* Depthwise channels are not summed across lanes, so the AVX2 kernel is the fastest. */
void cooee_depthwise_avx_vnni(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output) {
  cooee_depthwise_avx2(layer, input, tap_stride, output);
}

AVX_VNNI int64_t cooee_peak_avx_vnni(int64_t rounds) { return peak(rounds); }
#endif
