/*
 * A firmware that listens to a recording: start-up code, the few functions that compilers expect of a C library, and a
 * loop around cooee_core_*. Of it, only cooee_listen would be in a product; the rest is for the emulated board.
 *
 * There is no allocator here, and none is linked: whatever called one would be an undefined symbol.
 */
#include "CMicrocontroller.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_bottom[], stack_top[];

/* Compilers make calls to these of plain loops and assignments. */
void *memcpy(void *target, const void *source, size_t count) {
  uint8_t *to = target;
  const uint8_t *from = source;
  if (((uintptr_t)to | (uintptr_t)from) % 4 == 0)
    for (; count >= 4; count -= 4, to += 4, from += 4) *(uint32_t *)to = *(const uint32_t *)from;
  while (count--) *to++ = *from++;
  return target;
}

void *memmove(void *target, const void *source, size_t count) {
  uint8_t *to = target;
  const uint8_t *from = source;
  if (to <= from || to >= from + count) return memcpy(target, source, count);
  while (count--) to[count] = from[count];
  return target;
}

void *memset(void *target, int value, size_t count) {
  uint8_t *to = target;
  while (count--) *to++ = (uint8_t)value;
  return target;
}

/* Swift asks for it by name; the processor has it as an instruction. */
float sqrtf(float value) {
  float root;
  __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(value));
  return root;
}

void __aeabi_memcpy(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memcpy8(void *to, const void *from, size_t count) { memcpy(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset4(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset8(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr8(void *to, size_t count) { memset(to, 0, count); }

/* Semihosting: the debugger, or the emulator, prints and ends for us. */
static int semihosting(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void print(const char *text) { semihosting(4, text); }

static void print_number(int64_t value, const char *after) {
  char text[24];
  char *next = text + sizeof text;
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  *--next = 0;
  do *--next = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--next = '-';
  print(next);
  print(after);
}

static void end(int status) {
  const uint32_t block[2] = {0x20026, (uint32_t)status};
  semihosting(0x20, block);
  for (;;) {}
}

/* Where the emulator puts the files, 16 MiB of outer memory, and their sizes in bytes. */
#ifndef FILES
#define FILES 0x21000000
#endif
#define MODEL ((const void *)FILES)
#define PHRASES ((const void *)(FILES + 0x400000))
#define SAMPLES ((const int16_t *)(FILES + 0x600000))
#define SIZES ((const uint32_t *)(FILES + 0xfffff0))
#define HOP 160

/* SysTick counts down, 24 bits, once a processor cycle. The emulator's -icount shift=0 makes an instruction a nanosecond of
   its processor's 25 MHz, so 40 instructions a tick. */
#define SYSTICK_CONTROL (*(volatile uint32_t *)0xe000e010)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xe000e014)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xe000e018)

#ifndef MEMORY_BYTES
#define MEMORY_BYTES (1 << 20)
#endif
static _Alignas(16) uint8_t memory[MEMORY_BYTES];

static void print_detections(cooee_core_listener *listener) {
  cooee_core_detection detection;
  while (cooee_core_next(listener, &detection)) {
    print("phrase ");
    print_number(detection.phrase_index, " from ");
    print_number(detection.start_sample, " to ");
    print_number(detection.end_sample, " score ");
    print_number((int64_t)(detection.score * 1e6f), "e-6\n");
  }
}

static void cooee_listen(void) {
  const cooee_core_files files = {MODEL, SIZES[0], PHRASES, SIZES[1]};
  const size_t sample_count = SIZES[2] / 2;
  size_t needed = 0;
  cooee_core_listener *listener;
  cooee_core_status status = cooee_core_required_bytes(&files, &needed);
  if (status == COOEE_CORE_OK) status = cooee_core_start(&files, memory, sizeof memory, &listener);
  if (status != COOEE_CORE_OK) {
    print_number(status, " is the status: cannot listen\n");
    end(1);
  }
  print_number((int64_t)needed, " bytes of memory\n");
  SYSTICK_RELOAD = 0xffffff;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 5;
  uint64_t ticks = 0;
  uint32_t longest = 0;
  for (size_t start = 0; start < sample_count; start += HOP) {
    const uint32_t before = SYSTICK_VALUE;
    cooee_core_process(listener, SAMPLES + start, sample_count - start < HOP ? sample_count - start : HOP);
    const uint32_t passed = (before - SYSTICK_VALUE) & 0xffffff;
    ticks += passed;
    if (passed > longest) longest = passed;
    print_detections(listener);
  }
  cooee_core_finish(listener);
  print_detections(listener);
  print_number((int64_t)(ticks * 16000 / (sample_count ? sample_count : 1)), " ticks a second of sound\n");
  print_number(longest, " ticks for the longest 10 ms\n");
}

#define PAINT 0xa5a5a5a5u

void reset(void) {
  *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* the floating-point unit */
  __asm__ volatile("dsb\nisb");
  for (uint32_t *to = data_start, *from = data_load; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
  /* What the stack has not reached keeps its paint. */
  uint32_t *painted = stack_top - stack_bottom > 16384 ? stack_top - 16384 : stack_bottom;
  for (volatile uint32_t *to = painted; to < stack_top - 64; to++) *to = PAINT;
  cooee_listen();
  while (*painted == PAINT) painted++;
  print_number((stack_top - painted) * 4, " bytes of stack\n");
  end(0);
}

static void fault(void) {
  print("fault\n");
  end(2);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
  (void (*)(void))stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};
