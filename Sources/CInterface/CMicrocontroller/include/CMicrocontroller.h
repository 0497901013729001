#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Listening on a microcontroller, for firmware in C: the whole of the core without an allocator, an operating system or
 * a C library.
 *
 * The model and the phrase file stay where they are, in flash, at a multiple of four bytes; all that changes lies in memory
 * that the firmware provides, at a multiple of sixteen. One thread at a time; nothing blocks.
 */

typedef enum heed_core_status {
  HEED_CORE_OK = 0,
  HEED_CORE_BAD_MODEL = 1,   /* damaged, misaligned, or for another front end */
  HEED_CORE_BAD_PHRASES = 2, /* damaged, misaligned, or enrolled with another model */
  HEED_CORE_BAD_MEMORY = 3,  /* too small, or not at a multiple of sixteen */
} heed_core_status;

/* The bytes of a .heed model and of a .heedp phrase file; both must stay unchanged while a listener is in use. */
typedef struct heed_core_files {
  const void *model;
  size_t model_bytes;
  const void *phrases;
  size_t phrases_bytes;
} heed_core_files;

typedef struct heed_core_detection {
  int64_t start_sample; /* since the start of the stream, at 16 kHz */
  int64_t end_sample;
  int32_t phrase_index; /* in the phrase file, from 0 */
  float score;          /* 0...1 */
} heed_core_detection;

typedef struct heed_core_listener heed_core_listener;

/* How many bytes of memory heed_core_start needs for these files. */
heed_core_status heed_core_required_bytes(const heed_core_files *files, size_t *bytes);

/* Makes a listener in the memory given. */
heed_core_status heed_core_start(
  const heed_core_files *files, void *memory, size_t memory_bytes, heed_core_listener **listener);

/* Takes the next samples: 16 kHz, one channel. Up to eight detections wait; then the oldest is dropped. */
void heed_core_process(heed_core_listener *listener, const int16_t *samples, size_t count);

/* Ends the stream, decides what is open, and starts anew. */
void heed_core_finish(heed_core_listener *listener);

/* Fetches the detection that has waited longest; false where none waits. */
bool heed_core_next(heed_core_listener *listener, heed_core_detection *detection);
