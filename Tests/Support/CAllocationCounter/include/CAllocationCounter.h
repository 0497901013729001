#pragma once
#include <stdbool.h>

/* Wraps the C library's allocator and counts the allocations of the calling thread. */

/* The number of allocations by this thread so far: malloc, calloc, realloc and the aligned functions. */
unsigned long cooee_test_allocation_count(void);

/* False if a sanitizer replaces the allocator, so nothing can be counted. */
bool cooee_test_counts_allocations(void);
