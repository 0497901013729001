#pragma once
#include <stdbool.h>

/* A thread that must finish its work without what a real-time thread must not do. */

/* Calls `body(context)` on a thread of its own and waits for its end. With `forbids_system_calls` the kernel ends the
 * whole process by SIGSYS at the first system call of `body`, whatever it is; the thread may only end.
 * Returns 0, or the errno of what could not be set up: then `body` was not called. */
int heed_test_run_frame_thread(void (*body)(void *context), void *context, bool forbids_system_calls);

/* Whether the program was linked with RealtimeSanitizer (-fsanitize=realtime). */
bool heed_test_has_realtime_sanitizer(void);

/* Between these two, RealtimeSanitizer ends the process with a report when the thread allocates, locks, sleeps or calls the
 * system through the C library. Without the sanitizer they do nothing. */
void heed_test_realtime_enter(void);
void heed_test_realtime_exit(void);
