// What a fault is, for the programs that libheed_faults.so is preloaded into.
//
// HEED_FAULT=CALL:NUMBER:WHAT
//   CALL    write, print (to descriptors 1 and 2), fsync, rename, open, create (open to write, mkostemp), fchmod, flock, mmap,
//           thread, allocation, or any: every one of them but print, thread and allocation, and read, close, unlink
//   NUMBER  which of these calls, from 1; with + behind it, that and all later ones; 0 has
//           "fault calls COUNT" written to standard error at the end, and nothing fails
//   WHAT    kill (before the call), killed-after (the call was made), short (half of the bytes are written), or an errno
// At the first fault, "fault injected" is written to standard error.
//
// HEED_CLOCK_STEP=AFTER:BY   the time of day jumps by so many seconds, so many seconds after the program's start
