#pragma once

// What measuring needs of Linux and glibc that their modules for Swift leave out.

/// Keeps the calling thread, and the processes that it starts from now on, on the last processor that it may run on.
/// Returns that processor's number, or -errno.
int process_stay_on_one_processor(void);

/// Gives free heap back to the system.
void process_trim_heap(void);
