#define _GNU_SOURCE
#include "CFaults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum what { none, kill_before, kill_after, short_write, failing };

static char call[16];
static long number, stretch;
static enum what what;
static int error;
static atomic_long count;
static long step_after_ns = -1, step_seconds, started_ns;

static long nanoseconds(clockid_t clock) {
  struct timespec now;
  syscall(SYS_clock_gettime, clock, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

__attribute__((constructor)) static void prepare(void) {
  const char *step = getenv("COOEE_CLOCK_STEP");
  if (step) {
    char *end;
    started_ns = nanoseconds(CLOCK_MONOTONIC);
    step_after_ns = (long)(strtod(step, &end) * 1e9);
    step_seconds = *end == ':' ? atol(end + 1) : 0;
  }
  const char *fault = getenv("COOEE_FAULT");
  const char *colon = fault ? strchr(fault, ':') : NULL;
  if (!colon || (size_t)(colon - fault) >= sizeof call) return;
  char *end;
  number = strtol(colon + 1, &end, 10);
  stretch = *end == '+';
  if (stretch) end++;
  if (*end != ':') return;
  end++;
  error = atoi(end);
  what = !strcmp(end, "kill") ? kill_before : !strcmp(end, "killed-after") ? kill_after : !strcmp(end, "short") ? short_write : failing;
  memcpy(call, fault, (size_t)(colon - fault));
}

// With the number 0, nothing fails and the calls are counted.
__attribute__((destructor)) static void tell_count(void) {
  if (what == none || number != 0) return;
  char text[64];
  int length = snprintf(text, sizeof text, "fault calls %ld\n", atomic_load(&count));
  syscall(SYS_write, 2, text, length);
}

static void tell(void) { syscall(SYS_write, 2, "fault injected\n", 15); }

static void end_here(void) {
  tell();
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

// The fault for this call.
static enum what fault(const char *name, int counts_as_any) {
  if (what == none || !(strcmp(call, name) == 0 || (counts_as_any && strcmp(call, "any") == 0))) return none;
  long now = atomic_fetch_add(&count, 1) + 1;
  if (now != number && !(stretch && now > number)) return none;
  if (what == kill_before) end_here();
  if (now == number && what != kill_after) tell();
  errno = error;
  return what;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define GUARDED(name, type, invocation)      \
  enum what happens = fault(name, 1);        \
  if (happens == failing) return (type) - 1; \
  type result = invocation;                  \
  if (happens == kill_after) end_here();     \
  return result

ssize_t write(int descriptor, const void *bytes, size_t size) {
  if (descriptor == 1 || descriptor == 2) {
    enum what happens = fault("print", 0);
    if (happens == failing) return -1;
    return syscall(SYS_write, descriptor, bytes, happens == short_write && size > 1 ? size / 2 : size);
  }
  enum what happens = fault("write", 1);
  if (happens == failing) return -1;
  ssize_t result = syscall(SYS_write, descriptor, bytes, happens == short_write && size > 1 ? size / 2 : size);
  if (happens == kill_after) end_here();
  return result;
}

ssize_t read(int descriptor, void *bytes, size_t size) { GUARDED("read", ssize_t, syscall(SYS_read, descriptor, bytes, size)); }
int fsync(int descriptor) { GUARDED("fsync", int, (int)syscall(SYS_fsync, descriptor)); }
int fchmod(int descriptor, mode_t mode) { GUARDED("fchmod", int, (int)syscall(SYS_fchmod, descriptor, mode)); }
int flock(int descriptor, int operation) { GUARDED("flock", int, (int)syscall(SYS_flock, descriptor, operation)); }
int close(int descriptor) { GUARDED("close", int, (int)syscall(SYS_close, descriptor)); }
int unlink(const char *path) { GUARDED("unlink", int, (int)syscall(SYS_unlink, path)); }
int unlinkat(int folder, const char *path, int flags) {
  GUARDED("unlink", int, (int)syscall(SYS_unlinkat, folder, path, flags));
}
int rename(const char *from, const char *to) { GUARDED("rename", int, (int)syscall(SYS_rename, from, to)); }

static int open_file(int folder, const char *path, int flags, mode_t mode) {
  GUARDED((flags & O_ACCMODE) == O_RDONLY ? "open" : "create", int, (int)syscall(SYS_openat, folder, path, flags, mode));
}
#define MODE(flags)                            \
  va_list rest;                                \
  va_start(rest, flags);                       \
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
  va_end(rest)
int open(const char *path, int flags, ...) {
  MODE(flags);
  return open_file(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags);
  return open_file(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int folder, const char *path, int flags, ...) {
  MODE(flags);
  return open_file(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
  MODE(flags);
  return open_file(folder, path, flags | O_LARGEFILE, mode);
}
int mkostemp(char *template, int flags) { GUARDED("create", int, REAL(mkostemp)(template, flags)); }
int mkostemp64(char *template, int flags) { GUARDED("create", int, REAL(mkostemp)(template, flags)); }

static void *map(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  GUARDED("mmap", void *, (void *)syscall(SYS_mmap, address, size, protection, flags, descriptor, offset));
}
void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  return map(address, size, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t size, int protection, int flags, int descriptor, off64_t offset) {
  return map(address, size, protection, flags, descriptor, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *context) {
  return fault("thread", 0) == failing ? error : REAL(pthread_create)(thread, attributes, body, context);
}

// The C library's functions, under the names that it keeps for replacements.
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);

void *malloc(size_t size) { return fault("allocation", 0) == failing ? NULL : __libc_malloc(size); }
void *calloc(size_t items, size_t size) { return fault("allocation", 0) == failing ? NULL : __libc_calloc(items, size); }
void *realloc(void *old, size_t size) { return fault("allocation", 0) == failing ? NULL : __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) {
  return fault("allocation", 0) == failing ? NULL : __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *got = memalign(alignment, size);
  if (!got) return ENOMEM;
  *memory = got;
  return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME && step_after_ns >= 0 &&
      nanoseconds(CLOCK_MONOTONIC) - started_ns >= step_after_ns)
    time->tv_sec += step_seconds;
  return result;
}
