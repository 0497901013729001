# Read by .ci/test: runs the Swift tests and the parts of a test run, one program each, and counts how they end.
#
#   0    the part has passed
#   77   it was skipped; a line of its output, "skipped: REASON", says why. Without that line it has failed
#   else it has failed
#
# A part that leaves out a piece of itself prints "skipped: PIECE: REASON" and goes on; that counts as one skipped test.
# A part that needs another attempt prints "retried: WHAT". Both kinds of lines are repeated before the last line of a run, and so
# is what failed, for a build server may keep no more than the end.
#
# try_again runs what failed once more, alone: up to three tests and parts. What fails beside others and passes alone has passed,
# and a line "retried: …" says how it failed.
parts=.build/test-parts
parts_passed=0 parts_failed=0 parts_skipped=0 tests_recovered=0
rm -rf "$parts"
mkdir -p "$parts"
: >"$parts/notes"
: >"$parts/failures"
: >"$parts/again"
# What runs in the background does not hear of an interrupt by itself.
trap 'trap - INT TERM; kill 0' INT TERM

niceness=0 # of what run_part runs
run_part() { # run_part NAME COMMAND...: keeps what the command prints and how it ends
  part=$1 began=$(date +%s) ended=0
  shift
  nice -n "$niceness" "$@" >"$parts/$part.log" 2>&1 || ended=$?
  echo "$ended $(($(date +%s) - began)) $*" >"$parts/$part.end"
}
# Not through a pipe to tee: a process that a part leaves behind would keep the pipe open, and the run would never end.
follow() { # follow NAME COMMAND...: the same, and prints the lines as they come
  : >"$parts/$1.log"
  run_part "$@" &
  tail -n +1 -s 0.2 --pid=$! -f "$parts/$1.log" || true
  wait $!
}
# A log's warnings about the package's own code. The compiler gives them only when it compiles: what they name is touched,
# so that the next build gives them again.
own_warnings() { # own_warnings LOG
  awk -v root="$(pwd -P)" '/: warning: / && (index($0, root "/Sources/") == 1 || index($0, root "/Tests/") == 1)' "$1" |
    sort -u >"$parts/warnings"
  cut -d : -f 1 "$parts/warnings" | while read -r file; do touch -c "$file"; done
  cat "$parts/warnings"
}
build() { # build NAME ARGUMENTS...: swift build -c release; a warning about the package's own code fails it
  log=$1
  shift
  follow "$log" swift build -c release "$@"
  read -r ended seconds command <"$parts/$log.end"
  [ "$ended" = 0 ] || exit "$ended"
  warnings=$(own_warnings "$parts/$log.log")
  [ -z "$warnings" ] || {
    echo "these warnings are errors here:" >&2
    echo "$warnings" >&2
    exit 1
  }
  touch "$parts/built"
}
await_build() { # in a lane that began beside the build; ends the lane where the build fails
  while [ ! -e "$parts/built" ]; do
    kill -0 $$ 2>/dev/null || exit
    sleep 1
  done
}
count_part() { # count_part NAME TITLE
  read -r ended seconds command <"$parts/$1.end" || {
    ended=1 seconds=0 command="$1, which did not end"
    touch "$parts/$1.log"
  }
  warnings=$(own_warnings "$parts/$1.log")
  [ -z "$warnings" ] || ended=1
  left_out=$(grep -c '^skipped: ' "$parts/$1.log" || true)
  case $ended in
  0) parts_passed=$((parts_passed + 1)) ;;
  77) [ "$left_out" -gt 0 ] || ended=1 ;;
  esac
  case $ended in
  0 | 77) ;;
  *)
    parts_failed=$((parts_failed + 1))
    echo "$1|$2|$command" >>"$parts/again"
    {
      echo "part failed: $2, $command, status $ended${warnings:+, with warnings that are errors here:
$warnings}"
      tail -n 10 "$parts/$1.log" | sed 's/^/    /'
    } >>"$parts/failures"
    ;;
  esac
  parts_skipped=$((parts_skipped + left_out))
  awk -v title="$2" 'match($0, /^(skipped|retried): /) {
    print substr($0, 1, RLENGTH) title ": " substr($0, RLENGTH + 1)
  }' "$parts/$1.log" >>"$parts/notes"
  echo "== $2: $seconds s"
}
try() { # try TITLE COMMAND...
  title=$1
  shift
  echo "== $title"
  follow now "$@"
  count_part now "$title"
}
show() { # show NAME TITLE: a part that run_part ran in the background
  echo "== $2"
  cat "$parts/$1.log" || true
  count_part "$1" "$2"
}

swift_status=
results=.build/test-results
swift_tests() { # swift_tests OPTIONS...: the tests that are built already
  rm -f "$results"*.xml
  follow swift-tests swift test -c release --skip-build --xunit-output "$results.xml" "$@"
  read -r swift_status seconds command <"$parts/swift-tests.end"
  # Swift Testing prints: ➜ Test "TITLE" skipped: "REASON"
  sed -n -e '/^retried: /p' -e 's/^[^A-Za-z]*Test \(.*\) skipped: "\(.*\)"$/skipped: \1: \2/p' \
    -e 's/^[^A-Za-z]*Test \(.*\) skipped\.$/skipped: \1: no reason is given/p' "$parts/swift-tests.log" |
    sed 's/^skipped: "\(.*\)": /skipped: \1: /' >>"$parts/notes"
  # Swift Testing prints: ✘ Test "TITLE" recorded an issue at FILE:LINE:COLUMN: WHAT
  sed -n 's/^[^A-Za-z]*Test \(.* recorded an issue .*\)$/failed: \1/p' "$parts/swift-tests.log" | head -n 20 >>"$parts/failures"
}
# The tests that failed, as swift test --filter wants them. Swift Testing writes <testcase classname="X" name="f(_:)" …><failure …
failed_tests() {
  sed -n '/<testcase /{h;}; /<failure /{x;s/.*classname="\([^"]*\)" name="\([^"(]*\).*/\1\/\2[(]/p;x;}' "$results"*.xml | sort -u
}
try_again() {
  tests=0
  [ -z "$swift_status" ] || [ "$swift_status" = 0 ] || tests=$(($(failed_tests | wc -l)))
  failed=$((tests + $(wc -l <"$parts/again")))
  [ "$failed" -gt 0 ] && [ "$failed" -le 3 ] || return 0
  niceness=0
  if [ "$tests" -gt 0 ]; then
    filter=$(failed_tests | tr '\n' '|')
    echo "== again, alone: ${filter%|}"
    follow again-tests swift test -c release --skip-build --filter "${filter%|}"
    read -r ended seconds command <"$parts/again-tests.end"
    if [ "$ended" = 0 ]; then
      tests_recovered=$tests swift_status=0
      sed -n 's/^failed: /retried: /p' "$parts/failures" >>"$parts/notes"
      sed -i '/^failed: /d' "$parts/failures"
    fi
  fi
  while IFS='|' read -r name title command; do
    echo "== again, alone: $title"
    # shellcheck disable=SC2086 # the command is words
    run_part "$name" $command </dev/null
    cat "$parts/$name.log"
    read -r ended seconds command <"$parts/$name.end"
    [ "$ended" = 0 ] && [ -z "$(own_warnings "$parts/$name.log")" ] || continue
    parts_failed=$((parts_failed - 1)) parts_passed=$((parts_passed + 1))
    sed -n "s|^part failed: \($title, .*\)|retried: \1|p" "$parts/failures" >>"$parts/notes"
    awk -v title="part failed: $title, " 'index($0, title) == 1 {out = 1; next} !/^    / {out = 0} !out' \
      "$parts/failures" >"$parts/left" && mv "$parts/left" "$parts/failures"
  done <"$parts/again"
}
# Swift Testing writes its own file beside XCTest's: <testsuite … tests="N" … failures="M" …>.
count() { # count ATTRIBUTE
  sed -n "s/.*<testsuite [^>]*$1=\"\([0-9]*\)\".*/\1/p" "$results"*.xml 2>/dev/null | awk '{s += $1} END {print s + 0}'
}
report() { # what was skipped, retried and failed, and the line that counts; ends the run
  tests=0 failed=0 skipped=0 status=0
  if [ -n "$swift_status" ]; then
    tests=$(count tests) failed=$(($(count failures) + $(count errors) - tests_recovered)) skipped=$(count skipped) status=$swift_status
    if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
      echo "the test program ended early with status $status" >&2
      failed=1
    fi
    [ "$tests" -gt 0 ] || status=1
  fi
  tests=$((tests + parts_passed + parts_failed + parts_skipped))
  failed=$((failed + parts_failed))
  skipped=$((skipped + parts_skipped))
  [ "$parts_failed" = 0 ] || status=1
  cat "$parts/notes"
  cut -c 1-400 "$parts/failures"
  echo "$((tests > failed + skipped ? tests - failed - skipped : 0)) tests passed, $failed failed, $skipped skipped"
  exit "$status"
}
