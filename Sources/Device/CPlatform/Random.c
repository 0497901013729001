#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#if !__GLIBC_PREREQ(2, 36)

// Swift's hash tables take their seed from this function, which the C libraries of older boards lack.
void arc4random_buf(void *bytes, size_t count) {
  for (size_t filled = 0; filled < count;) {
    ssize_t got = getrandom((char *)bytes + filled, count - filled, 0);
    if (got < 0 && errno != EINTR) abort();
    if (got > 0) filled += (size_t)got;
  }
}

#endif
