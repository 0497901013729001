#pragma once

// Thin shims over libc for what Swift cannot reach without a C library overlay: errno, macros, variadic calls.
// Everything here reports failure as a negative errno, so that no call depends on a thread-local.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "Machine.h"
#include "Sockets.h"
#include "Terminal.h"

/// Opens `path` for reading, close-on-exec. Directories are refused with -EISDIR.
/// Returns a descriptor, or -errno.
int platform_open_for_reading(const char *path);

/// Reads up to `count` bytes, going on after a signal. Returns bytes read, 0 at the end, or -errno.
ssize_t platform_read(int descriptor, void *bytes, size_t count);

/// Closes a descriptor; an interrupted close counts as done.
void platform_close(int descriptor);

/// The message of an errno value, copied into `text` and always terminated.
void platform_error_text(int error, char *text, size_t count);

/// Nanoseconds of the monotonic clock, which stands still while the machine is suspended.
int64_t platform_monotonic_nanoseconds(void);

/// Processor time of the calling thread, in nanoseconds.
int64_t platform_thread_nanoseconds(void);

/// Sleeps for the time given, or until a signal arrives.
void platform_sleep_milliseconds(int milliseconds);

/// Makes an event that one thread signals and another waits for. Returns a descriptor, or -errno.
int platform_event_make(void);

/// Signals the event; never blocks.
void platform_event_signal(int event);

/// Waits until the event is signalled, a signal arrives or the time is over. Returns 1 when it was signalled, else 0.
int platform_event_wait(int event, int milliseconds);

/// Writes all bytes, going on after a signal. Returns 0 or -errno.
int platform_write_all(int descriptor, const void *bytes, size_t count);

/// The same for a reader who may be stuck: gives up with -ETIMEDOUT once it has taken nothing for so long.
int platform_write_soon(int descriptor, const void *bytes, size_t count, int milliseconds);

/// Writes a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder. A file that was
/// there keeps its mode; a new one gets 0644 less the umask. What a writer that died left beside it, NAME.unfinished-
/// and six letters, is removed first. A device or a pipe is written to instead. Returns 0 or -errno, with the old file
/// untouched.
int platform_replace_file(const char *path, const void *bytes, size_t count);

/// Waits, at most so long, until no other process or thread holds the lock of the folder that the file `path` is in, and
/// takes it: who reads the file, changes it and replaces it meanwhile loses nothing. A link is followed. Where the file
/// system knows no such locks, it goes without. Returns a descriptor for `platform_close`, which gives the lock back, or
/// -errno: -ETIMEDOUT where somebody else held it all the time.
int platform_lock_folder_of(const char *path, int milliseconds);

/// A file's bytes in memory of their own. `bytes` is NULL for an empty file.
typedef struct {
  const void *bytes;
  size_t count;
  /// What is given back, for the file may have become shorter while it was read.
  size_t reserved;
  /// 0 or the errno of what failed; EFBIG where the file has more bytes than the limit.
  int error;
} platform_contents;

/// Reads a whole file into memory that starts at a page and can only be read.
platform_contents platform_read_file(const char *path, size_t limit);

/// Gives back the memory; nothing where reading failed.
void platform_forget_contents(platform_contents contents);

/// The real path of the running program, terminated. Returns its length, or -errno.
ssize_t platform_program_path(char *path, size_t count);

/// True when `path` is a file that can be read.
int platform_is_readable_file(const char *path);

/// From now on SIGINT and SIGTERM only set a flag (and interrupt waits); a second one ends the program at once.
void platform_catch_stop_signals(void);

/// The signal that asked the program to stop, or 0.
int platform_stop_signal(void);

/// True when something of this name exists.
int platform_path_exists(const char *path);

// Errors of the system by name: errno.h belongs to another module in each build.
extern const int platform_error_busy, platform_error_access, platform_error_permission, platform_error_no_entry,
  platform_error_no_device, platform_error_no_address, platform_error_again, platform_error_interrupted,
  platform_error_pipe, platform_error_suspended, platform_error_refused, platform_error_cancelled,
  platform_error_address_in_use, platform_error_no_address_here;

/// How many words the command line has, the program's name included.
int platform_argument_count(void);

/// A word of the command line; empty where there is none of that index. Lives as long as the program.
const char *platform_argument(int index);

/// The value of an environment variable; empty where it is not set.
const char *platform_environment(const char *name);

/// Ends the program, flushing what the C library holds back.
void platform_exit(int code) __attribute__((noreturn));

/// Reads a whole text as a decimal number. Returns 1, or 0 where it is something else; too large a number is infinite.
int platform_parse_number(const char *text, double *value);

/// The machine's memory in bytes, or 0 where that cannot be known.
int64_t platform_physical_memory_bytes(void);

/// A running thread.
typedef struct {
  uintptr_t handle;
} platform_thread;

/// Starts a thread. Returns 0 or an errno.
int platform_thread_start(void *(*body)(void *), void *context, platform_thread *thread);

/// Waits for the end of a thread; once for each that was started.
void platform_thread_join(platform_thread thread);

/// Has writing to a pipe without a reader fail with EPIPE, in place of ending the program.
void platform_ignore_broken_pipes(void);

/// Names the calling thread, as `ps -L` shows it; at most 15 bytes count.
void platform_thread_set_name(const char *name);

/// Gives the calling thread a real-time priority (SCHED_FIFO, 1...99), or with 0 an ordinary one. Returns 0 or an errno.
int platform_thread_set_realtime_priority(int priority);

/// 0 when `path` is a file that can be run, else the errno that says why not; EISDIR for a folder.
int platform_executable_error(const char *path);

/// Starts a program without arguments, in a process group of its own: standard input is /dev/null, standard output is
/// this program's standard error, no other descriptor is open, and signals are as a new program expects them.
///
/// `variables` holds `count` texts NAME=VALUE, a zero byte after each, which come over this program's environment.
/// Returns once the program runs, with its process id, or -errno.
int platform_process_start(const char *path, const char *variables, size_t count);

/// Returns 1 when a program that was started has ended, with its exit code or the negative number of the signal that
/// ended it, else 0. Its process id stays taken until `platform_process_forget`.
int platform_process_has_ended(int process, int *outcome);

/// Asks what runs in the process's group to end (SIGTERM), or ends it at once (SIGKILL).
void platform_process_end_group(int process, int at_once);

/// Gives back the id of a process, waiting for its end.
void platform_process_forget(int process);

/// Tells the service manager that started this program a state such as "READY=1", as sd_notify does. Never waits. Returns
/// 1, 0 where there is no service manager to tell, or -errno.
int platform_service_notify(const char *state);

/// How often the service manager wants to hear "WATCHDOG=1" at least, or 0 where it does not.
int64_t platform_watchdog_nanoseconds(void);

/// True when what is written to `descriptor` goes to systemd's journal.
int platform_is_journal(int descriptor);

/// From now on SIGHUP only sets a flag (and interrupts waits), unless messages go to a terminal, whose end it is.
void platform_catch_reload_signal(void);

/// True once after each SIGHUP, or several in a row.
int platform_take_reload_signal(void);

/// What tells a file from the one that was there before: its place on the disk, its size and when it, its owner or its rights
/// were changed.
typedef struct {
  uint64_t device, inode;
  int64_t byte_count, seconds, nanoseconds;
} platform_stamp;

/// Returns 0 or -errno.
int platform_file_stamp(const char *path, platform_stamp *stamp);
