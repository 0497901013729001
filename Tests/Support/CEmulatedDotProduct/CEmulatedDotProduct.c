#define _GNU_SOURCE
#include "CEmulatedDotProduct.h"

static long emulated_count;

long emulated_avx_vnni_count(void) { return emulated_count; }

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <string.h>
#include <ucontext.h>

void cooee_dense_avx_vnni(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output);

/* A signal frame contains XMM0-15 in its legacy area, at 160, and the upper halves of YMM0-15 at 576. */
enum { LOWER_HALVES = 160, HEADER = 512, UPPER_HALVES = 576 };

static void read_vector(const ucontext_t *context, int index, uint8_t *bytes) {
  const uint8_t *state = (const uint8_t *)context->uc_mcontext.fpregs;
  memcpy(bytes, state + LOWER_HALVES + 16 * index, 16);
  memcpy(bytes + 16, state + UPPER_HALVES + 16 * index, 16);
}

static void write_vector(ucontext_t *context, int index, const uint8_t *bytes) {
  uint8_t *state = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(state + LOWER_HALVES + 16 * index, bytes, 16);
  memcpy(state + UPPER_HALVES + 16 * index, bytes + 16, 16);
  state[HEADER] |= 6; /* restore both halves */
}

static int64_t general_register(const ucontext_t *context, int index) {
  static const int order[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return context->uc_mcontext.gregs[order[index]];
}

static int32_t take_32(const uint8_t **code) {
  int32_t value;
  memcpy(&value, *code, 4);
  *code += 4;
  return value;
}

/* The last source: a register, or memory at base + index * scale + displacement. */
static void read_source(const ucontext_t *context, const uint8_t **code, int index_high, int base_high, uint8_t *bytes) {
  const uint8_t operands = *(*code)++;
  const int mode = operands >> 6, field = operands & 7;
  if (mode == 3) {
    read_vector(context, field + base_high, bytes);
    return;
  }
  int64_t address = 0;
  if (field == 4) {
    const uint8_t scaled = *(*code)++;
    const int index = (scaled >> 3 & 7) + index_high, base = scaled & 7;
    address = base == 5 && mode == 0 ? take_32(code) : general_register(context, base + base_high);
    if (index != 4) address += general_register(context, index) * (1 << (scaled >> 6));
  } else if (field == 5 && mode == 0) {
    address = take_32(code);
    address += (int64_t)*code; /* relative to the next instruction */
  } else {
    address = general_register(context, field + base_high);
  }
  if (mode == 1) address += (int8_t)*(*code)++;
  if (mode == 2) address += take_32(code);
  memcpy(bytes, (const void *)address, 32);
}

static void emulate(int number, siginfo_t *information, void *argument) {
  (void)information;
  ucontext_t *context = argument;
  const uint8_t *code = (const uint8_t *)context->uc_mcontext.gregs[REG_RIP];
  /* VEX.256.66.0F38.W0 50 /r */
  if (code[0] != 0xC4 || (code[1] & 0x1F) != 2 || (code[2] & 0x87) != 5 || code[3] != 0x50) {
    signal(number, SIG_DFL);
    return;
  }
  const int destination = (code[4] >> 3 & 7) + (code[1] & 0x80 ? 0 : 8), first = ~(code[2] >> 3) & 15;
  const int index_high = code[1] & 0x40 ? 0 : 8, base_high = code[1] & 0x20 ? 0 : 8;
  uint8_t sums[32], factors[32], values[32];
  code += 4;
  read_vector(context, destination, sums);
  read_vector(context, first, factors);
  read_source(context, &code, index_high, base_high, values);
  for (int lane = 0; lane < 32; lane += 4) {
    uint32_t sum;
    memcpy(&sum, sums + lane, 4);
    for (int k = lane; k < lane + 4; k++) sum += (uint32_t)(factors[k] * (int8_t)values[k]);
    memcpy(sums + lane, &sum, 4);
  }
  write_vector(context, destination, sums);
  context->uc_mcontext.gregs[REG_RIP] = (int64_t)code;
  emulated_count++;
}

bool emulated_avx_vnni_is_possible(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2");
}

void emulated_avx_vnni_dense(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  struct sigaction action = {0}, before;
  action.sa_sigaction = emulate;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, &before);
  cooee_dense_avx_vnni(layer, input, residual, output);
  sigaction(SIGILL, &before, NULL);
}

#else

bool emulated_avx_vnni_is_possible(void) { return false; }

void emulated_avx_vnni_dense(
  const cooee_int8_layer *layer, const int8_t *input, const int8_t *residual, int8_t *output) {
  (void)layer, (void)input, (void)residual, (void)output;
}

#endif
