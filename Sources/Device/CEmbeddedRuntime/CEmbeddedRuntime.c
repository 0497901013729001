#include "CEmbeddedRuntime.h"

#if defined(EMBEDDED_SWIFT) && UINTPTR_MAX > UINT32_MAX
void *swift_retain_n(void *object, uint32_t count);

void *swift_bridgeObjectRetain_n(void *object, uint32_t count) {
  uintptr_t bits = (uintptr_t)object;
  // The highest bit marks what is not counted, such as a short text.
  if (bits >> 63 == 0) swift_retain_n((void *)(bits & 0x0FFFFFFFFFFFFFF8), count);
  return object;
}

void *swift_bridgeObjectRetain(void *object) { return swift_bridgeObjectRetain_n(object, 1); }
#endif
