#include "CFrameThread.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((weak)) void __rtsan_realtime_enter(void);
__attribute__((weak)) void __rtsan_realtime_exit(void);

bool cooee_test_has_realtime_sanitizer(void) { return __rtsan_realtime_enter != NULL; }

void cooee_test_realtime_enter(void) {
  if (__rtsan_realtime_enter) __rtsan_realtime_enter();
}

void cooee_test_realtime_exit(void) {
  if (__rtsan_realtime_exit) __rtsan_realtime_exit();
}

struct work {
  void (*body)(void *context);
  void *context;
  bool forbids_system_calls;
  int error;
};

static int forbid_system_calls(void) {
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}

static void *run(void *argument) {
  struct work *work = argument;
  if (!work->forbids_system_calls) {
    work->body(work->context);
    return NULL;
  }
  work->error = forbid_system_calls();
  if (work->error) return NULL;
  work->body(work->context);
  /* The C library makes other calls at the end of a thread. This call is enough for pthread_join to return. */
  syscall(SYS_exit, 0);
  return NULL;
}

int cooee_test_run_frame_thread(void (*body)(void *context), void *context, bool forbids_system_calls) {
  struct work work = {body, context, forbids_system_calls, 0};
  pthread_t thread;
  int error = pthread_create(&thread, NULL, run, &work);
  if (error) return error;
  pthread_join(thread, NULL);
  return work.error;
}
