#pragma once

// Thin shims over libc for what Swift cannot reach without a C library overlay: errno, macros, variadic calls.
// Everything here reports failure as a negative errno, so that no call depends on a thread-local.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Opens `path` for reading, close-on-exec. Directories are refused with -EISDIR.
/// Returns a descriptor, or -errno.
int platform_open_for_reading(const char *path);

/// Reads up to `count` bytes, going on after a signal. Returns bytes read, 0 at the end, or -errno.
ssize_t platform_read(int descriptor, void *bytes, size_t count);

/// Closes a descriptor; an interrupted close counts as done.
void platform_close(int descriptor);

/// The message of an errno value, copied into `text` and always terminated.
void platform_error_text(int error, char *text, size_t count);
