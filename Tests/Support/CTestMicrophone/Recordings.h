#pragma once

#include <sndfile.h>
#include <stdint.h>

/// Recordings one after another with silence between, addressed by frame.
typedef struct {
  char **paths;
  /// Frame at which each recording starts.
  int64_t *starts;
  int64_t *frame_counts;
  int count;
  int64_t frame_total;
  int rate;
  int channels;
  /// The recording that is open, or -1, and the frame of it that is decoded next.
  int open_index;
  int64_t open_position;
  SNDFILE *open_file;
} recordings;

/// Reads the lengths of one file, or of all files of a playlist. Exactly one of the two paths is not NULL.
/// Returns 0 or -errno: -ENOENT for a missing file, -EINVAL for one that is not audio or differs in rate or channels.
int recordings_open(recordings *all, const char *file, const char *playlist, double gap_seconds);

/// Decodes `count` frames from `position` on, interleaved; silence between recordings and past the end.
void recordings_read(recordings *all, int64_t position, int16_t *samples, int64_t count);

void recordings_close(recordings *all);
