#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int platform_open_for_reading(const char *path) {
  int descriptor;
  do {
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return -errno;
  struct stat status;
  if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(descriptor);
    return -EISDIR;
  }
  return descriptor;
}

ssize_t platform_read(int descriptor, void *bytes, size_t count) {
  ssize_t got;
  do {
    got = read(descriptor, bytes, count);
  } while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

void platform_close(int descriptor) { close(descriptor); }

void platform_error_text(int error, char *text, size_t count) {
  if (count == 0) return;
  snprintf(text, count, "%s", strerror(error));
}
