#define _GNU_SOURCE
#include "Recordings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_path(recordings *all, const char *folder, size_t folder_length, const char *name, size_t name_length) {
  char **paths = realloc(all->paths, (size_t)(all->count + 1) * sizeof *paths);
  if (!paths) return -ENOMEM;
  all->paths = paths;
  if (name[0] == '/') folder_length = 0;
  char *path = malloc(folder_length + name_length + 1);
  if (!path) return -ENOMEM;
  memcpy(path, folder, folder_length);
  memcpy(path + folder_length, name, name_length);
  path[folder_length + name_length] = 0;
  all->paths[all->count++] = path;
  return 0;
}

static int read_playlist(recordings *all, const char *playlist) {
  FILE *text = fopen(playlist, "re");
  if (!text) return -errno;
  const char *slash = strrchr(playlist, '/');
  size_t folder_length = slash ? (size_t)(slash - playlist) + 1 : 0;
  char *line = NULL;
  size_t capacity = 0;
  int result = 0;
  for (int number = 0; result == 0 && getline(&line, &capacity, text) >= 0; number++) {
    size_t length = strcspn(line, "\t\r\n");
    if (length == 0 || line[0] == '#' || (number == 0 && length == 4 && !memcmp(line, "path", 4))) continue;
    result = add_path(all, playlist, folder_length, line, length);
  }
  free(line);
  fclose(text);
  return result == 0 && all->count == 0 ? -EINVAL : result;
}

int recordings_open(recordings *all, const char *file, const char *playlist, double gap_seconds) {
  memset(all, 0, sizeof *all);
  all->open_index = -1;
  int result = file ? add_path(all, "", 0, file, strlen(file)) : read_playlist(all, playlist);
  if (result < 0) return result;
  all->starts = calloc((size_t)all->count, sizeof *all->starts);
  all->frame_counts = calloc((size_t)all->count, sizeof *all->frame_counts);
  if (!all->starts || !all->frame_counts) return -ENOMEM;
  for (int index = 0; index < all->count; index++) {
    SF_INFO info = {0};
    SNDFILE *opened = sf_open(all->paths[index], SFM_READ, &info);
    if (!opened) return sf_error(NULL) == SF_ERR_SYSTEM ? -ENOENT : -EINVAL;
    sf_close(opened);
    if (index == 0) {
      all->rate = info.samplerate;
      all->channels = info.channels;
    }
    if (info.samplerate != all->rate || info.channels != all->channels) return -EINVAL;
    int64_t gap_frames = (int64_t)(gap_seconds * all->rate);
    all->starts[index] = all->frame_total + gap_frames;
    all->frame_counts[index] = info.frames;
    all->frame_total = all->starts[index] + info.frames + (index == all->count - 1 ? gap_frames : 0);
  }
  return 0;
}

/// Opens recording `index`, with `position` as its next frame to decode.
static void move_to(recordings *all, int index, int64_t position) {
  if (all->open_index != index) {
    if (all->open_file) sf_close(all->open_file);
    SF_INFO info = {0};
    all->open_file = sf_open(all->paths[index], SFM_READ, &info);
    all->open_index = index;
    all->open_position = 0;
    if (all->open_file) sf_command(all->open_file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  }
  if (all->open_file && all->open_position != position) sf_seek(all->open_file, position, SF_SEEK_SET);
  all->open_position = position;
}

void recordings_read(recordings *all, int64_t position, int16_t *samples, int64_t count) {
  memset(samples, 0, (size_t)(count * all->channels) * sizeof *samples);
  for (int index = 0; index < all->count; index++) {
    int64_t first = position > all->starts[index] ? position : all->starts[index];
    int64_t end = all->starts[index] + all->frame_counts[index];
    if (end > position + count) end = position + count;
    if (first >= end) continue;
    move_to(all, index, first - all->starts[index]);
    if (all->open_file) sf_readf_short(all->open_file, samples + (first - position) * all->channels, end - first);
    all->open_position += end - first;
  }
}

void recordings_close(recordings *all) {
  if (all->open_file) sf_close(all->open_file);
  for (int index = 0; index < all->count; index++) free(all->paths[index]);
  free(all->paths);
  free(all->starts);
  free(all->frame_counts);
  memset(all, 0, sizeof *all);
}
