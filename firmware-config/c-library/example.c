/*
 * Enrolls phrases by text and hears them in raw samples (16 kHz, one channel, 16 bits) on standard input:
 *
 *   cc example.c $(pkg-config --cflags --libs cooee) -o example
 *   sox recording.wav -t raw -r 16000 -c 1 -e signed -b 16 - | ./example models "hey computer" "turn on the lights"
 *
 * A line for each event: start and end in samples, score, phrase. On a board, enrollment is done once and its bytes are
 * kept; samples come from the sound card.
 */
#include <fcntl.h>
#include <cooee.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void require(cooee_status status, const char *what) {
  if (status == COOEE_OK) return;
  fprintf(stderr, "example: %s: %s\n", what, cooee_status_text(status));
  exit(65);
}

/* Maps a file of the folder; mapped files are aligned as Cooee wants them. */
static cooee_bytes map(const char *folder, const char *name, bool is_needed) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, O_RDONLY);
  struct stat state;
  if (file < 0 || fstat(file, &state) < 0) {
    if (!is_needed) return (cooee_bytes){NULL, 0};
    perror(path);
    exit(66);
  }
  void *data = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (data == MAP_FAILED) {
    perror(path);
    exit(66);
  }
  return (cooee_bytes){data, (size_t)state.st_size};
}

/* Memory as Cooee wants it. */
static void *allocate(size_t byte_count) {
  void *memory = NULL;
  if (posix_memalign(&memory, COOEE_ALIGNMENT, byte_count) != 0) {
    fprintf(stderr, "example: no memory\n");
    exit(70);
  }
  return memory;
}

/* Adds a phrase to a phrase file. The old bytes are freed. */
static cooee_bytes enroll(cooee_enrollment wanted) {
  /* A phrase of eight pronunciations, each of 48 phonemes, takes less. */
  size_t capacity = wanted.phrases.size + (1 << 20), byte_count = 0;
  void *bytes = allocate(capacity);
  cooee_enrollment_report report;
  require(cooee_enroll(&wanted, bytes, capacity, &byte_count, &report), wanted.text);
  fprintf(stderr, "\"%s\": %u phonemes, threshold %.3f", wanted.text, report.phoneme_count, report.threshold);
  if (report.false_alarms_per_hour >= 0)
    fprintf(stderr, ", about %.2f false alarms an hour", report.false_alarms_per_hour);
  fprintf(stderr, "%s\n", report.is_guessed ? ", its pronunciation is a guess" : "");
  free((void *)wanted.phrases.data);
  return (cooee_bytes){bytes, byte_count};
}

static void print_events(cooee_spotter *spotter, char **phrases) {
  cooee_event event;
  while (cooee_spotter_poll(spotter, &event))
    printf("%" PRId64 " %" PRId64 " %.6f %s\n", event.start_sample, event.end_sample, event.score,
           phrases[event.phrase_index]);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "example: the folder of the models, and a phrase or more, are wanted\n");
    return 64;
  }
  if (cooee_api_version() != COOEE_API_VERSION) {
    fprintf(stderr, "example: this program was compiled for another version of the library\n");
    return 70;
  }
  cooee_enrollment wanted = {0};
  wanted.model = map(argv[1], "base.cooee", true);
  wanted.language = map(argv[1], "english.cooee", true);
  wanted.background = map(argv[1], "base-background.cooee", false);
  for (int i = 2; i < argc; i++) {
    wanted.text = argv[i];
    wanted.phrases = enroll(wanted);
  }

  size_t byte_count;
  cooee_spotter *spotter;
  require(cooee_spotter_memory(wanted.model, wanted.phrases, &byte_count), "memory");
  fprintf(stderr, "listening in %zu bytes\n", byte_count);
  void *memory = allocate(byte_count);
  require(cooee_spotter_create(memory, byte_count, wanted.model, wanted.phrases, NULL, &spotter), "spotter");

  int16_t samples[320];
  size_t count;
  while ((count = fread(samples, sizeof *samples, 320, stdin)) > 0) {
    require(cooee_spotter_process(spotter, samples, count), "samples");
    print_events(spotter, argv + 2);
  }
  require(cooee_spotter_finish(spotter), "end");
  print_events(spotter, argv + 2);
  cooee_spotter_destroy(spotter);
  free(memory);
  free((void *)wanted.phrases.data);
  return 0;
}
