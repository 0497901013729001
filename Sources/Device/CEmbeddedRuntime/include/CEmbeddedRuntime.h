#pragma once

// Replaces two functions of Embedded Swift's runtime that return something else than the compiler relies on.
//
// Calls of both count as returning their argument, and code that is optimized for size goes on with what they return. In
// Swift 6.3.1 on 64 bits they return the address without its tag bits, and such a text is then damaged or read from a
// wrong address. On AArch64, enrolling a phrase crashed.
//
// The full program has the functions of the Swift runtime, which are right: EMBEDDED_SWIFT is defined for boards alone.

#include <stdint.h>

#if defined(EMBEDDED_SWIFT) && UINTPTR_MAX > UINT32_MAX
/// Counts one more reference to an object whose address may be tagged. Returns `object`.
void *swift_bridgeObjectRetain(void *object);
/// Counts `count` more references.
void *swift_bridgeObjectRetain_n(void *object, uint32_t count);
#endif
