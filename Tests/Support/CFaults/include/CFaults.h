// The faults that the preloaded library libcooee_faults.so injects into a program.
//
// COOEE_FAULT=CALL:NUMBER:WHAT
//   CALL    write, print (to descriptors 1 and 2), fsync, rename, open, create (open to write, mkostemp), fchmod, flock,
//           mmap, thread, allocation, or any: read, close, unlink, and all of these except print, thread and allocation
//   NUMBER  the index of the call, from 1; with a + after it, all later calls, too; with 0, nothing fails, and
//           "fault calls COUNT" is written to stderr at the end
//   WHAT    kill (before the call), killed-after (after the call), short (half of the bytes are written), or an errno
// At the first fault, "fault injected" is written to stderr.
//
// COOEE_CLOCK_STEP=AFTER:BY   AFTER seconds after the program's start, the time of day jumps by BY seconds
