#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>

#include "CPlatform.h"

const int platform_error_busy = EBUSY;
const int platform_error_access = EACCES;
const int platform_error_permission = EPERM;
const int platform_error_no_entry = ENOENT;
const int platform_error_no_device = ENODEV;
const int platform_error_no_address = ENXIO;
const int platform_error_again = EAGAIN;
const int platform_error_interrupted = EINTR;
const int platform_error_pipe = EPIPE;
const int platform_error_suspended = ESTRPIPE;
const int platform_error_refused = ECONNREFUSED;
const int platform_error_cancelled = ECANCELED;
const int platform_error_address_in_use = EADDRINUSE;
const int platform_error_no_address_here = EADDRNOTAVAIL;

static int argument_count;
static char **arguments;

// glibc passes main's arguments to constructors. Without CommandLine, Swift's own start code hides them.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}

int platform_argument_count(void) { return argument_count; }

const char *platform_argument(int index) {
  return index >= 0 && index < argument_count ? arguments[index] : "";
}

const char *platform_environment(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

void platform_exit(int code) { exit(code); }

int platform_parse_number(const char *text, double *value) {
  // Decimal numbers only: strtod also accepts hexadecimal, names of infinity, and leading spaces.
  if (!*text || strspn(text, "0123456789+-.eE") != strlen(text)) return 0;
  char *end;
  *value = strtod(text, &end);
  return *end == 0;
}

int64_t platform_physical_memory_bytes(void) {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (int64_t)pages * size : 0;
}

int platform_thread_start(void *(*body)(void *), void *context, platform_thread *thread) {
  pthread_t started;
  int result = pthread_create(&started, NULL, body, context);
  if (result == 0) thread->handle = (uintptr_t)started;
  return result;
}

void platform_thread_join(platform_thread thread) { pthread_join((pthread_t)thread.handle, NULL); }

void platform_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

void platform_thread_set_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int platform_thread_set_realtime_priority(int priority) {
  struct sched_param parameters = {.sched_priority = priority};
  return pthread_setschedparam(pthread_self(), priority > 0 ? SCHED_FIFO : SCHED_OTHER, &parameters);
}
