#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CPlatform.h"

int platform_executable_error(const char *path) {
  struct stat status;
  if (stat(path, &status) < 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  return access(path, X_OK) == 0 ? 0 : errno;
}

// Whether one of the variables, each NAME=VALUE, has the name of `entry`.
static int is_replaced(const char *entry, const char *variables, size_t count) {
  size_t name = strcspn(entry, "=") + 1;
  for (const char *next = variables; count > 0; count--, next += strlen(next) + 1)
    if (strncmp(entry, next, name) == 0) return 1;
  return 0;
}

// This program's environment, overridden by the variables. The caller frees the array; the strings are not copied.
static char **environment_with(const char *variables, size_t count) {
  size_t size = count + 1, filled = 0;
  for (char **entry = environ; entry && *entry; entry++) size++;
  char **all = malloc(size * sizeof *all);
  if (!all) return NULL;
  for (char **entry = environ; entry && *entry; entry++)
    if (!is_replaced(*entry, variables, count)) all[filled++] = *entry;
  for (const char *next = variables; count > 0; count--, next += strlen(next) + 1) all[filled++] = (char *)next;
  all[filled] = NULL;
  return all;
}

// Between vfork and exec, the memory is shared with the waiting parent: only system calls, and writes only to `error`.
static void become(const char *path, char **arguments, char **environment, volatile int *error) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  setpgid(0, 0);
  int nothing = open("/dev/null", O_RDWR);
  if (nothing < 0 || dup2(nothing, 0) < 0 || (dup2(2, 1) < 0 && dup2(nothing, 1) < 0)) {
    *error = errno;
    return;
  }
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3, ~0U, 0) < 0)
#endif
    for (int descriptor = 3; descriptor < 1024; descriptor++) close(descriptor);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(path, arguments, environment);
  *error = errno;
}

int platform_process_start(const char *path, const char *variables, size_t count) {
  char **environment = environment_with(variables, count);
  if (!environment) return -ENOMEM;
  char *arguments[] = {(char *)path, NULL};
  volatile int error = 0;
  // A signal between vfork and exec would run this program's handler in this program's memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t process = vfork();
  if (process == 0) {
    become(path, arguments, environment, &error);
    _exit(127);
  }
  int failure = process < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  free(environment);
  if (failure) return -failure;
  if (error == 0) return process;
  waitpid(process, NULL, 0);
  return -error;
}

int platform_process_has_ended(int process, int *outcome) {
  siginfo_t info;
  info.si_pid = 0;
  int result;
  do {
    result = waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT);
  } while (result < 0 && errno == EINTR);
  if (result == 0 && info.si_pid == 0) return 0;
  *outcome = result < 0 ? 0 : info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  return 1;
}

void platform_process_end_group(int process, int at_once) { kill(-process, at_once ? SIGKILL : SIGTERM); }

void platform_process_forget(int process) {
  while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
}
