#pragma once
#include "CInt8Kernels.h"

#define HEED_DECLARE_PATH(name)                                                                                    \
  void heed_dense_##name(                                                                                          \
    const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);                    \
  void heed_depthwise_##name(const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output)

HEED_DECLARE_PATH(portable);
HEED_DECLARE_PATH(sse41);
HEED_DECLARE_PATH(avx2);
HEED_DECLARE_PATH(neon);
HEED_DECLARE_PATH(neon_dot_product);
