#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "CPlatform.h"

// The receive buffer, after which the sender must wait: two seconds of 16-bit samples.
static const int receive_bytes = 65536;

static int look_up(const char *host, const char *port, int flags, struct addrinfo **found) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
  switch (getaddrinfo(host, port, &hints, found)) {
    case 0: return 0;
    case EAI_SYSTEM: return -errno;
    case EAI_MEMORY: return -ENOMEM;
    case EAI_AGAIN: return -EAGAIN;
    default: return -ENOENT;
  }
}

static int open_socket(const struct addrinfo *address) {
  int descriptor =
      socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
  if (descriptor < 0) return -errno;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  return descriptor;
}

// Waits until a connection is established or refused. Returns 0 or -errno.
static int wait_for_connection(int descriptor, int64_t deadline, int cancel) {
  struct pollfd waits[] = {{descriptor, POLLOUT, 0}, {cancel, POLLIN, 0}};
  for (;;) {
    int64_t left = (deadline - platform_monotonic_nanoseconds()) / 1000000;
    if (left <= 0) return -ETIMEDOUT;
    int ready = poll(waits, 2, (int)left);
    if (ready < 0) return errno == EINTR ? -ECANCELED : -errno;
    if (waits[1].revents) return -ECANCELED;
    if (waits[0].revents) break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -errno;
  return -error;
}

int platform_tcp_connect(const char *host, const char *port, int milliseconds, int cancel) {
  struct addrinfo *found;
  int result = look_up(host, port, 0, &found);
  if (result < 0) return result;
  int64_t deadline = platform_monotonic_nanoseconds() + (int64_t)milliseconds * 1000000;
  result = -ENOENT;
  for (struct addrinfo *next = found; next; next = next->ai_next) {
    int descriptor = open_socket(next);
    if (descriptor < 0) {
      result = descriptor;
      continue;
    }
    result = connect(descriptor, next->ai_addr, next->ai_addrlen) == 0 ? 0 : -errno;
    if (result == -EINPROGRESS) result = wait_for_connection(descriptor, deadline, cancel);
    if (result == 0) {
      result = descriptor;
      break;
    }
    close(descriptor);
    if (result == -ECANCELED) break;
  }
  freeaddrinfo(found);
  return result;
}

int platform_tcp_listen(const char *address, const char *port) {
  struct addrinfo *found;
  int result = look_up(address, port, AI_PASSIVE, &found);
  if (result < 0) return result;
  result = open_socket(found);
  if (result >= 0) {
    int descriptor = result, yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(descriptor, found->ai_addr, found->ai_addrlen) < 0 || listen(descriptor, 4) < 0) {
      result = -errno;
      close(descriptor);
    }
  }
  freeaddrinfo(found);
  return result;
}

int platform_tcp_accept(int listener) {
  int descriptor;
  do {
    descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  } while (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED));
  return descriptor < 0 ? -errno : descriptor;
}

int platform_wait_for_input(int descriptor, int cancel, int milliseconds) {
  struct pollfd waits[] = {{descriptor, POLLIN, 0}, {cancel, POLLIN, 0}};
  if (poll(waits, 2, milliseconds) < 0) return errno == EINTR ? 0 : -errno;
  if (waits[0].revents & POLLNVAL) return -EBADF;
  return waits[0].revents != 0;
}
