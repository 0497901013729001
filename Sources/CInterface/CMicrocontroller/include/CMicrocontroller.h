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

typedef enum cooee_core_status {
  COOEE_CORE_OK = 0,
  COOEE_CORE_BAD_MODEL = 1,   /* damaged, misaligned, or for a different front end */
  COOEE_CORE_BAD_PHRASES = 2, /* damaged, misaligned, or enrolled with a different model */
  COOEE_CORE_BAD_MEMORY = 3,  /* too small, or not at a multiple of sixteen bytes */
} cooee_core_status;

/* The bytes of a .cooee model and of a .cooeep phrase file. They must stay unchanged while a listener is in use. */
typedef struct cooee_core_files {
  const void *model;
  size_t model_bytes;
  const void *phrases;
  size_t phrases_bytes;
} cooee_core_files;

typedef struct cooee_core_detection {
  int64_t start_sample; /* since the start of the stream, at 16 kHz */
  int64_t end_sample;
  int32_t phrase_index; /* in the phrase file, from 0 */
  float score;          /* 0...1 */
} cooee_core_detection;

typedef struct cooee_core_listener cooee_core_listener;

/* Writes the number of bytes of memory that cooee_core_start needs for these files. */
cooee_core_status cooee_core_required_bytes(const cooee_core_files *files, size_t *bytes);

/* Creates a listener in the given memory. */
cooee_core_status cooee_core_start(
  const cooee_core_files *files, void *memory, size_t memory_bytes, cooee_core_listener **listener);

/* Processes the next samples: 16 kHz, one channel. Keeps up to eight detections; beyond that the oldest is dropped. */
void cooee_core_process(cooee_core_listener *listener, const int16_t *samples, size_t count);

/* Ends the stream, reports pending detections, and starts a new stream. */
void cooee_core_finish(cooee_core_listener *listener);

/* Takes the oldest detection; returns false if there is none. */
bool cooee_core_next(cooee_core_listener *listener, cooee_core_detection *detection);
