#pragma once

// Streams over TCP. Descriptors are close-on-exec and never block.

#include <stddef.h>

/// Connects to the first address of `host` that accepts, within the time given. Names are looked up, which may take longer.
/// `cancel` is a descriptor that ends the wait when it becomes readable; -1 for none.
/// Returns a descriptor, or -errno: -ENOENT for a name that is not known, -ECANCELED when the wait was ended.
int platform_tcp_connect(const char *host, const char *port, int milliseconds, int cancel);

/// Waits for connections at an address of this machine. Returns a descriptor, or -errno as `platform_tcp_connect`.
int platform_tcp_listen(const char *address, const char *port);

/// Takes a connection that waits. Returns a descriptor, or -errno: -EAGAIN where none waits.
int platform_tcp_accept(int listener);

/// Waits until `descriptor` has something to read or ended, `cancel` (-1 for none) becomes readable, a signal arrives or the
/// time is over. Returns 1 for the first of these, 0 for the others, or -errno.
int platform_wait_for_input(int descriptor, int cancel, int milliseconds);
