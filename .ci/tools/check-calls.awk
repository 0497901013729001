# Reads what strace -y wrote of a program's system calls, and prints every call that opens, makes, changes, sends or starts
# something that it need not. The exit status is 1 if there is one.
#   -v allowed=FILE   paths that it may read, a regular expression a line, each matched from start to end
#   -v folder=PATH    where the output and messages of the program go, as files
BEGIN {
  while ((getline line < allowed) > 0) if (line != "" && line !~ /^#/) paths = paths (paths ? "|" : "") line
  paths = "^(" paths ")$"
  # What reads, waits, or changes only the program itself.
  harmless = "^(read|pread64|readv|lseek|close|mmap|munmap|mprotect|poll|ppoll|epoll_create1|epoll_ctl|epoll_wait|epoll_pwait|" \
    "epoll_pwait2|eventfd2|timerfd_create|timerfd_settime|fcntl|access|faccessat|faccessat2|stat|lstat|fstat|newfstatat|statx|" \
    "fstatfs|statfs|readlink|readlinkat|getcwd|dup|dup2|dup3|exit|exit_group|ioctl|getdents64|fadvise64|select|pselect6|" \
    "prlimit64|wait4|tgkill|readahead|arch_prctl)$"
}
# The path that a call gave a descriptor, and that of the descriptor it was given.
function result_path(start) {
  if (!match($0, /= [0-9]+<.*>$/)) return ""
  start = RSTART + index(substr($0, RSTART), "<")
  return substr($0, start, length($0) - start)
}
function first_path(start) {
  if (!match($0, /\([0-9]+<[^>]*>/)) return ""
  start = RSTART + index(substr($0, RSTART), "<")
  return substr($0, start, RSTART + RLENGTH - 1 - start)
}
function tell(why) { print why ": " substr($0, 1, 200); wrong++ }
/^[+]{3}|^-{3}/ { next }
{
  name = $0
  sub(/\(.*/, "", name)
  calls++
}
name == "execve" {
  if (executed++ > 0) tell("starts a program")
  next
}
name ~ /^(clone|clone3)$/ {
  if (!/CLONE_THREAD/) tell("starts a process")
  next
}
name ~ /^(open|openat|openat2|creat)$/ {
  if (/ = -1 /) { if (/O_CREAT|O_WRONLY|O_RDWR/) tell("tries to write"); next }
  path = result_path()
  opened[path]++
  if (/O_CREAT|O_WRONLY|O_RDWR|O_TRUNC|O_TMPFILE/ && path !~ /^\/dev\/snd\//) tell("opens for writing")
  else if (path !~ paths) tell("opens")
  next
}
name ~ /^(write|writev|pwrite64|pwritev)$/ {
  path = first_path()
  if (path ~ /^anon_inode:\[eventfd\]$/ && /, 8\) *= 8$/) next
  if (path != folder "/output" && path != folder "/messages") tell("writes")
  next
}
name ~ /^(socket|socketpair|connect|bind|listen|accept|accept4|send|sendto|sendmsg|sendmmsg|sendfile|sendfile64|recvfrom|recvmsg|recvmmsg|getsockname|getpeername|getsockopt|setsockopt|shutdown)$/ {
  tell("uses a socket")
  next
}
name !~ harmless { tell("calls") }
END {
  count = 0
  for (path in opened) count++
  printf "%d system calls, %d files read, %d calls that need not be\n", calls, count, wrong
  exit wrong > 0 || calls == 0
}
