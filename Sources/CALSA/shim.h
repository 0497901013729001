#pragma once
#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

// Swift cannot call variadic functions, and libasound's error handler is one.

/// The first message of libasound since `calsa_forget_message`, without file and line; empty when there was none.
static char calsa_message[256];

static void calsa_keep_message(const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file, (void)line, (void)function, (void)error;
  if (calsa_message[0]) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(calsa_message, sizeof calsa_message, format, arguments);
  va_end(arguments);
}

/// Keeps libasound from writing to standard error; its first message is then had from `calsa_last_message`.
static inline void calsa_keep_messages(void) {
  calsa_message[0] = 0;
  snd_lib_error_set_handler(calsa_keep_message);
}

static inline const char *calsa_last_message(void) { return calsa_message; }
