#pragma once

// TCP streams. Descriptors are close-on-exec and nonblocking.

#include <stddef.h>

/// Connects to the first address of `host` that accepts, within `milliseconds`; looking up the name may take longer.
/// `cancel` is a descriptor that ends the wait when it becomes readable; -1 for none.
/// Returns a descriptor, or -errno: -ENOENT for an unknown name, -ECANCELED if the wait was canceled.
int platform_tcp_connect(const char *host, const char *port, int milliseconds, int cancel);

/// Listens at an address of this machine. Returns a descriptor, or -errno as `platform_tcp_connect`.
int platform_tcp_listen(const char *address, const char *port);

/// Accepts a pending connection. Returns a descriptor, or -errno: -EAGAIN if there is none.
int platform_tcp_accept(int listener);

/// Waits until `descriptor` is readable or has ended, `cancel` (-1 for none) becomes readable, a signal arrives, or the
/// time is over. Returns 1 in the first case, 0 in the others, or -errno.
int platform_wait_for_input(int descriptor, int cancel, int milliseconds);
