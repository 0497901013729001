#pragma once
#include <stddef.h>

/*
 * Memory with a page before it and a page after it that cannot be touched: what reads or writes outside of it ends with
 * SIGSEGV at once.
 */
typedef struct {
  /* NULL where there was no memory. */
  unsigned char *bytes;
  /* Whole pages: both ends of the memory lie at a guard. */
  size_t count;
} guarded_memory;

/* At least `count` zeroed bytes between two guards. */
guarded_memory guarded_memory_make(size_t count);

void guarded_memory_free(guarded_memory memory);

/* From now on a fault ends the program with this text on stderr; it is copied, and cut to 255 bytes. */
void guarded_memory_name_fault(const char *text);
