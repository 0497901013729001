/*
 * Cooee spots phrases that were enrolled as text. This is its interface for C and for languages that can call C.
 *
 *   cooee_enroll           text -> the bytes of a phrase file        once per phrase; allocates while it runs
 *   cooee_spotter_memory   the size of a spotter's memory
 *   cooee_spotter_create   a spotter in memory that the caller owns
 *   cooee_spotter_process  samples in                                real-time safe
 *   cooee_spotter_poll     events out                                real-time safe
 *
 * Files are passed as bytes, which the caller maps or reads: models/base.cooee (the model), english.cooee (the language),
 * base-background.cooee (running speech), and phrase files (.cooeep), which cooee_enroll and the cooee program write in the
 * same format. A spotter borrows the bytes of its model and phrases: they must stay unchanged while it is in use, and
 * must begin at a multiple of COOEE_ALIGNMENT, as mapped files do.
 *
 * Threads: only one thread at a time may use a spotter. Several threads may use several spotters, which may share their
 * bytes. The library keeps no state outside of spotters.
 *
 * Functions that can fail return a cooee_status. Unless stated otherwise, a failed function changes nothing.
 */
#ifndef COOEE_H
#define COOEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Increased when programs that were compiled with an older header must be compiled again. */
#define COOEE_API_VERSION 1

/* The sample rate of the audio, which has one channel of signed 16-bit samples. */
#define COOEE_SAMPLES_PER_SECOND 16000

/* The alignment of models, phrases and a spotter's memory. */
#define COOEE_ALIGNMENT 16

typedef enum cooee_status {
  COOEE_OK = 0,
  /* A pointer is null, or a number is out of range. */
  COOEE_ERROR_ARGUMENT = 1,
  /* The bytes or the memory do not begin at a multiple of COOEE_ALIGNMENT. */
  COOEE_ERROR_ALIGNMENT = 2,
  /* The memory is smaller than cooee_spotter_memory requires. */
  COOEE_ERROR_MEMORY = 3,
  /* The result does not fit into the given space; its size was written. */
  COOEE_ERROR_SPACE = 4,
  /* The kernel path does not exist, or this processor cannot run it. */
  COOEE_ERROR_KERNEL_PATH = 5,
  /* The model is damaged or is not a model: copy it again. */
  COOEE_ERROR_MODEL = 10,
  /* A file was made for another version of this library: use the library and the files of one release. */
  COOEE_ERROR_VERSION = 11,
  /* The phrase file is damaged or is not a phrase file: enroll the phrases again. */
  COOEE_ERROR_PHRASES = 12,
  /* The phrases were enrolled with a different model: enroll them again with this one. */
  COOEE_ERROR_PHRASES_MODEL = 13,
  /* The language file is damaged or is not a language file: copy it again. */
  COOEE_ERROR_LANGUAGE = 14,
  /* The background file is damaged or is not a background file: copy it again. */
  COOEE_ERROR_BACKGROUND = 15,
  /* The background file was made with a different model: use the one that came with the model. */
  COOEE_ERROR_BACKGROUND_MODEL = 16,
  /* The text has no letters or digits. */
  COOEE_ERROR_TEXT_EMPTY = 20,
  /* The text has a character that cannot be pronounced or is not Latin, or it is not valid UTF-8. */
  COOEE_ERROR_TEXT_CHARACTER = 21,
  /* The text has too many words, phonemes or bytes: choose a shorter one. */
  COOEE_ERROR_TEXT_LENGTH = 22,
  /* The pronunciation of a word is unknown: give the pronunciation. */
  COOEE_ERROR_TEXT_WORD = 23,
  /* The pronunciation has no phonemes, an unknown symbol, or more than eight ways to say the phrase: give ARPAbet, the phonetic
     alphabet between slashes, or a spelling in quotation marks. */
  COOEE_ERROR_PRONUNCIATION = 24,
  /* The phrase is already enrolled. */
  COOEE_ERROR_ENROLLED = 25,
  /* The phrase file is full. */
  COOEE_ERROR_FULL = 26
} cooee_status;

/* Bytes that the caller owns; { NULL, 0 } for none. */
typedef struct cooee_bytes {
  const void *data;
  size_t size;
} cooee_bytes;

/* A detection. Samples are counted from the first one processed since the start or the last finish or reset. */
typedef struct cooee_event {
  int64_t start_sample;
  /* The sample after the last one. */
  int64_t end_sample;
  /* The probability that the phrase was spoken, 0 to 1. */
  float score;
  /* The index of the phrase in the phrase file, from 0. */
  uint32_t phrase_index;
} cooee_event;

/* A spotter, which is in the memory that was passed to cooee_spotter_create. */
typedef struct cooee_spotter cooee_spotter;

/* Returns the COOEE_API_VERSION of the library. */
uint32_t cooee_api_version(void);

/* Returns the meaning of a status and what to do, in English. The text is always valid; never NULL. */
const char *cooee_status_text(cooee_status status);

/* ---- Listening ---- */

/* Writes the number of bytes of memory that a spotter for this model and these phrases needs. */
cooee_status cooee_spotter_memory(cooee_bytes model, cooee_bytes phrases, size_t *byte_count);

/*
 * Creates a spotter in the given memory, which must not be moved or changed until cooee_spotter_destroy.
 *
 * phrases      a phrase file with at least one phrase.
 * kernel_path  the kernel path, such as "neon"; NULL for the fastest on this processor.
 */
cooee_status cooee_spotter_create(
  void *memory, size_t byte_count, cooee_bytes model, cooee_bytes phrases, const char *kernel_path,
  cooee_spotter **spotter);

/* Processes the next samples, of any number. The division of a stream does not affect the events. Real-time safe. */
cooee_status cooee_spotter_process(cooee_spotter *spotter, const int16_t *samples, size_t sample_count);

/* Takes the oldest pending event; returns false if there is none. Real-time safe.
   At most 64 events are kept. Beyond that the oldest is dropped, and cooee_spotter_lost_events counts it. */
bool cooee_spotter_poll(cooee_spotter *spotter, cooee_event *event);
uint64_t cooee_spotter_lost_events(const cooee_spotter *spotter);

/* Ends the stream, reports a phrase at its very end, and starts another one at sample 0. Events can still be polled. */
cooee_status cooee_spotter_finish(cooee_spotter *spotter);

/* Discards the stream and its events, and starts another stream at sample 0. Real-time safe. */
cooee_status cooee_spotter_reset(cooee_spotter *spotter);

uint32_t cooee_spotter_phrase_count(const cooee_spotter *spotter);

/* The threshold of a phrase, 0 to 1; initially the value in the phrase file. */
float cooee_spotter_threshold(const cooee_spotter *spotter, uint32_t phrase_index);
cooee_status cooee_spotter_set_threshold(cooee_spotter *spotter, uint32_t phrase_index, float threshold);

/* The highest score of a phrase since the last call, 0 to 1: how near speech came to the threshold. 0 if no speech resembled
   the phrase; NaN if there is no such phrase. Real-time safe. */
float cooee_spotter_highest_score(cooee_spotter *spotter, uint32_t phrase_index);

/* Destroys the spotter; its memory, model and phrases are no longer in use. NULL is ignored. */
void cooee_spotter_destroy(cooee_spotter *spotter);

/* ---- Phrases ---- */

/* The input of cooee_enroll. Set all members to zero before you set the ones you need. */
typedef struct cooee_enrollment {
  /* The model that will listen, and the language of the text. */
  cooee_bytes model;
  cooee_bytes language;
  /* The model's background file, for setting the threshold; optional. */
  cooee_bytes background;
  /* The phrase file to add to; optional. A phrase with the same text is an error: see cooee_remove_phrase. */
  cooee_bytes phrases;
  /* UTF-8, terminated by a zero byte. */
  const char *text;
  /* ARPAbet, with words separated by full stops, as in "HH EY . K AH M P Y UW T ER"; the phonetic alphabet between slashes;
     or a spelling in quotation marks. Commas or line ends separate up to eight ways to say the phrase. NULL to look the words
     up. */
  const char *pronunciation;
  /* The threshold, 0 to 1; 0 to set it from the background, or to 0.5 without one. */
  float threshold;
  /* The false alarms per hour of running speech for which the background sets the threshold; 0 for 0.1. */
  float false_alarms_per_hour;
} cooee_enrollment;

/* The result of enrolling a phrase. */
typedef struct cooee_enrollment_report {
  float threshold;
  /* The false alarms per hour expected at the threshold; negative without a background. */
  float false_alarms_per_hour;
  /* The number of phonemes of the shortest pronunciation. Fewer than 6 cause more misses and false alarms. */
  uint32_t phoneme_count;
  uint32_t pronunciation_count;
  /* The pronunciation of a word was guessed: give the pronunciation if the guess is wrong. */
  bool is_guessed;
  /* The threshold for the allowed false alarms is so high that the phrase will often be missed. */
  bool is_often_missed;
  /* It sounds like another phrase of the file, is part of one, or contains one. */
  bool is_near_another;
} cooee_enrollment_report;

/*
 * Adds a typed phrase to a phrase file: writes the new file's bytes to phrases and their number to byte_count.
 *
 * phrases  the space for the bytes; NULL with capacity 0 to get their number, with COOEE_ERROR_SPACE.
 *          Must not overlap the file to which the phrase is added.
 * report   may be NULL; also filled with COOEE_ERROR_SPACE.
 *
 * Takes milliseconds; with a background, a second or more. Allocates memory and frees it before it returns.
 */
cooee_status cooee_enroll(
  const cooee_enrollment *enrollment, void *phrases, size_t capacity, size_t *byte_count,
  cooee_enrollment_report *report);

/* Writes a phrase file without one of its phrases; the result is returned as by cooee_enroll. */
cooee_status cooee_remove_phrase(
  cooee_bytes phrases, uint32_t phrase_index, void *remaining, size_t capacity, size_t *byte_count);

/* Writes the text of a phrase in UTF-8 with a zero byte, which is counted; the result is returned as by cooee_enroll. */
cooee_status cooee_phrase_text(
  cooee_bytes phrases, uint32_t phrase_index, char *text, size_t capacity, size_t *byte_count);

#ifdef __cplusplus
}
#endif

#endif
