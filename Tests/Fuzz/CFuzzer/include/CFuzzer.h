#pragma once

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with its own arguments; `body` gets each input, exactly as long as it says. Returns the exit code.
int fuzzer_run(int count, char **arguments, int (*body)(const uint8_t *bytes, size_t count));

/// Makes `bytes` the content of the one file in memory that this program has, and its offset 0, for readers that want a path
/// or a descriptor. Returns the descriptor, or -errno.
int fuzzer_memory_file(const void *bytes, size_t count);

/// The path of the file in memory, for opening it again.
const char *fuzzer_memory_path(void);

/// Writes a line to standard error.
void fuzzer_tell(const char *text);
