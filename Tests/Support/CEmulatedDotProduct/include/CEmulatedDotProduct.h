#pragma once
#include "CInt8Kernels.h"

/*
 * The AVX-VNNI path on x86 processors with AVX2 but without AVX-VNNI: its one missing instruction, vpdpbusd on 256 bits in
 * VEX encoding, is trapped and computed in its place, some microseconds each. What runs is the path's own machine code.
 */

/* True where the path can be run this way (or needs no emulation). */
bool emulated_avx_vnni_is_possible(void);

/* The path's dense kernel. */
void emulated_avx_vnni_dense(
  const heed_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);

/* Instructions that were emulated so far. */
long emulated_avx_vnni_count(void);
