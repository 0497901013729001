#pragma once

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with its arguments. Calls `body` with each input, in memory of exactly its length. Returns the exit
/// status.
int fuzzer_run(int count, char **arguments, int (*body)(const uint8_t *bytes, size_t count));

/// Stores `bytes` in the program's single in-memory file and resets its offset, for readers that need a path or a
/// descriptor. Returns the descriptor, or -errno.
int fuzzer_memory_file(const void *bytes, size_t count);

/// The path of the in-memory file, for opening it again.
const char *fuzzer_memory_path(void);

/// Writes a line to stderr.
void fuzzer_tell(const char *text);
