#pragma once
#include <stddef.h>

/*
 * Memory between two inaccessible pages: a read or write outside it causes SIGSEGV immediately.
 */
typedef struct {
  /* NULL if there was not enough memory. */
  unsigned char *bytes;
  /* A multiple of the page size, so both ends of the memory touch a guard page. */
  size_t count;
} guarded_memory;

/* At least `count` zeroed bytes between two guard pages. */
guarded_memory guarded_memory_make(size_t count);

void guarded_memory_free(guarded_memory memory);

/* From now on, a fault ends the program with this text on stderr. The text is copied and truncated to 255 bytes. */
void guarded_memory_name_fault(const char *text);
