#define _GNU_SOURCE
#include "CFuzzer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*body)(const uint8_t *bytes, size_t count));

int fuzzer_run(int count, char **arguments, int (*body)(const uint8_t *, size_t)) {
  return LLVMFuzzerRunDriver(&count, &arguments, body);
}

static int descriptor = -1;
static char path[64];

int fuzzer_memory_file(const void *bytes, size_t count) {
  if (descriptor < 0) {
    descriptor = memfd_create("fuzz", MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  }
  if (ftruncate(descriptor, 0) < 0 || lseek(descriptor, 0, SEEK_SET) < 0) return -errno;
  if (pwrite(descriptor, bytes, count, 0) != (ssize_t)count) return -EIO;
  return descriptor;
}

const char *fuzzer_memory_path(void) { return path; }

void fuzzer_tell(const char *text) { fprintf(stderr, "%s\n", text); }
