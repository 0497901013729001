#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "CPlatform.h"

int platform_service_notify(const char *state) {
  const char *path = getenv("NOTIFY_SOCKET");
  if (!path || !*path) return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path, length);
  // A path that begins with @ is in the abstract namespace, where its first byte is zero.
  if (path[0] == '@') address.sun_path[0] = 0;
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -errno;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(descriptor, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  int result = sent < 0 ? -errno : 1;
  close(descriptor);
  return result;
}

int64_t platform_watchdog_nanoseconds(void) {
  const char *microseconds = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
  if (!microseconds || (process && atol(process) != (long)getpid())) return 0;
  return atoll(microseconds) * 1000;
}

int platform_is_journal(int descriptor) {
  const char *stream = getenv("JOURNAL_STREAM");
  unsigned long long device, inode;
  struct stat status;
  return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(descriptor, &status) == 0 &&
         status.st_dev == device && status.st_ino == inode;
}

static volatile sig_atomic_t reload_signal;

static void note_reload(int signal) {
  (void)signal;
  reload_signal = 1;
}

void platform_catch_reload_signal(void) {
  // Closing a terminal also sends SIGHUP, which must end the program.
  if (isatty(STDERR_FILENO)) return;
  struct sigaction action = {.sa_handler = note_reload};
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, NULL);
  sigset_t reloads;
  sigemptyset(&reloads);
  sigaddset(&reloads, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &reloads, NULL);
}

int platform_take_reload_signal(void) {
  if (!reload_signal) return 0;
  reload_signal = 0;
  return 1;
}

int platform_file_stamp(const char *path, platform_stamp *stamp) {
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  stamp->device = status.st_dev;
  stamp->inode = status.st_ino;
  stamp->byte_count = status.st_size;
  stamp->seconds = status.st_ctim.tv_sec;
  stamp->nanoseconds = status.st_ctim.tv_nsec;
  return 0;
}
