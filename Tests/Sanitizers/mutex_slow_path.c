// Tells ThreadSanitizer of the slow path of Swift's Synchronization.Mutex, which lies in the Swift runtime and is not compiled for
// it: without this, what two threads do under a lock that both waited for looks like a race. .ci/sanitize loads it before
// everything else.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// There where a program was compiled for ThreadSanitizer.
extern void __tsan_acquire(void *address) __attribute__((weak));

typedef __attribute__((swiftcall)) void lock_slow(uint32_t owner, __attribute__((swift_context)) void *handle);

// Synchronization._MutexHandle._lockSlow(UInt32)
__attribute__((swiftcall)) void interposed(uint32_t owner, __attribute__((swift_context)) void *handle)
  __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void interposed(uint32_t owner, __attribute__((swift_context)) void *handle) {
  static lock_slow *_Atomic real;
  lock_slow *found = real;
  if (!found) real = found = (lock_slow *)dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  found(owner, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}
