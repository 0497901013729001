#pragma once

// What doctor asks the machine.

#include <stddef.h>
#include <stdint.h>

/// Nodes of a folder, such as /dev/snd, whose names begin and end as given.
typedef struct {
  int count;
  int readable_count;
  /// The group that the first unreadable one belongs to, else that of the first: its name, or its number where it has none.
  char group[64];
  /// Whether this program runs with that group, and whether the user was given it, which counts from the next login on.
  int has_group, was_given_group;
} platform_nodes;

platform_nodes platform_nodes_in(const char *folder, const char *prefix, const char *suffix);

/// The name of the user that this program runs as, or the number; always terminated.
void platform_user_name(char *name, size_t count);

/// Tries to give a thread of its own a real-time priority (SCHED_FIFO), for a moment. Returns 0 or an errno.
int platform_realtime_error(int priority);

/// The highest real-time priority that RLIMIT_RTPRIO allows; -1 for no limit.
int platform_realtime_limit(void);

/// The year of the clock, UTC.
int platform_clock_year(void);

/// 1 when the kernel says that the clock is synchronised, 0 when that it is not, -1 when it does not tell.
int platform_clock_is_synchronised(void);

/// Bytes that this user may still write to the file system of a file or folder, or -errno.
int64_t platform_free_bytes(const char *path);

/// 0 when files can be made in the folder and replaced, else the errno that says why not.
int platform_folder_write_error(const char *folder);
