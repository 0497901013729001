#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Int8 operators of the encoder, one output frame per call, in one file per instruction set.
 *
 * Every path computes the same bytes by this formula, with int32 accumulators and 64-bit requantization:
 *
 *   accumulator[o] = biases[o] + sum of weight * input                           within +-2^30
 *   output[o] = clamp((accumulator[o] * multipliers_q30[o] + residual[o] * residual_multiplier_q30 + 2^29) >> 30)
 *
 * >> rounds toward minus infinity, and clamp limits to lower_bound...127.
 *
 * Ranges in which it is exact: inputs -127...127, any weight (models contain -127...127, but -128 is exact, too),
 * depth <= 2^15, |bias| < 2^29, multipliers >= 0. Each path explains next to its products why they neither saturate nor
 * overflow.
 *
 * No function allocates, locks or makes system calls. Bytes can be at any address, int32 values at multiples of 4.
 * No path reads outside its operands.
 */

typedef struct cooee_int8_layer {
  const int8_t *weights;           /* dense [outputs][depth], depthwise [taps][channels] */
  const int32_t *biases;           /* [outputs] */
  const int32_t *multipliers_q30;  /* [outputs] */
  int32_t residual_multiplier_q30; /* used only with a residual */
  int32_t lower_bound;             /* 0 after ReLU, -127 for a linear layer */
  int32_t depth;                   /* dense: products in one output; depthwise: taps */
  int32_t outputs;                 /* output channels */
} cooee_int8_layer;

/* input [depth] contiguous, residual [outputs] or NULL, output [outputs]. */
typedef void (*cooee_dense_function)(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);

/* Tap k of channel c is input[k * tap_stride + c]; output [outputs]. */
typedef void (*cooee_depthwise_function)(
  const cooee_int8_layer *layer, const int8_t *input, ptrdiff_t tap_stride, int8_t *output);

typedef enum cooee_kernel_path {
  COOEE_KERNELS_PORTABLE = 0,
  COOEE_KERNELS_SSE41 = 1,
  COOEE_KERNELS_AVX2 = 2,
  COOEE_KERNELS_NEON = 3,
  COOEE_KERNELS_NEON_DOT_PRODUCT = 4,
  COOEE_KERNELS_AVX_VNNI = 5,
  COOEE_KERNELS_AVX512_VNNI = 6,
} cooee_kernel_path;

typedef struct cooee_kernels {
  cooee_dense_function dense;
  cooee_depthwise_function depthwise;
} cooee_kernels;

/* Stores the functions of a path. Returns false if this build or this processor does not have it. */
bool cooee_find_kernels(cooee_kernel_path path, cooee_kernels *kernels);

/*
 * Runs the multiply-accumulate instructions of a path on registers only, `rounds` times in several independent chains:
 * the upper limit of the processor. Returns the number of products.
 */
typedef int64_t (*cooee_peak_function)(int64_t rounds);

/* The peak loop of a path. NULL if this machine does not have the path, or if the path has no special instructions. */
cooee_peak_function cooee_find_peak(cooee_kernel_path path);
