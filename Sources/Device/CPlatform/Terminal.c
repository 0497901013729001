#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <unistd.h>

#include "CPlatform.h"

int platform_is_terminal(int descriptor) { return isatty(descriptor); }

int platform_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
