#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
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

int64_t platform_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void platform_sleep_milliseconds(int milliseconds) {
  struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
  nanosleep(&time, NULL);
}

int platform_event_make(void) {
  int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event < 0 ? -errno : event;
}

void platform_event_signal(int event) {
  uint64_t one = 1;
  (void)!write(event, &one, sizeof one);
}

int platform_event_wait(int event, int milliseconds) {
  struct pollfd descriptor = {event, POLLIN, 0};
  if (poll(&descriptor, 1, milliseconds) <= 0) return 0;
  uint64_t count;
  (void)!read(event, &count, sizeof count);
  return 1;
}
