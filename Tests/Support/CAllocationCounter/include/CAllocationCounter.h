#pragma once
#include <stdbool.h>

/* Stands in front of the C library's allocator and counts what the calling thread takes from it. */

/* How often this thread has asked for memory so far: malloc, calloc, realloc and the aligned ones. */
unsigned long heed_test_allocation_count(void);

/* False where a sanitizer has its own allocator, and nothing can be counted. */
bool heed_test_counts_allocations(void);
