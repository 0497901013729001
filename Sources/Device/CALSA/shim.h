#pragma once
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// Swift cannot call or define variadic functions such as libasound's error handler.

/// The first message of libasound since `calsa_keep_messages`, without file and line; empty if there is none.
static inline char *calsa_message(void) {
  static char message[256];
  return message;
}

static inline void calsa_keep_message(
    const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file, (void)line, (void)function, (void)error;
  if (calsa_message()[0]) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(calsa_message(), 256, format, arguments);
  va_end(arguments);
}

/// Keeps libasound from writing to stderr; `calsa_message` returns its first message.
static inline void calsa_keep_messages(void) {
  calsa_message()[0] = 0;
  snd_lib_error_set_handler(calsa_keep_message);
}

/// Frees a string that libasound allocated.
static inline void calsa_free(char *text) { free(text); }
