#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Int8 operators of the encoder, one output frame a call, in one file per instruction set.
 *
 * Every path gives the bytes that the formula gives; the formula, with int32 accumulators and 64-bit requantisation, is
 *
 *   accumulator[o] = biases[o] + sum of weight * input                           inside +-2^30
 *   output[o] = clamp((accumulator[o] * multipliers_q30[o] + residual[o] * residual_multiplier_q30 + 2^29) >> 30)
 *
 * where >> rounds towards minus infinity and clamp is to lower_bound...127.
 *
 * Ranges that keep it exact: inputs -127...127, any weight (models hold -127...127, and -128 is exact too), depth <= 2^15,
 * |bias| < 2^29, multipliers >= 0. Why no path saturates or overflows stands beside its products.
 *
 * No function allocates, locks or calls into the system. Bytes lie at any address, int32 at multiples of 4.
 * No path reads outside its operands.
 */

typedef struct heed_int8_layer {
  const int8_t *weights;           /* dense [outputs][depth], depthwise [taps][channels] */
  const int32_t *biases;           /* [outputs] */
  const int32_t *multipliers_q30;  /* [outputs] */
  int32_t residual_multiplier_q30; /* used where a residual is given */
  int32_t lower_bound;             /* 0 after ReLU, -127 for a linear layer */
  int32_t depth;                   /* dense: products in one output; depthwise: taps */
  int32_t outputs;                 /* output channels */
} heed_int8_layer;

/* input [depth] contiguous, residual [outputs] or NULL, output [outputs]. */
typedef void (*heed_dense_function)(
  const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);

/* Tap k of channel c is input[k * tap_stride + c]; output [outputs]. */
typedef void (*heed_depthwise_function)(
  const heed_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output);

typedef enum heed_kernel_path {
  HEED_KERNELS_PORTABLE = 0,
  HEED_KERNELS_SSE41 = 1,
  HEED_KERNELS_AVX2 = 2,
  HEED_KERNELS_NEON = 3,
  HEED_KERNELS_NEON_DOT_PRODUCT = 4,
  HEED_KERNELS_AVX_VNNI = 5,
  HEED_KERNELS_AVX512_VNNI = 6,
} heed_kernel_path;

typedef struct heed_kernels {
  heed_dense_function dense;
  heed_depthwise_function depthwise;
} heed_kernels;

/* Fills in the functions of a path; false where this build or this processor does not have it. */
bool heed_find_kernels(heed_kernel_path path, heed_kernels *kernels);

/*
 * Runs a path's multiply-accumulate instructions from registers, `rounds` times a handful of independent chains: what the
 * processor could do at most. Returns the products computed.
 */
typedef int64_t (*heed_peak_function)(int64_t rounds);

/* The peak loop of a path; NULL where this machine does not have the path, or the path has no instructions of its own. */
heed_peak_function heed_find_peak(heed_kernel_path path);
