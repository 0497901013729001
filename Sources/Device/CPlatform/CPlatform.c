#define _GNU_SOURCE
#include "CPlatform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
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

int64_t platform_thread_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
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

int platform_write_all(int descriptor, const void *bytes, size_t count) {
  const char *position = bytes;
  while (count > 0) {
    ssize_t written = write(descriptor, position, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      struct pollfd wait = {descriptor, POLLOUT, 0};
      poll(&wait, 1, -1);
      continue;
    }
    if (written < 0) return -errno;
    position += written;
    count -= (size_t)written;
  }
  return 0;
}

int platform_write_soon(int descriptor, const void *bytes, size_t count, int milliseconds) {
  const char *position = bytes;
  while (count > 0) {
    struct pollfd wait = {descriptor, POLLOUT, 0};
    int ready = poll(&wait, 1, milliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return -errno;
    if (ready == 0) return -ETIMEDOUT;
    // A pipe that is ready accepts this many bytes without blocking.
    size_t part = count < PIPE_BUF ? count : PIPE_BUF;
    int result = platform_write_all(descriptor, position, part);
    if (result < 0) return result;
    position += part;
    count -= part;
  }
  return 0;
}

static int open_folder_of(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) + (slash == path) : 0;
  if (length >= sizeof folder) return -ENAMETOOLONG;
  memcpy(folder, path, length);
  folder[length] = 0;
  int descriptor = open(length ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

static int stat_folder_of(const char *path, struct stat *status) {
  int descriptor = open_folder_of(path);
  if (descriptor < 0) return descriptor;
  int result = fstat(descriptor, status) < 0 ? -errno : 0;
  close(descriptor);
  return result;
}

static int sync_folder(const char *path) {
  int descriptor = open_folder_of(path);
  if (descriptor < 0) return descriptor;
  // Some file systems do not support fsync of folders; the rename is done anyway.
  int result = fsync(descriptor) < 0 && errno != EINVAL ? -errno : 0;
  close(descriptor);
  return result;
}

int platform_lock_folder_of(const char *path, int milliseconds) {
  char target[PATH_MAX];
  int descriptor = open_folder_of(realpath(path, target) ? target : path);
  if (descriptor < 0) return descriptor;
  int64_t end = platform_monotonic_nanoseconds() + (int64_t)milliseconds * 1000000;
  while (flock(descriptor, LOCK_EX | LOCK_NB) < 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) break;
    if (platform_monotonic_nanoseconds() >= end) {
      close(descriptor);
      return -ETIMEDOUT;
    }
    platform_sleep_milliseconds(5);
  }
  return descriptor;
}

static const char unfinished[] = ".unfinished-";

// The length of the prefix of a path that a temporary path keeps, so that its name does not exceed NAME_MAX.
static size_t kept_length(const char *target) {
  const char *slash = strrchr(target, '/');
  const char *name = slash ? slash + 1 : target;
  size_t length = strlen(name), most = NAME_MAX - (sizeof unfinished - 1) - 6;
  return (size_t)(name - target) + (length < most ? length : most);
}

// Removes temporary files that crashed writers left next to a file. Running writers hold a lock on theirs.
static void remove_unfinished(const char *target) {
  const char *slash = strrchr(target, '/');
  const char *name = slash ? slash + 1 : target;
  size_t length = kept_length(target) - (size_t)(name - target);
  int folder = open_folder_of(target);
  DIR *entries = folder < 0 ? NULL : fdopendir(folder);
  if (!entries) {
    if (folder >= 0) close(folder);
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(entries))) {
    if (strncmp(entry->d_name, name, length) != 0) continue;
    if (strncmp(entry->d_name + length, unfinished, sizeof unfinished - 1) != 0) continue;
    if (strlen(entry->d_name) != length + sizeof unfinished - 1 + 6) continue;
    int left = openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (left < 0) continue;
    if (flock(left, LOCK_EX | LOCK_NB) == 0) unlinkat(folder, entry->d_name, 0);
    close(left);
  }
  closedir(entries);
}

// Creates a locked temporary file next to a file and writes its path to `temporary`. Returns a descriptor or -errno.
static int make_unfinished(const char *target, char *temporary, size_t count) {
  for (;;) {
    snprintf(temporary, count, "%.*s%sXXXXXX", (int)kept_length(target), target, unfinished);
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) return -errno;
    while (flock(descriptor, LOCK_EX) < 0 && errno == EINTR) {}
    // Before the lock, another process may have removed it as a leftover.
    struct stat status;
    if (fstat(descriptor, &status) < 0 || status.st_nlink > 0) return descriptor;
    close(descriptor);
  }
}

static int write_in_place(const char *path, const void *bytes, size_t count) {
  int descriptor = open(path, O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  int result = platform_write_all(descriptor, bytes, count);
  close(descriptor);
  return result;
}

int platform_replace_file(const char *path, const void *bytes, size_t count) {
  // Links are followed: the target is replaced, not the link.
  char target[PATH_MAX], temporary[PATH_MAX + 32];
  if (!realpath(path, target)) {
    if (errno != ENOENT) return -errno;
    // A dangling link, for example to a disk that is not mounted, is kept.
    struct stat link;
    if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode)) return -ENOENT;
    if (strlen(path) >= sizeof target) return -ENAMETOOLONG;
    strcpy(target, path);
  }
  struct stat status;
  int exists = stat(target, &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return -EISDIR;
  // A device or a pipe is written to; it must not be replaced by a file.
  if (exists && !S_ISREG(status.st_mode)) return write_in_place(target, bytes, count);
  remove_unfinished(target);
  int descriptor = make_unfinished(target, temporary, sizeof temporary);
  if (descriptor < 0) return descriptor;
  mode_t mask = umask(0);
  umask(mask);
  mode_t mode = exists ? status.st_mode & 07777 : 0644 & ~mask;
  int result = platform_write_all(descriptor, bytes, count);
  // Files that root changes, or creates in another user's folder, belong to that user.
  struct stat owner = status;
  if (exists || (geteuid() == 0 && stat_folder_of(target, &owner) == 0)) {
    if (fchown(descriptor, owner.st_uid, owner.st_gid) < 0 && errno != EPERM && result == 0) result = -errno;
  }
  if (result == 0 && fchmod(descriptor, mode) < 0) result = -errno;
  if (result == 0 && fsync(descriptor) < 0) result = -errno;
  if (result == 0 && rename(temporary, target) < 0) result = -errno;
  if (result < 0) unlink(temporary);
  // Closed last, because of the lock.
  close(descriptor);
  if (result == 0) sync_folder(target);
  return result;
}

platform_contents platform_read_file(const char *path, size_t limit) {
  platform_contents contents = {NULL, 0, 0, 0};
  int descriptor = platform_open_for_reading(path);
  if (descriptor < 0) {
    contents.error = -descriptor;
    return contents;
  }
  struct stat status;
  if (fstat(descriptor, &status) < 0) {
    contents.error = errno;
  } else if ((uint64_t)status.st_size > limit) {
    contents.error = EFBIG;
  } else if (status.st_size > 0) {
    size_t reserved = (size_t)status.st_size;
    char *bytes = mmap(NULL, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
      contents.error = errno;
    } else {
      ssize_t got = 1;
      while (contents.count < reserved && (got = platform_read(descriptor, bytes + contents.count, reserved - contents.count)) > 0)
        contents.count += (size_t)got;
      if (got < 0) contents.error = (int)-got;
      // Read-only, as with a mapped file, so accidental writes are caught.
      if (mprotect(bytes, reserved, PROT_READ) < 0 && contents.error == 0) contents.error = errno;
      contents.bytes = bytes;
      contents.reserved = reserved;
      if (contents.error != 0) platform_forget_contents(contents);
    }
  }
  close(descriptor);
  return contents;
}

void platform_forget_contents(platform_contents contents) {
  if (contents.reserved > 0) munmap((void *)contents.bytes, contents.reserved);
}

ssize_t platform_program_path(char *path, size_t count) {
  if (count == 0) return -EINVAL;
  ssize_t length = readlink("/proc/self/exe", path, count - 1);
  if (length < 0) return -errno;
  path[length] = 0;
  return length;
}

int platform_is_readable_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && !S_ISDIR(status.st_mode) && access(path, R_OK) == 0;
}

static volatile sig_atomic_t stop_signal;

static void note_stop(int signal) { stop_signal = signal; }

void platform_catch_stop_signals(void) {
  struct sigaction action = {.sa_handler = note_stop, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  // The parent may have blocked them, and the signal mask is inherited.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &stops, NULL);
}

int platform_stop_signal(void) { return stop_signal; }

int platform_path_exists(const char *path) {
  struct stat status;
  return stat(path, &status) == 0;
}
