#define _GNU_SOURCE
#include "CProcessUsage.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>

int process_stay_on_one_processor(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return -errno;
  int last = CPU_SETSIZE - 1;
  while (last > 0 && !CPU_ISSET(last, &allowed)) last--;
  CPU_ZERO(&allowed);
  CPU_SET(last, &allowed);
  return sched_setaffinity(0, sizeof allowed, &allowed) == 0 ? last : -errno;
}

void process_trim_heap(void) { malloc_trim(0); }
