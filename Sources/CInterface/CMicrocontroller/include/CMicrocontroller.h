#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Spotting on a microcontroller, for firmware in C. It needs no allocator, operating system or C library.
 *
 * The model and the phrase file stay in flash, at a multiple of four bytes. All state is in memory that the firmware
 * provides, at a multiple of sixteen bytes. One thread at a time; no function blocks.
 */

typedef enum heed_core_status {
  HEED_CORE_OK = 0,
  HEED_CORE_BAD_MODEL = 1,   /* damaged, misaligned, or for a different front end */
  HEED_CORE_BAD_PHRASES = 2, /* damaged, misaligned, or enrolled with a different model */
  HEED_CORE_BAD_MEMORY = 3,  /* too small, or not at a multiple of sixteen bytes */
} heed_core_status;

/* The bytes of a .heed model and of a .heedp phrase file. They must stay unchanged while a listener is in use. */
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

/* Writes the number of bytes of memory that heed_core_start needs for these files. */
heed_core_status heed_core_required_bytes(const heed_core_files *files, size_t *bytes);

/* Creates a listener in the given memory. */
heed_core_status heed_core_start(
  const heed_core_files *files, void *memory, size_t memory_bytes, heed_core_listener **listener);

/* Processes the next samples: 16 kHz, one channel. Keeps up to eight detections; beyond that the oldest is dropped. */
void heed_core_process(heed_core_listener *listener, const int16_t *samples, size_t count);

/* Ends the stream, reports pending detections, and starts a new stream. */
void heed_core_finish(heed_core_listener *listener);

/* Takes the oldest detection; returns false if there is none. */
bool heed_core_next(heed_core_listener *listener, heed_core_detection *detection);
