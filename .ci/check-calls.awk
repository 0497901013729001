# Reads what strace -y wrote of a program's system calls, and prints every call that opens, makes, changes, sends or starts
# something that it need not. Exit code 1 where there is one.
#   -v allowed=FILE   paths that it may read, a regular expression a line, each matched from start to end
#   -v folder=PATH    where the output and messages of the program go, as files
#   -v sockets=REGEX  calls on sockets that are allowed; none by default
BEGIN {
  while ((getline line < allowed) > 0) if (line != "" && line !~ /^#/) paths = paths (paths ? "|" : "") line
  paths = "^(" paths ")$"
  # What reads, waits, or changes only the program itself.
  harmless = "^(read|pread64|readv|lseek|close|mmap|munmap|mprotect|poll|ppoll|epoll_create1|epoll_ctl|epoll_wait|epoll_pwait|" \
    "epoll_pwait2|eventfd2|timerfd_create|timerfd_settime|fcntl|access|faccessat|faccessat2|stat|lstat|fstat|newfstatat|statx|" \
    "fstatfs|statfs|readlink|readlinkat|getcwd|dup|dup2|dup3|exit|exit_group|ioctl|getdents64|fadvise64|select|pselect6|" \
    "prlimit64|wait4|tgkill|readahead|arch_prctl)$"
}
function result_path() { return match($0, /= [0-9]+<.*>$/) ? substr($0, index(substr($0, RSTART), "<") + RSTART, RLENGTH - index(substr($0, RSTART), "<") - 1) : "" }
function first_path() { return match($0, /\([0-9]+<[^>]*>/) ? substr($0, index($0, "<") + 1, RLENGTH - index(substr($0, RSTART), "<") - 1 + RSTART - RSTART) : "" }
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
  if (path ~ /^anon_inode:\[eventfd\]$/ && / 8\)? +=|, 8\) *= 8$/) next
  if (path != folder "/output" && path != folder "/messages" && !(sockets != "" && path ~ sockets)) tell("writes")
  next
}
name ~ /^(socket|socketpair|connect|bind|listen|accept|accept4|send|sendto|sendmsg|sendmmsg|sendfile|sendfile64|recvfrom|recvmsg|recvmmsg|getsockname|getpeername|getsockopt|setsockopt|shutdown)$/ {
  if (sockets == "" || $0 !~ sockets) tell("uses a socket")
  next
}
name !~ harmless { tell("calls") }
END {
  count = 0
  for (path in opened) count++
  printf "%d system calls, %d files read, %d calls that need not be\n", calls, count, wrong
  exit wrong > 0 || calls == 0
}
