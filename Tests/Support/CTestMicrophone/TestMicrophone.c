#define _GNU_SOURCE
#define PIC 1  // libasound's macros then export the versioned symbols that dlopen looks for
#include "CTestMicrophone.h"

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "Recordings.h"

struct card_state;

typedef struct {
  snd_pcm_ioplug_t io;
  recordings source;
  struct card_state *card;
  snd_pcm_format_t format;
  int timer;
  double speed;
  bool goes_on_in_silence;
  bool was_suspended;
  long suspend_frame, unplug_frame, stall_frame;
  /// Frames delivered at a time; 1 for any number.
  int64_t piece;
  /// Frame of the card's clock at which the stream was last started.
  int64_t start_frame;
} microphone;

/// The state that a card keeps after it was unplugged under an open handle: its name, its clock, and whether it is
/// back.
static struct card_state {
  char name[64];
  bool clock_runs;
  struct timespec clock_start;
  bool was_unplugged, is_unplugged;
  struct timespec unplugged_at;
  bool is_stalled, was_stalled;
  struct timespec stalled_at;
  bool was_asked_for;
  struct timespec first_asked_for;
} cards[64];

/// The state of a card by its name. Threads open cards at the same time.
static struct card_state *card_named(const char *name) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  struct card_state *found = NULL;
  pthread_mutex_lock(&mutex);
  for (size_t i = 0; i < sizeof cards / sizeof *cards && !found; i++) {
    if (!cards[i].name[0]) strncpy(cards[i].name, name, sizeof cards[i].name - 1);
    if (!strncmp(cards[i].name, name, sizeof cards[i].name - 1)) found = &cards[i];
  }
  pthread_mutex_unlock(&mutex);
  return found;
}

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static int64_t clock_frame(const microphone *mic) {
  return (int64_t)(seconds_since(&mic->card->clock_start) * mic->io.rate * mic->speed);
}

static void set_timer(microphone *mic, bool runs) {
  double frames = mic->piece > 1 ? (double)mic->piece : (double)mic->io.period_size;
  double period = runs ? frames / mic->io.rate / mic->speed : 0;
  long nanoseconds = (long)(fmod(period, 1) * 1e9);
  struct timespec interval = {(time_t)period, runs && period < 1e-6 ? 1000 : nanoseconds};
  struct itimerspec setting = {interval, interval};
  timerfd_settime(mic->timer, 0, &setting, NULL);
}

static int start(snd_pcm_ioplug_t *io) {
  microphone *mic = io->private_data;
  if (mic->card->clock_runs) {
    mic->start_frame = clock_frame(mic);
  } else {
    // Exactly 0, however long this function takes, so a slow processor gets the same samples as a fast one.
    clock_gettime(CLOCK_MONOTONIC, &mic->card->clock_start);
    mic->card->clock_runs = true;
    mic->start_frame = 0;
  }
  set_timer(mic, true);
  return 0;
}

static int stop(snd_pcm_ioplug_t *io) {
  set_timer(io->private_data, false);
  return 0;
}

static int prepare(snd_pcm_ioplug_t *io) {
  microphone *mic = io->private_data;
  return mic->card->is_unplugged ? -ENODEV : 0;
}

/// The frames produced since the start, modulo the buffer. libasound treats any error here as an overrun, so suspension
/// and unplugging are reported through the state instead.
static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io) {
  microphone *mic = io->private_data;
  int64_t now = clock_frame(mic);
  if (mic->unplug_frame >= 0 && now >= mic->unplug_frame && !mic->card->was_unplugged) {
    mic->card->was_unplugged = mic->card->is_unplugged = true;
    clock_gettime(CLOCK_MONOTONIC, &mic->card->unplugged_at);
  }
  if (mic->card->is_unplugged) {
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
    return (snd_pcm_sframes_t)(io->appl_ptr % io->buffer_size);
  }
  if (mic->suspend_frame >= 0 && now >= mic->suspend_frame && !mic->was_suspended) {
    mic->was_suspended = true;
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
    return (snd_pcm_sframes_t)(io->appl_ptr % io->buffer_size);
  }
  if (mic->stall_frame >= 0 && now >= mic->stall_frame && !mic->card->was_stalled) {
    mic->card->was_stalled = mic->card->is_stalled = true;
    clock_gettime(CLOCK_MONOTONIC, &mic->card->stalled_at);
  }
  if (mic->card->is_stalled) {
    set_timer(mic, false);
    now = mic->stall_frame > mic->start_frame ? mic->stall_frame : mic->start_frame;
  }
  bool ends = !mic->goes_on_in_silence && now >= mic->source.frame_total;
  if (ends) now = mic->source.frame_total > mic->start_frame ? mic->source.frame_total : mic->start_frame;
  int64_t made = now - mic->start_frame;
  if (made - (int64_t)io->appl_ptr >= (int64_t)io->buffer_size) return -EPIPE;
  if (!ends) made -= made % mic->piece;
  if (ends) snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DRAINING);
  return (snd_pcm_sframes_t)(made % (int64_t)io->buffer_size);
}

/// Writes a 16-bit sample in the card's format, little-endian.
static void write_sample(snd_pcm_format_t format, int16_t sample, char *bytes) {
  int32_t wide = sample * 65536;
  float real = (float)sample / 32768;
  switch (format) {
    case SND_PCM_FORMAT_S16_LE: memcpy(bytes, &sample, 2); break;
    case SND_PCM_FORMAT_S24_LE:
      // The highest byte is undefined.
      wide = (int32_t)(((uint32_t)sample << 8 & 0xFFFFFF) | 0x55000000);
      memcpy(bytes, &wide, 4);
      break;
    case SND_PCM_FORMAT_S24_3LE: memcpy(bytes, (char *)&wide + 1, 3); break;
    case SND_PCM_FORMAT_FLOAT_LE: memcpy(bytes, &real, 4); break;
    default: memcpy(bytes, &wide, 4);
  }
}

static snd_pcm_sframes_t transfer(
    snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t count) {
  microphone *mic = io->private_data;
  char *frames = (char *)areas->addr + (areas->first + areas->step * offset) / 8;
  size_t sample_count = count * (size_t)mic->source.channels;
  int16_t *samples = malloc(sample_count * sizeof *samples);
  if (!samples) return -ENOMEM;
  recordings_read(&mic->source, mic->start_frame + (int64_t)io->appl_ptr, samples, (int64_t)count);
  size_t width = (size_t)snd_pcm_format_physical_width(mic->format) / 8;
  for (size_t i = 0; i < sample_count; i++) write_sample(mic->format, samples[i], frames + i * width);
  free(samples);
  return (snd_pcm_sframes_t)count;
}

static int poll_revents(snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned count, unsigned short *events) {
  microphone *mic = io->private_data;
  uint64_t ticks;
  if (count > 0 && (descriptors[0].revents & POLLIN)) (void)!read(mic->timer, &ticks, sizeof ticks);
  snd_pcm_sframes_t available = snd_pcm_avail_update(io->pcm);
  switch (io->state) {
    case SND_PCM_STATE_RUNNING:
      *events = available < 0                                                              ? POLLIN | POLLERR
                : available >= (mic->piece > 1 ? 1 : (snd_pcm_sframes_t)io->period_size) ? POLLIN
                                                                                         : 0;
      break;
    case SND_PCM_STATE_DRAINING:
      *events = POLLIN;
      break;
    default:
      *events = POLLIN | POLLERR;
  }
  return 0;
}

/// The card cannot resume. As on most hardware, the stream stays suspended until it is prepared again.
static int resume(snd_pcm_ioplug_t *io) {
  (void)io;
  return -ENOSYS;
}

static void release(microphone *mic) {
  recordings_close(&mic->source);
  if (mic->timer >= 0) close(mic->timer);
  free(mic);
}

static int close_stream(snd_pcm_ioplug_t *io) {
  microphone *mic = io->private_data;
  if (!mic->card->is_unplugged && !mic->card->is_stalled) mic->card->clock_runs = false;
  release(mic);
  return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = start,
    .stop = stop,
    .pointer = pointer,
    .transfer = transfer,
    .close = close_stream,
    .prepare = prepare,
    .resume = resume,
    .poll_revents = poll_revents,
};

static int restrict_parameters(microphone *mic) {
  static const unsigned accesses[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
  const unsigned formats[] = {(unsigned)mic->format};
  unsigned channels = (unsigned)mic->source.channels, rate = (unsigned)mic->source.rate;
  snd_pcm_ioplug_t *io = &mic->io;
  int result = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
  if (result >= 0) result = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, formats);
  if (result >= 0) result = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, channels, channels);
  if (result >= 0) result = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, rate, rate);
  if (result >= 0) result = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 65536);
  if (result >= 0) result = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 256, 524288);
  return result;
}

/// Reads the value of a key as a number, whether it is a literal or the result of a function such as getenv.
static double number(snd_config_t *node) {
  char *text = NULL;
  if (snd_config_get_ascii(node, &text) < 0 || !text) return NAN;
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end) value = NAN;
  free(text);
  return value;
}

SND_PCM_PLUGIN_DEFINE_FUNC(cooeetest) {
  (void)root;
  const char *file = NULL, *playlist = NULL, *at_end = "end", *replug_file = NULL, *format = "S16_LE";
  double gap = 0, speed = 1, busy = 0, release_after = -1, suspend = -1, unplug = -1, replug = -1, stall = -1, revive = -1;
  double piece = 1;
  struct {
    const char *key;
    double *value;
  } numbers[] = {{"gap", &gap},       {"speed", &speed},   {"busy", &busy},   {"release", &release_after}, {"suspend", &suspend},
                 {"unplug", &unplug}, {"replug", &replug}, {"stall", &stall}, {"revive", &revive},         {"piece", &piece}};
  struct {
    const char *key;
    const char **value;
  } strings[] = {{"file", &file}, {"playlist", &playlist}, {"at_end", &at_end}, {"replug_file", &replug_file}, {"format", &format}};

  snd_config_iterator_t position, next;
  snd_config_for_each(position, next, conf) {
    snd_config_t *node = snd_config_iterator_entry(position);
    const char *key;
    if (snd_config_get_id(node, &key) < 0) continue;
    if (!strcmp(key, "comment") || !strcmp(key, "type") || !strcmp(key, "hint")) continue;
    bool known = false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
      if (strcmp(key, numbers[i].key)) continue;
      *numbers[i].value = number(node);
      known = !isnan(*numbers[i].value);
    }
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
      if (!strcmp(key, strings[i].key)) known = snd_config_get_string(node, strings[i].value) >= 0;
    }
    if (!known) {
      SNDERR("cooeetest: %s is not a key of the test microphone, or its value is of the wrong kind", key);
      return -EINVAL;
    }
  }
  snd_pcm_format_t sample_format = snd_pcm_format_value(format);
  switch (sample_format) {
    case SND_PCM_FORMAT_S16_LE:
    case SND_PCM_FORMAT_S24_LE:
    case SND_PCM_FORMAT_S24_3LE:
    case SND_PCM_FORMAT_S32_LE:
    case SND_PCM_FORMAT_FLOAT_LE: break;
    default: SNDERR("cooeetest: the format is %s; it can be S16_LE, S24_LE, S24_3LE, S32_LE or FLOAT_LE", format); return -EINVAL;
  }
  if (stream != SND_PCM_STREAM_CAPTURE || !file == !playlist || !(speed > 0) || !(gap >= 0) || !(piece >= 1)) {
    SNDERR("cooeetest: captures only, from either file or playlist, with speed > 0, gap >= 0 and piece >= 1");
    return -EINVAL;
  }
  struct card_state *state = card_named(name);
  if (!state) return -ENOMEM;
  if (!state->was_asked_for) clock_gettime(CLOCK_MONOTONIC, &state->first_asked_for);
  state->was_asked_for = true;
  if (busy != 0 && (release_after < 0 || seconds_since(&state->first_asked_for) < release_after)) return -EBUSY;
  if (state->is_stalled) state->is_stalled = revive < 0 || seconds_since(&state->stalled_at) < revive;
  if (state->is_unplugged) {
    if (replug < 0 || seconds_since(&state->unplugged_at) < replug) return -ENODEV;
    state->is_unplugged = false;
  }

  microphone *mic = calloc(1, sizeof *mic);
  if (!mic) return -ENOMEM;
  mic->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (state->was_unplugged && replug_file) {
    file = replug_file;
    playlist = NULL;
  }
  int result = recordings_open(&mic->source, file, playlist, gap);
  if (result < 0 || mic->timer < 0) {
    SNDERR("cooeetest: %s: %s", file ? file : playlist, result < 0 ? snd_strerror(result) : "no timer");
    release(mic);
    return result < 0 ? result : -EMFILE;
  }
  mic->card = state;
  mic->format = sample_format;
  mic->speed = speed;
  mic->goes_on_in_silence = !strcmp(at_end, "silence");
  mic->suspend_frame = (long)suspend;
  mic->unplug_frame = (long)unplug;
  mic->stall_frame = (long)stall;
  mic->piece = (int64_t)piece;
  mic->io.version = SND_PCM_IOPLUG_VERSION;
  mic->io.name = "Cooee test microphone";
  mic->io.callback = &callbacks;
  mic->io.private_data = mic;
  mic->io.poll_fd = mic->timer;
  mic->io.poll_events = POLLIN;
  mic->io.mmap_rw = 0;
  result = snd_pcm_ioplug_create(&mic->io, name, stream, mode);
  if (result < 0) {
    release(mic);
    return result;
  }
  result = restrict_parameters(mic);
  if (result < 0) {
    snd_pcm_ioplug_delete(&mic->io);
    return result;
  }
  *pcmp = mic->io.pcm;
  return 0;
}
SND_PCM_PLUGIN_SYMBOL(cooeetest);
