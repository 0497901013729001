#pragma once

// The Unicode properties that Embedded Swift's String needs, without tables. The toolchain's own tables take 38 KB.
//
// Every code point counts as normalized and as a character of its own. Strings are therefore equal if their code points
// are, and comparing two never takes longer than reading them. Cooee compares all text from outside as UTF-8 anyway.
// The full program has the tables of the Swift runtime; hidden symbols leave those alone.

#include <stdint.h>

#define PLAIN_UNICODE __attribute__((visibility("hidden")))

/// Combining class and quick checks of a code point: class 0, normalized in every form.
PLAIN_UNICODE uint16_t _swift_stdlib_getNormData(uint32_t scalar);
/// The entry of a code point's decomposition: none.
PLAIN_UNICODE uint32_t _swift_stdlib_getDecompositionEntry(uint32_t scalar);
/// The bytes of all decompositions.
extern PLAIN_UNICODE const uint8_t *const _swift_stdlib_nfd_decompositions;
/// The composition of two code points: none.
PLAIN_UNICODE uint32_t _swift_stdlib_getComposition(uint32_t first, uint32_t second);
/// The property that joins a code point to its neighbors in one character: none.
PLAIN_UNICODE uint8_t _swift_stdlib_getGraphemeBreakProperty(uint32_t scalar);
/// Whether a code point is an Indic consonant that joins others: no.
PLAIN_UNICODE _Bool _swift_stdlib_isInCB_Consonant(uint32_t scalar);
/// Whether a code point is a pictograph that joins others: no.
PLAIN_UNICODE _Bool _swift_stdlib_isExtendedPictographic(uint32_t scalar);
