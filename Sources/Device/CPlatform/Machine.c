#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "CPlatform.h"

static int has_group(gid_t group) {
  if (getegid() == group) return 1;
  gid_t groups[256];
  int count = getgroups(256, groups);
  for (int index = 0; index < count; index++)
    if (groups[index] == group) return 1;
  return 0;
}

static int was_given_group(const struct group *group) {
  const struct passwd *user = getpwuid(geteuid());
  if (!group || !user) return 0;
  for (char **member = group->gr_mem; *member; member++)
    if (strcmp(*member, user->pw_name) == 0) return 1;
  return 0;
}

static void note_group(platform_nodes *nodes, gid_t number) {
  const struct group *group = getgrgid(number);
  if (group) {
    snprintf(nodes->group, sizeof nodes->group, "%s", group->gr_name);
  } else {
    snprintf(nodes->group, sizeof nodes->group, "%u", (unsigned)number);
  }
  nodes->has_group = has_group(number);
  nodes->was_given_group = was_given_group(group);
}

platform_nodes platform_nodes_in(const char *folder, const char *prefix, const char *suffix) {
  platform_nodes nodes = {0};
  DIR *entries = opendir(folder);
  if (!entries) return nodes;
  size_t prefix_length = strlen(prefix), suffix_length = strlen(suffix);
  for (struct dirent *entry; (entry = readdir(entries));) {
    size_t length = strlen(entry->d_name);
    if (length < prefix_length + suffix_length || strncmp(entry->d_name, prefix, prefix_length) ||
        strcmp(entry->d_name + length - suffix_length, suffix))
      continue;
    struct stat status;
    if (fstatat(dirfd(entries), entry->d_name, &status, 0) < 0) continue;
    // Sound cards are opened for reading and writing, even for capture.
    int is_readable = faccessat(dirfd(entries), entry->d_name, R_OK | W_OK, AT_EACCESS) == 0;
    if (nodes.count == 0 || (!is_readable && nodes.readable_count == nodes.count)) note_group(&nodes, status.st_gid);
    nodes.count++;
    nodes.readable_count += is_readable;
  }
  closedir(entries);
  return nodes;
}

void platform_user_name(char *name, size_t count) {
  const struct passwd *user = getpwuid(geteuid());
  if (user) {
    snprintf(name, count, "%s", user->pw_name);
  } else {
    snprintf(name, count, "%u", (unsigned)geteuid());
  }
}

static void *try_priority(void *context) {
  int *priority = context;
  *priority = platform_thread_set_realtime_priority(*priority);
  return NULL;
}

int platform_realtime_error(int priority) {
  platform_thread thread;
  int result = platform_thread_start(try_priority, &priority, &thread);
  if (result != 0) return result;
  platform_thread_join(thread);
  return priority;
}

int platform_realtime_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_RTPRIO, &limit) < 0) return 0;
  return limit.rlim_cur == RLIM_INFINITY ? -1 : (int)limit.rlim_cur;
}

int platform_clock_year(void) {
  time_t now = time(NULL);
  struct tm parts;
  return gmtime_r(&now, &parts) ? parts.tm_year + 1900 : 0;
}

int platform_clock_is_synchronised(void) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  return state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}

int64_t platform_free_bytes(const char *path) {
  struct statvfs status;
  if (statvfs(path, &status) < 0) return -errno;
  return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}

int platform_folder_write_error(const char *folder) {
  return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}
