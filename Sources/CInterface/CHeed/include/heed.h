/*
 * Heed hears phrases that were enrolled by typing them. This is its interface for C and for every language that can call C.
 *
 *   heed_enroll           text -> the bytes of a phrase file        once per phrase; allocates while it runs
 *   heed_spotter_memory   how much memory a spotter needs
 *   heed_spotter_create   a spotter in memory that the caller owns
 *   heed_spotter_process  samples in                                real-time safe
 *   heed_spotter_poll     events out                                real-time safe
 *
 * Files are handed over as bytes, mapped or read by the caller: models/base.heed (the model), english.heed (the language),
 * base-background.heed (running speech), and phrase files (.heedp), which heed_enroll and the program heed write alike.
 * The bytes of a model and of phrases are borrowed: they must stay unchanged for as long as a spotter made from them is in
 * use, and begin at an address that is a multiple of HEED_ALIGNMENT, as mapped files do.
 *
 * Threads: one thread at a time may use one spotter; several spotters may be used by several threads, and may share their
 * bytes. Nothing is kept between calls but in spotters.
 *
 * Every function that can fail gives a heed_status; where it is not HEED_OK nothing was changed, unless said otherwise.
 */
#ifndef HEED_H
#define HEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a program that was compiled with an older header must be compiled anew. */
#define HEED_API_VERSION 1

/* Of the audio: one channel, signed 16 bits. */
#define HEED_SAMPLES_PER_SECOND 16000

/* Of the first byte of models, phrases and a spotter's memory. */
#define HEED_ALIGNMENT 16

typedef enum heed_status {
  HEED_OK = 0,
  /* A pointer is null, or a number is outside of what the function takes. */
  HEED_ERROR_ARGUMENT = 1,
  /* The bytes or the memory do not begin at a multiple of HEED_ALIGNMENT. */
  HEED_ERROR_ALIGNMENT = 2,
  /* The memory is smaller than heed_spotter_memory says. */
  HEED_ERROR_MEMORY = 3,
  /* The result does not fit; its size was written nevertheless. */
  HEED_ERROR_SPACE = 4,
  /* There is no kernel path of this name, or not on this processor. */
  HEED_ERROR_KERNEL_PATH = 5,
  /* The model is damaged or no model: copy it again. */
  HEED_ERROR_MODEL = 10,
  /* A file was made for another version of this library: take library and files of one release. */
  HEED_ERROR_VERSION = 11,
  /* The phrases are damaged or no phrases: enroll them again. */
  HEED_ERROR_PHRASES = 12,
  /* The phrases were enrolled with another model: enroll them again with this one. */
  HEED_ERROR_PHRASES_MODEL = 13,
  /* The language file is damaged or none: copy it again. */
  HEED_ERROR_LANGUAGE = 14,
  /* The background file is damaged or none: copy it again. */
  HEED_ERROR_BACKGROUND = 15,
  /* The background was made with another model: take the one that came with the model. */
  HEED_ERROR_BACKGROUND_MODEL = 16,
  /* The text has no letter and no digit: nothing can be said. */
  HEED_ERROR_TEXT_EMPTY = 20,
  /* The text has a character that cannot be said, or of another script than Latin, or is not UTF-8. */
  HEED_ERROR_TEXT_CHARACTER = 21,
  /* The text has too many words, phonemes or bytes: choose a shorter one. */
  HEED_ERROR_TEXT_LENGTH = 22,
  /* How a word is said is not known: give the pronunciation. */
  HEED_ERROR_TEXT_WORD = 23,
  /* The pronunciation has no phoneme, or a symbol that is none of ARPAbet's. */
  HEED_ERROR_PRONUNCIATION = 24,
  /* The phrase is enrolled already. */
  HEED_ERROR_ENROLLED = 25,
  /* The phrase file is full. */
  HEED_ERROR_FULL = 26
} heed_status;

/* Bytes that the caller owns; { NULL, 0 } where there are none. */
typedef struct heed_bytes {
  const void *data;
  size_t size;
} heed_bytes;

/* A phrase was said. Samples count from the first one that was processed since the start or the last finish or reset. */
typedef struct heed_event {
  int64_t start_sample;
  /* The sample after the last one. */
  int64_t end_sample;
  /* 0 to 1, the probability that the phrase was said. */
  float score;
  /* Which phrase of the phrase file it is, from 0. */
  uint32_t phrase_index;
} heed_event;

/* Lives in the memory that was given to heed_spotter_create. */
typedef struct heed_spotter heed_spotter;

/* HEED_API_VERSION of the library. */
uint32_t heed_api_version(void);

/* What a status means and what to do, in English; valid for ever, never NULL. */
const char *heed_status_text(heed_status status);

/* ---- Listening ---- */

/* Writes the bytes of memory that a spotter for this model and these phrases needs. */
heed_status heed_spotter_memory(heed_bytes model, heed_bytes phrases, size_t *byte_count);

/*
 * Makes a spotter in the memory given, which must stay where it is and be left alone until heed_spotter_destroy.
 *
 * phrases      a phrase file with at least one phrase.
 * kernel_path  the instructions to compute with, such as "neon"; NULL for the fastest of this processor.
 */
heed_status heed_spotter_create(
  void *memory, size_t byte_count, heed_bytes model, heed_bytes phrases, const char *kernel_path,
  heed_spotter **spotter);

/* Takes the next samples, as many as there are: any division of a stream gives the same events. Real-time safe. */
heed_status heed_spotter_process(heed_spotter *spotter, const int16_t *samples, size_t sample_count);

/* Takes the oldest event that was not taken; false where there is none. Real-time safe.
   At most 64 events are kept: the oldest makes room for another, and heed_spotter_lost_events counts those. */
bool heed_spotter_poll(heed_spotter *spotter, heed_event *event);
uint64_t heed_spotter_lost_events(const heed_spotter *spotter);

/* Ends the stream, so that a phrase at its very end is heard, and starts another at sample 0. Events stay to be polled. */
heed_status heed_spotter_finish(heed_spotter *spotter);

/* Forgets the stream and its events, and starts another at sample 0. Real-time safe. */
heed_status heed_spotter_reset(heed_spotter *spotter);

uint32_t heed_spotter_phrase_count(const heed_spotter *spotter);

/* The score from which a phrase is reported, 0 to 1; the phrase file's value at first. */
float heed_spotter_threshold(const heed_spotter *spotter, uint32_t phrase_index);
heed_status heed_spotter_set_threshold(heed_spotter *spotter, uint32_t phrase_index, float threshold);

/* Ends the spotter; afterwards its memory, model and phrases are the caller's alone. NULL is let pass. */
void heed_spotter_destroy(heed_spotter *spotter);

/* ---- Phrases ---- */

/* What heed_enroll takes. Set all to zero first, and then what is wanted. */
typedef struct heed_enrollment {
  /* The model that will listen, and the language that the text is in. */
  heed_bytes model;
  heed_bytes language;
  /* Running speech of the model, to set the threshold with; may be none. */
  heed_bytes background;
  /* The phrase file to add to; may be none. A phrase of the same text is an error: see heed_remove_phrase. */
  heed_bytes phrases;
  /* UTF-8, ended by a zero. */
  const char *text;
  /* ARPAbet, words parted by full stops, as in "HH EY . K AH M P Y UW T ER"; NULL to look the words up. */
  const char *pronunciation;
  /* The score from which the phrase is reported, 0 to 1; 0 to have it set from the background, or 0.5 without one. */
  float threshold;
  /* False alarms an hour of running speech that the background sets the threshold for; 0 for 0.1. */
  float false_alarms_per_hour;
} heed_enrollment;

/* What was found out about a phrase. */
typedef struct heed_enrollment_report {
  float threshold;
  /* Expected at the threshold; negative where there was no background. */
  float false_alarms_per_hour;
  /* Phonemes of the shortest pronunciation: fewer than 6 are mistaken easily. */
  uint32_t phoneme_count;
  uint32_t pronunciation_count;
  /* The pronunciation of a word was guessed: give it where the guess is wrong. */
  bool is_guessed;
  /* The threshold for that rate is so high that the phrase will often be missed. */
  bool is_often_missed;
  /* It sounds like another phrase of the file, or is a part of one, or has one as a part. */
  bool is_near_another;
} heed_enrollment_report;

/*
 * Adds a typed phrase to a phrase file: writes the new file's bytes to phrases, and their count to byte_count.
 *
 * phrases  where the bytes go; NULL with capacity 0 to learn their count, which then comes with HEED_ERROR_SPACE.
 *          May not overlap the file that is added to.
 * report   may be NULL; is filled with HEED_ERROR_SPACE too.
 *
 * Takes milliseconds, with a background a second or more. Allocates while it runs and keeps nothing.
 */
heed_status heed_enroll(
  const heed_enrollment *enrollment, void *phrases, size_t capacity, size_t *byte_count,
  heed_enrollment_report *report);

/* Writes a phrase file without one of its phrases, in the manner of heed_enroll. */
heed_status heed_remove_phrase(
  heed_bytes phrases, uint32_t phrase_index, void *remaining, size_t capacity, size_t *byte_count);

/* Writes the text of a phrase, UTF-8 ended by a zero, in the manner of heed_enroll; the count includes the zero. */
heed_status heed_phrase_text(
  heed_bytes phrases, uint32_t phrase_index, char *text, size_t capacity, size_t *byte_count);

#ifdef __cplusplus
}
#endif

#endif
