// Reports the slow paths of Swift's Synchronization.Mutex to ThreadSanitizer. They are in the Swift runtime, which is
// not compiled for it. Without this, accesses of two threads under a contended lock look like a race. .ci/robustness/sanitize
// preloads it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Defined if the program was compiled for ThreadSanitizer.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define HANDLE __attribute__((swift_context)) void *handle
// The methods _lockSlow(UInt32), _tryLockSlow() -> Bool and _unlockSlow() of Synchronization._MutexHandle.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t owner, HANDLE) __asm__(LOCK);
SWIFT _Bool try_lock_slow(HANDLE) __asm__(TRY_LOCK);
SWIFT void unlock_slow(HANDLE) __asm__(UNLOCK);

// The functions of the runtime.
static SWIFT void (*real_lock)(uint32_t owner, HANDLE);
static SWIFT _Bool (*real_try_lock)(HANDLE);
static SWIFT void (*real_unlock)(HANDLE);

__attribute__((constructor)) static void find(void) {
  *(void **)&real_lock = dlsym(RTLD_NEXT, LOCK);
  *(void **)&real_try_lock = dlsym(RTLD_NEXT, TRY_LOCK);
  *(void **)&real_unlock = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_slow(uint32_t owner, HANDLE) {
  real_lock(owner, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT _Bool try_lock_slow(HANDLE) {
  _Bool is_locked = real_try_lock(handle);
  if (is_locked && __tsan_acquire) __tsan_acquire(handle);
  return is_locked;
}

SWIFT void unlock_slow(HANDLE) {
  if (__tsan_release) __tsan_release(handle);
  real_unlock(handle);
}
