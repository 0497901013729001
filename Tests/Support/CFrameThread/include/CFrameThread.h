#pragma once
#include <stdbool.h>

/* A thread that must not do anything that is forbidden on a real-time thread. */

/* Calls `body(context)` on a separate thread and waits for its end. With `forbids_system_calls`, the kernel ends the
 * process with SIGSYS at the first system call of `body`; only ending the thread is allowed.
 * Returns 0, or the errno of a failed setup, in which case `body` was not called. */
int cooee_test_run_frame_thread(void (*body)(void *context), void *context, bool forbids_system_calls);

/* Whether the program was linked with RealtimeSanitizer (-fsanitize=realtime). */
bool cooee_test_has_realtime_sanitizer(void);

/* Between these two calls, RealtimeSanitizer ends the process with a report if the thread allocates, locks, sleeps or
 * makes a system call through the C library. Without the sanitizer, they do nothing. */
void cooee_test_realtime_enter(void);
void cooee_test_realtime_exit(void);
