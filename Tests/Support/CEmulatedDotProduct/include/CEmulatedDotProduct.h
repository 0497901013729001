#pragma once
#include "CInt8Kernels.h"

/*
 * The AVX-VNNI path on x86 processors with AVX2 but without AVX-VNNI. The only missing instruction, vpdpbusd on 256
 * bits in VEX encoding, is trapped and emulated, which takes some microseconds. All other machine code of the path runs
 * unchanged.
 */

/* True if the path can run this way, or needs no emulation. */
bool emulated_avx_vnni_is_possible(void);

/* The dense kernel of the path. */
void emulated_avx_vnni_dense(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);

/* The number of instructions emulated so far. */
long emulated_avx_vnni_count(void);
