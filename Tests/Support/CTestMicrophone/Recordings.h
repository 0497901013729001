#pragma once

#include <sndfile.h>
#include <stdint.h>

/// Consecutive recordings with silence between them, addressed by frame.
typedef struct {
  char **paths;
  /// Frame at which each recording starts.
  int64_t *starts;
  int64_t *frame_counts;
  int count;
  int64_t frame_total;
  int rate;
  int channels;
  /// The open recording, or -1, and its next frame to decode.
  int open_index;
  int64_t open_position;
  SNDFILE *open_file;
} recordings;

/// Reads the lengths of one file, or of all files of a playlist. Exactly one of the two paths is not NULL.
/// Returns 0 or -errno: -ENOENT for a missing file, -EINVAL for one that is not audio or differs in rate or channels.
int recordings_open(recordings *all, const char *file, const char *playlist, double gap_seconds);

/// Decodes `count` frames from `position`, interleaved. Between recordings and past the end, the samples are silence.
void recordings_read(recordings *all, int64_t position, int16_t *samples, int64_t count);

void recordings_close(recordings *all);
