/*
 * Tests the C library from outside: test MODELS RECORDING.raw. The recording contains "hey computer". Prints a line for
 * each failed check and a count at the end. The exit status is 1 if a check failed. Run by .ci/core/c-library, which links
 * it with --wrap to count allocations.
 */
#include <errno.h>
#include <fcntl.h>
#include <cooee.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int checks, failures;

static void check_at(int line, bool is_so, const char *what) {
  __atomic_add_fetch(&checks, 1, __ATOMIC_RELAXED);
  if (is_so) return;
  __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
  printf("line %d: %s\n", line, what);
}
#define CHECK(condition) check_at(__LINE__, condition, #condition)
#define CHECK_STATUS(expected, call)                                                  \
  do {                                                                                \
    cooee_status found = (call);                                                       \
    if (found != (expected)) printf("status %d: %s\n", found, cooee_status_text(found)); \
    CHECK(found == (expected));                                                       \
  } while (0)

/* Allocations of the whole program, if it is linked with --wrap. */
static long allocations;
void *__real_malloc(size_t);
int __real_posix_memalign(void **, size_t, size_t);
void *__wrap_malloc(size_t size) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  return __real_malloc(size);
}
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  return __real_posix_memalign(memory, alignment, size);
}

static cooee_bytes map(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s%s%s", folder, *name ? "/" : "", name);
  int file = open(path, O_RDONLY);
  struct stat state;
  if (file < 0 || fstat(file, &state) < 0) {
    perror(path);
    exit(66);
  }
  /* Private and writable, so that copies can be damaged. */
  void *data = mmap(NULL, (size_t)state.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  close(file);
  return (cooee_bytes){data, (size_t)state.st_size};
}

static void *aligned(size_t size) {
  void *memory = NULL;
  if (posix_memalign(&memory, COOEE_ALIGNMENT, size) != 0) exit(70);
  return memory;
}

static cooee_bytes model, language, background, tiny, recording;

static cooee_enrollment request(const char *text, cooee_bytes phrases) {
  cooee_enrollment wanted = {0};
  wanted.model = model;
  wanted.language = language;
  wanted.phrases = phrases;
  wanted.text = text;
  return wanted;
}

static cooee_bytes enrolled(cooee_enrollment wanted) {
  size_t size = 0;
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_enroll(&wanted, NULL, 0, &size, NULL));
  void *bytes = aligned(size);
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_enroll(&wanted, bytes, size - 1, &size, NULL));
  size_t again = 0;
  CHECK_STATUS(COOEE_OK, cooee_enroll(&wanted, bytes, size, &again, NULL));
  CHECK(again == size);
  return (cooee_bytes){bytes, size};
}

typedef struct {
  cooee_event events[64];
  int count;
} heard;

static void poll_all(cooee_spotter *spotter, heard *heard) {
  cooee_event event;
  while (cooee_spotter_poll(spotter, &event))
    if (heard->count < 64) heard->events[heard->count++] = event;
}

static cooee_spotter *create(cooee_bytes phrases, void **memory, size_t *size) {
  cooee_spotter *spotter = NULL;
  CHECK_STATUS(COOEE_OK, cooee_spotter_memory(model, phrases, size));
  *memory = aligned(*size + 64);
  memset(*memory, 0xA5, *size + 64);
  CHECK_STATUS(COOEE_OK, cooee_spotter_create(*memory, *size, model, phrases, NULL, &spotter));
  return spotter;
}

static heard hear(cooee_spotter *spotter, size_t chunk) {
  heard heard = {0};
  const int16_t *samples = recording.data;
  size_t count = recording.size / 2;
  for (size_t start = 0; start < count; start += chunk) {
    CHECK_STATUS(COOEE_OK, cooee_spotter_process(spotter, samples + start, count - start < chunk ? count - start : chunk));
    poll_all(spotter, &heard);
  }
  CHECK_STATUS(COOEE_OK, cooee_spotter_finish(spotter));
  poll_all(spotter, &heard);
  return heard;
}

static bool same(const heard *a, const heard *b) {
  if (a->count != b->count) return false;
  for (int i = 0; i < a->count; i++)
    if (a->events[i].start_sample != b->events[i].start_sample || a->events[i].end_sample != b->events[i].end_sample ||
        a->events[i].score != b->events[i].score || a->events[i].phrase_index != b->events[i].phrase_index)
      return false;
  return true;
}

static void test_statuses(void) {
  CHECK(cooee_api_version() == COOEE_API_VERSION);
  for (int status = -1; status < 40; status++) CHECK(strlen(cooee_status_text((cooee_status)status)) > 5);
  CHECK(strcmp(cooee_status_text(COOEE_ERROR_MODEL), cooee_status_text(COOEE_ERROR_PHRASES)) != 0);
}

static void test_listening(cooee_bytes phrases) {
  void *memory;
  size_t size;
  cooee_spotter *spotter = create(phrases, &memory, &size);
  CHECK(cooee_spotter_phrase_count(spotter) == 2);
  long before = allocations;
  heard first = hear(spotter, 320);
  CHECK(allocations == before);
  CHECK(first.count == 1);
  CHECK(first.events[0].phrase_index == 0);
  CHECK(first.events[0].score >= cooee_spotter_threshold(spotter, 0));
  /* The highest score is told once, with or without a detection. */
  CHECK(cooee_spotter_highest_score(spotter, 0) == first.events[0].score);
  CHECK(cooee_spotter_highest_score(spotter, 0) == 0);
  CHECK(isnan(cooee_spotter_highest_score(spotter, 2)));
  CHECK(first.events[0].start_sample >= 0 && first.events[0].start_sample < first.events[0].end_sample);
  CHECK(first.events[0].end_sample <= (int64_t)recording.size / 2);
  size_t chunks[] = {1, 7, 160, 4096, 1 << 20};
  for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
    heard other = hear(spotter, chunks[i]);
    CHECK(same(&first, &other));
  }
  /* A reset in mid-stream clears all state. */
  CHECK_STATUS(COOEE_OK, cooee_spotter_process(spotter, recording.data, recording.size / 4));
  CHECK_STATUS(COOEE_OK, cooee_spotter_reset(spotter));
  heard anew = hear(spotter, 320);
  CHECK(same(&first, &anew));
  /* Thresholds. */
  CHECK_STATUS(COOEE_OK, cooee_spotter_set_threshold(spotter, 0, 1));
  CHECK(cooee_spotter_threshold(spotter, 0) == 1);
  heard none = hear(spotter, 320);
  CHECK(none.count == 0);
  CHECK(cooee_spotter_highest_score(spotter, 0) == first.events[0].score);
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_set_threshold(spotter, 2, 0.5f));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_set_threshold(spotter, 0, NAN));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_set_threshold(spotter, 0, 1.5f));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_process(spotter, NULL, 1));
  CHECK_STATUS(COOEE_OK, cooee_spotter_process(spotter, NULL, 0));
  cooee_spotter_destroy(spotter);
  for (size_t i = size; i < size + 64; i++) CHECK(((unsigned char *)memory)[i] == 0xA5);
  /* The same memory again. */
  CHECK_STATUS(COOEE_OK, cooee_spotter_create(memory, size, model, phrases, "portable", &spotter));
  heard portable = hear(spotter, 320);
  CHECK(same(&first, &portable));
  cooee_spotter_destroy(spotter);
  cooee_spotter_destroy(NULL);
  free(memory);
}

static void test_full_queue(cooee_bytes phrases) {
  void *memory;
  size_t size;
  cooee_spotter *spotter = create(phrases, &memory, &size);
  heard first = hear(spotter, 320);
  CHECK(cooee_spotter_lost_events(spotter) == 0);
  for (int i = 0; i < 70; i++) {
    CHECK_STATUS(COOEE_OK, cooee_spotter_process(spotter, recording.data, recording.size / 2));
    CHECK_STATUS(COOEE_OK, cooee_spotter_finish(spotter));
  }
  CHECK(cooee_spotter_lost_events(spotter) == 6);
  cooee_event event;
  int count = 0;
  while (cooee_spotter_poll(spotter, &event)) {
    CHECK(event.start_sample == first.events[0].start_sample && event.score == first.events[0].score);
    count++;
  }
  CHECK(count == 64);
  cooee_spotter_destroy(spotter);
  free(memory);
}

static void test_refused_spotters(cooee_bytes phrases) {
  cooee_spotter *spotter = NULL;
  size_t size = 0;
  CHECK_STATUS(COOEE_OK, cooee_spotter_memory(model, phrases, &size));
  unsigned char *memory = aligned(size + COOEE_ALIGNMENT);
  CHECK_STATUS(COOEE_ERROR_MEMORY, cooee_spotter_create(memory, size - 1, model, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_MEMORY, cooee_spotter_create(memory, 0, model, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_ALIGNMENT, cooee_spotter_create(memory + 4, size, model, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_create(NULL, size, model, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_create(memory, size, model, phrases, NULL, NULL));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_memory(model, phrases, NULL));
  cooee_bytes none = {NULL, 0};
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_memory(none, phrases, &size));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_spotter_memory(model, none, &size));
  CHECK_STATUS(COOEE_ERROR_KERNEL_PATH, cooee_spotter_create(memory, size, model, phrases, "mmx", &spotter));
#if defined(__x86_64__)
  CHECK_STATUS(COOEE_ERROR_KERNEL_PATH, cooee_spotter_create(memory, size, model, phrases, "neon", &spotter));
#else
  CHECK_STATUS(COOEE_ERROR_KERNEL_PATH, cooee_spotter_create(memory, size, model, phrases, "avx2", &spotter));
#endif
  CHECK_STATUS(COOEE_ERROR_PHRASES_MODEL, cooee_spotter_create(memory, size, tiny, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_MODEL, cooee_spotter_create(memory, size, language, phrases, NULL, &spotter));
  CHECK_STATUS(COOEE_ERROR_PHRASES, cooee_spotter_create(memory, size, model, model, NULL, &spotter));
  CHECK(spotter == NULL);

  /* Files truncated or damaged at many places are rejected, except for damage between sections, which has no effect. */
  cooee_bytes files[] = {model, phrases};
  cooee_status refusals[] = {COOEE_ERROR_MODEL, COOEE_ERROR_PHRASES};
  for (int file = 0; file < 2; file++) {
    unsigned char *copy = aligned(files[file].size);
    memcpy(copy, files[file].data, files[file].size);
    int let_pass = 0;
    for (int part = 0; part < 40; part++) {
      cooee_bytes cut = {copy, files[file].size * (size_t)part / 40};
      cooee_bytes m = file ? model : cut, p = file ? cut : phrases;
      cooee_status status = cooee_spotter_memory(m, p, &size);
      CHECK(status == refusals[file]);
      size_t place = files[file].size * (size_t)part / 40;
      copy[place] ^= 0x10;
      cooee_bytes damaged = {copy, files[file].size};
      m = file ? model : damaged, p = file ? damaged : phrases;
      status = cooee_spotter_memory(m, p, &size);
      if (status == COOEE_OK)
        let_pass++;
      else
        CHECK(status == refusals[file] || status == COOEE_ERROR_VERSION);
      copy[place] ^= 0x10;
    }
    CHECK(let_pass <= 1);
    free(copy);
  }
  free(memory);
}

static void test_enrollment(cooee_bytes phrases) {
  struct {
    const char *text, *pronunciation;
    cooee_status status;
  } cases[] = {
    {"", NULL, COOEE_ERROR_TEXT_EMPTY},
    {"...", NULL, COOEE_ERROR_TEXT_EMPTY},
    {"  ", "HH AH L OW", COOEE_ERROR_TEXT_EMPTY},
    {"\xE8\xAA\x9E", NULL, COOEE_ERROR_TEXT_CHARACTER},
    {"hey \xFF", NULL, COOEE_ERROR_TEXT_CHARACTER},
    {"one two three four five six seven eight nine ten eleven twelve thirteen", NULL, COOEE_ERROR_TEXT_LENGTH},
    {"hey there", "", COOEE_ERROR_PRONUNCIATION},
    {"hey there", "HH XX", COOEE_ERROR_PRONUNCIATION},
    {"hey there", "/h%/", COOEE_ERROR_PRONUNCIATION},
    {"hey", "HH EY, HH EY, HH EY, HH EY, HH EY, HH EY, HH EY, HH EY, HH EY", COOEE_ERROR_PRONUNCIATION},
    {"hey computer", NULL, COOEE_ERROR_ENROLLED},
    {NULL, NULL, COOEE_ERROR_ARGUMENT},
  };
  unsigned char space[16];
  size_t size = 77;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cooee_enrollment wanted = request(cases[i].text, phrases);
    wanted.pronunciation = cases[i].pronunciation;
    CHECK_STATUS(cases[i].status, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
    CHECK(size == 77);
  }
  cooee_enrollment wanted = request("good night", phrases);
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_enroll(NULL, space, sizeof space, &size, NULL));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_enroll(&wanted, space, sizeof space, NULL, NULL));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_enroll(&wanted, NULL, 16, &size, NULL));
  wanted.threshold = 1.5f;
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
  wanted.threshold = NAN;
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
  wanted.threshold = 0;
  wanted.language = model;
  CHECK_STATUS(COOEE_ERROR_LANGUAGE, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
  wanted.language = language;
  wanted.background = model;
  CHECK_STATUS(COOEE_ERROR_BACKGROUND, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
  wanted.background = background;
  wanted.model = tiny;
  wanted.phrases = (cooee_bytes){NULL, 0};
  CHECK_STATUS(COOEE_ERROR_BACKGROUND_MODEL, cooee_enroll(&wanted, space, sizeof space, &size, NULL));
  wanted.phrases = phrases;
  CHECK_STATUS(COOEE_ERROR_PHRASES_MODEL, cooee_enroll(&wanted, space, sizeof space, &size, NULL));

  /* The report. */
  cooee_enrollment_report report;
  wanted = request("hey commuter", phrases);
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_enroll(&wanted, NULL, 0, &size, &report));
  CHECK(report.is_near_another && !report.is_guessed && report.threshold == 0.5f);
  CHECK(report.false_alarms_per_hour < 0 && report.phoneme_count >= 9);
  wanted = request("wuzzlefrump", (cooee_bytes){NULL, 0});
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_enroll(&wanted, NULL, 0, &size, &report));
  CHECK(report.is_guessed && !report.is_near_another && report.pronunciation_count >= 1);
  wanted = request("turn on the radio", (cooee_bytes){NULL, 0});
  wanted.background = background;
  wanted.false_alarms_per_hour = 0.05f;
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_enroll(&wanted, NULL, 0, &size, &report));
  CHECK(report.false_alarms_per_hour >= 0 && report.false_alarms_per_hour < 0.06f);

  /* Texts and removal. */
  char text[32];
  CHECK_STATUS(COOEE_OK, cooee_phrase_text(phrases, 1, text, sizeof text, &size));
  CHECK(size == strlen("good morning kitchen") + 1 && strcmp(text, "good morning kitchen") == 0);
  CHECK_STATUS(COOEE_ERROR_SPACE, cooee_phrase_text(phrases, 1, text, 3, &size));
  CHECK_STATUS(COOEE_ERROR_ARGUMENT, cooee_phrase_text(phrases, 2, text, sizeof text, &size));
  unsigned char *rest = aligned(phrases.size);
  CHECK_STATUS(COOEE_OK, cooee_remove_phrase(phrases, 0, rest, phrases.size, &size));
  CHECK(size < phrases.size);
  CHECK_STATUS(COOEE_OK, cooee_phrase_text((cooee_bytes){rest, size}, 0, text, sizeof text, &size));
  CHECK(strcmp(text, "good morning kitchen") == 0);
  free(rest);
}

static void *hear_on_thread(void *phrases) {
  void *memory;
  size_t size;
  cooee_spotter *spotter = create(*(cooee_bytes *)phrases, &memory, &size);
  heard *result = aligned(sizeof *result);
  *result = hear(spotter, 160);
  cooee_spotter_destroy(spotter);
  free(memory);
  return result;
}

static void test_threads(cooee_bytes phrases) {
  heard *alone = hear_on_thread(&phrases);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&threads[i], NULL, hear_on_thread, &phrases) != 0) exit(70);
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(threads[i], &result);
    CHECK(same(alone, result));
    free(result);
  }
  free(alone);
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  model = map(argv[1], "base.cooee");
  language = map(argv[1], "english.cooee");
  background = map(argv[1], "base-background.cooee");
  tiny = map(argv[1], "tiny.cooee");
  recording = map(argv[2], "");
  cooee_bytes one = enrolled(request("hey computer", (cooee_bytes){NULL, 0}));
  cooee_bytes phrases = enrolled(request("good morning kitchen", one));
  test_statuses();
  test_listening(phrases);
  test_full_queue(phrases);
  test_refused_spotters(phrases);
  test_enrollment(phrases);
  test_threads(phrases);
  free((void *)one.data);
  free((void *)phrases.data);
  printf("%d checks, %d failed\n", checks, failures);
  return failures ? 1 : 0;
}
