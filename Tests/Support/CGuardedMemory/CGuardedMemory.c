#define _GNU_SOURCE
#include "CGuardedMemory.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

guarded_memory guarded_memory_make(size_t count) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  guarded_memory memory = {NULL, (count + page - 1) / page * page};
  unsigned char *mapping = mmap(NULL, memory.count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return memory;
  if (mprotect(mapping + page, memory.count, PROT_READ | PROT_WRITE) == 0) memory.bytes = mapping + page;
  return memory;
}

void guarded_memory_free(guarded_memory memory) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (memory.bytes) munmap(memory.bytes - page, memory.count + 2 * page);
}

static char fault_text[256];

static void report_fault(int number) {
  ssize_t written = write(2, fault_text, strlen(fault_text));
  (void)written;
  signal(number, SIG_DFL);
  raise(number);
}

void guarded_memory_name_fault(const char *text) {
  strncpy(fault_text, text, sizeof fault_text - 1);
  signal(SIGSEGV, report_fault);
}
