#pragma once

// Thin wrappers for libc features that Swift cannot use without a C library overlay: errno, macros, variadic calls.
// Failures are returned as negative errno values, so no call depends on a thread-local variable.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "Machine.h"
#include "Sockets.h"
#include "Terminal.h"

/// Opens `path` for reading, close-on-exec. Folders are refused with -EISDIR.
/// Returns a descriptor, or -errno.
int platform_open_for_reading(const char *path);

/// Reads up to `count` bytes, and retries after a signal. Returns the bytes read, 0 at the end, or -errno.
ssize_t platform_read(int descriptor, void *bytes, size_t count);

/// Closes a descriptor; an interrupted close counts as done.
void platform_close(int descriptor);

/// Copies the message of an errno value to `text`, always terminated.
void platform_error_text(int error, char *text, size_t count);

/// Nanoseconds of the monotonic clock, which stops while the machine is suspended.
int64_t platform_monotonic_nanoseconds(void);

/// Processor time of the calling thread, in nanoseconds.
int64_t platform_thread_nanoseconds(void);

/// Sleeps for this long, or until a signal arrives.
void platform_sleep_milliseconds(int milliseconds);

/// Creates an event that one thread signals and another waits for. Returns a descriptor, or -errno.
int platform_event_make(void);

/// Signals the event; never blocks.
void platform_event_signal(int event);

/// Waits until the event is signaled, a signal arrives, or the time is over. Returns 1 if it was signaled, otherwise 0.
int platform_event_wait(int event, int milliseconds);

/// Writes all bytes, and retries after a signal. Returns 0 or -errno.
int platform_write_all(int descriptor, const void *bytes, size_t count);

/// Like `platform_write_all`, but returns -ETIMEDOUT if the reader accepts nothing for this long.
int platform_write_soon(int descriptor, const void *bytes, size_t count, int milliseconds);

/// Replaces a file as a whole: a temporary file next to it, fsync, rename, fsync of the folder. An existing file's mode
/// is kept; a new file gets 0644 without the umask. First removes what crashed writers left next to it, named
/// NAME.unfinished- and six letters. A device or a pipe is written to instead. Returns 0, or -errno with the old file
/// unchanged.
int platform_replace_file(const char *path, const void *bytes, size_t count);

/// Locks the folder of the file `path`, waiting up to `milliseconds` for other processes and threads, so the file can
/// be read, changed and replaced. Links are followed. If the file system has no such locks, returns without one.
/// Returns a descriptor, which `platform_close` unlocks, or -errno: -ETIMEDOUT if the lock stayed taken.
int platform_lock_folder_of(const char *path, int milliseconds);

/// A copy of a file's bytes. `bytes` is NULL for an empty file.
typedef struct {
  const void *bytes;
  size_t count;
  /// The size of the memory to free; differs from `count` if the file was truncated during the read.
  size_t reserved;
  /// 0, or the errno of the failure; EFBIG if the file exceeds the limit.
  int error;
} platform_contents;

/// Reads a whole file into read-only memory that starts at a page boundary.
platform_contents platform_read_file(const char *path, size_t limit);

/// Frees the memory; does nothing if reading failed.
void platform_forget_contents(platform_contents contents);

/// The real path of the running program, terminated. Returns its length, or -errno.
ssize_t platform_program_path(char *path, size_t count);

/// Whether `path` is a readable file.
int platform_is_readable_file(const char *path);

/// Makes SIGINT and SIGTERM set a flag and interrupt waits. A second signal ends the program at once.
void platform_catch_stop_signals(void);

/// The stop signal that arrived, or 0.
int platform_stop_signal(void);

/// Whether a file, folder or other entry exists at the path.
int platform_path_exists(const char *path);

// errno values by name: in different builds, errno.h belongs to different modules.
extern const int platform_error_busy, platform_error_access, platform_error_permission, platform_error_no_entry,
  platform_error_no_device, platform_error_no_address, platform_error_again, platform_error_interrupted,
  platform_error_pipe, platform_error_suspended, platform_error_refused, platform_error_cancelled,
  platform_error_address_in_use, platform_error_no_address_here;

/// The number of words on the command line, including the program's name.
int platform_argument_count(void);

/// A word of the command line; empty if the index is out of range. Valid as long as the program runs.
const char *platform_argument(int index);

/// The value of an environment variable; empty if it is not set.
const char *platform_environment(const char *name);

/// Exits, and flushes the C library's buffers.
void platform_exit(int code) __attribute__((noreturn));

/// Parses a whole text as a decimal number. Returns 1, or 0 if it is not a number. Numbers that are too large are
/// infinite.
int platform_parse_number(const char *text, double *value);

/// The machine's memory in bytes, or 0 if unknown.
int64_t platform_physical_memory_bytes(void);

/// A running thread.
typedef struct {
  uintptr_t handle;
} platform_thread;

/// Starts a thread. Returns 0 or an errno.
int platform_thread_start(void *(*body)(void *), void *context, platform_thread *thread);

/// Waits until a thread ends. Call this once per thread.
void platform_thread_join(platform_thread thread);

/// Makes writing to a pipe without a reader fail with EPIPE instead of ending the program.
void platform_ignore_broken_pipes(void);

/// Sets the calling thread's name for `ps -L`, at most 15 bytes.
void platform_thread_set_name(const char *name);

/// Sets the calling thread's real-time priority (SCHED_FIFO, 1...99), or a normal one with 0. Returns 0 or an errno.
int platform_thread_set_realtime_priority(int priority);

/// 0 if `path` is an executable file, otherwise the errno that explains why not; EISDIR for a folder.
int platform_executable_error(const char *path);

/// Starts a program without arguments, in a separate process group. Its stdin is /dev/null, its stdout is this
/// program's stderr, no other descriptor is open, and signals have their defaults.
///
/// `variables` contains `count` strings NAME=VALUE, each followed by a zero byte, which override this program's
/// environment. Returns the process ID once the program runs, or -errno.
int platform_process_start(const char *path, const char *variables, size_t count);

/// Returns 1 if a started program has ended, with its exit status or the negative number of the signal that ended it;
/// otherwise 0. The process ID stays reserved until `platform_process_forget`.
int platform_process_has_ended(int process, int *outcome);

/// Asks the processes of the group to end (SIGTERM), or kills them at once (SIGKILL).
void platform_process_end_group(int process, int at_once);

/// Waits until a process ends, and releases its ID.
void platform_process_forget(int process);

/// Sends a state such as "READY=1" to the service manager that started this program, like sd_notify. Never waits.
/// Returns 1, 0 without a service manager, or -errno.
int platform_service_notify(const char *state);

/// The longest interval between "WATCHDOG=1" messages that the service manager accepts, or 0 without a watchdog.
int64_t platform_watchdog_nanoseconds(void);

/// Whether output to `descriptor` goes to systemd's journal.
int platform_is_journal(int descriptor);

/// Makes SIGHUP set a flag and interrupt waits, unless stderr is a terminal; closing that must end the program.
void platform_catch_reload_signal(void);

/// Returns 1 once after one or more SIGHUP signals, otherwise 0.
int platform_take_reload_signal(void);

/// Identifies a version of a file: its device and inode, its size, and the time of the last change of its content,
/// owner or permissions.
typedef struct {
  uint64_t device, inode;
  int64_t byte_count, seconds, nanoseconds;
} platform_stamp;

/// Writes the stamp of a file. Returns 0 or -errno.
int platform_file_stamp(const char *path, platform_stamp *stamp);
