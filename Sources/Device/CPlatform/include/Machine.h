#pragma once

// The machine's state, for `cooee doctor`.

#include <stddef.h>
#include <stdint.h>

/// The nodes of a folder, such as /dev/snd, whose names have a prefix and a suffix.
typedef struct {
  int count;
  int readable_count;
  /// The group of the first unreadable node, or of the first node if all are readable: its name, or its number if
  /// unnamed.
  char group[64];
  /// Whether this program has that group, and whether the user is a member of it, which takes effect at the next login.
  int has_group, was_given_group;
} platform_nodes;

/// Looks up the nodes of a folder; the count is 0 if the folder cannot be read.
platform_nodes platform_nodes_in(const char *folder, const char *prefix, const char *suffix);

/// The name of the user that runs this program, or the number if unnamed; always terminated.
void platform_user_name(char *name, size_t count);

/// Tries to set a real-time priority (SCHED_FIFO) in a short-lived thread. Returns 0 or an errno.
int platform_realtime_error(int priority);

/// The highest real-time priority that RLIMIT_RTPRIO allows; -1 for no limit.
int platform_realtime_limit(void);

/// The clock's year in UTC.
int platform_clock_year(void);

/// 1 if the kernel reports a synchronized clock, 0 if it reports an unsynchronized one, -1 if it does not report it.
int platform_clock_is_synchronised(void);

/// The bytes that this user can write to the file system of a file or folder, or -errno.
int64_t platform_free_bytes(const char *path);

/// 0 if this user can create and replace files in the folder, otherwise the errno that explains why not.
int platform_folder_write_error(const char *folder);
