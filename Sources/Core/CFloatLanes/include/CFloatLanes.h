#pragma once

// Arithmetic in four lanes of float. Swift compiles its SIMD types lane by lane and relies on the optimizer to combine
// the lanes, which it does partly on x86-64 and AArch64 and not at all on ARMv7. Here, each operation is a vector
// operation of the compiler from the start. Each lane rounds once by IEEE 754, as a scalar operation does. The only
// exception is NEON on ARMv7, which flushes results below 2^-126 to zero.

#include <stdint.h>

typedef float float_lanes __attribute__((ext_vector_type(4)));

#define LANES static inline __attribute__((always_inline))

LANES float_lanes lanes_add(float_lanes a, float_lanes b) { return a + b; }
LANES float_lanes lanes_subtract(float_lanes a, float_lanes b) { return a - b; }
LANES float_lanes lanes_multiply(float_lanes a, float_lanes b) { return a * b; }
LANES float_lanes lanes_divide(float_lanes a, float_lanes b) { return a / b; }

/// The lanes in reverse order.
LANES float_lanes lanes_reversed(float_lanes a) { return __builtin_shufflevector(a, a, 3, 2, 1, 0); }

typedef float_lanes unaligned_lanes __attribute__((aligned(4)));

LANES float_lanes lanes_load(const float *values) { return *(const unaligned_lanes *)values; }
LANES void lanes_store(float_lanes a, float *values) { *(unaligned_lanes *)values = a; }

/// Writes a0 b0 c0 d0 a1 b1 c1 d1 ...
LANES void lanes_store_transposed(float_lanes a, float_lanes b, float_lanes c, float_lanes d, float *values) {
  const float_lanes ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const float_lanes ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const float_lanes cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const float_lanes cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  lanes_store(__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), values);
  lanes_store(__builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7), values + 4);
  lanes_store(__builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), values + 8);
  lanes_store(__builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7), values + 12);
}

typedef int16_t sample_lanes __attribute__((ext_vector_type(8)));
typedef sample_lanes unaligned_samples __attribute__((aligned(2)));

/// Samples 0, 2, 4 and 6.
LANES float_lanes lanes_of_even_samples(const int16_t *samples) {
  const sample_lanes all = *(const unaligned_samples *)samples;
  return __builtin_convertvector(__builtin_shufflevector(all, all, 0, 2, 4, 6), float_lanes);
}

/// Samples 1, 3, 5 and 7.
LANES float_lanes lanes_of_odd_samples(const int16_t *samples) {
  const sample_lanes all = *(const unaligned_samples *)samples;
  return __builtin_convertvector(__builtin_shufflevector(all, all, 1, 3, 5, 7), float_lanes);
}

typedef int32_t integer_lanes __attribute__((ext_vector_type(4)));

/// For each lane: a if the lane of the condition is all ones, b if it is zero.
LANES float_lanes lanes_select(integer_lanes condition, float_lanes a, float_lanes b) {
  return (float_lanes)((condition & (integer_lanes)a) | (~condition & (integer_lanes)b));
}

/// The larger value of each lane. No lane is NaN.
LANES float_lanes lanes_larger(float_lanes a, float_lanes b) { return lanes_select(a > b, a, b); }

/// Writes the nearest integers in -127 ... 127, ties away from zero. No lane is NaN.
LANES void lanes_store_nearest(float_lanes a, int8_t *values) {
  const float_lanes most = 127, half = 0.5f;
  const float_lanes above = lanes_select(a < -most, -most, a);
  const float_lanes bounded = lanes_select(above > most, most, above);
  const float_lanes beyond = bounded + lanes_select(a < 0, -half, half);
  const integer_lanes nearest = __builtin_convertvector(beyond, integer_lanes);
  for (int lane = 0; lane < 4; lane++) values[lane] = (int8_t)nearest[lane];
}

#undef LANES
