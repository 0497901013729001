import CPlatform
import DetectionEvents
import Glibc
import Testing

@Suite("Detection hooks")
struct DetectionHooksTests {
  private typealias Notice = DetectionHooks.Notice

  private let folder = HookFolder()

  private func event(_ phrase: String = "hey computer") -> DetectionEvent {
    DetectionEvent(source: .device("plughw:1"), phrase: phrase, startSample: 19_752, endSample: 33_601, score: 0.987_5)
  }

  /// Looks after the hooks until a condition holds; gives up after ten seconds.
  private func tend(
    _ hooks: inout DetectionHooks, _ notices: inout [Notice], until isDone: (borrowing DetectionHooks) -> Bool
  ) -> Bool {
    let end = platform_monotonic_nanoseconds() + 10_000_000_000
    while platform_monotonic_nanoseconds() < end {
      hooks.tend(now: platform_monotonic_nanoseconds()) { notices.append($0) }
      if isDone(hooks) { return true }
      usleep(2_000)
    }
    return false
  }

  @Test(
    "the environment contains the exact values, and no shell interprets them",
    arguments: [
      "hey computer", "say \"it's\" $(touch made) `touch made`; touch made & \\ \n second line\t| *", "größe 語 🎤", "",
    ])
  func environmentIsVerbatim(phrase: String) throws {
    let output = folder.path("output")
    let hook = folder.script(
      """
      printf '%s|' "$COOEE_PHRASE" "$COOEE_SCORE" "$COOEE_START" "$COOEE_END" "$COOEE_DEVICE" "$#" >'\(output)'
      """)
    var notices: [Notice] = []
    setenv("COOEE_PHRASE", "the caller's own", 1)
    defer { unsetenv("COOEE_PHRASE") }
    var hooks = DetectionHooks(paths: [hook], limitSeconds: 5)
    hooks.start(for: event(phrase), now: platform_monotonic_nanoseconds()) { notices.append($0) }
    #expect(hooks.runningCount == 1)
    hooks.finish { notices.append($0) }
    #expect(notices == [])
    #expect(folder.text("output") == "\(phrase)|0.9875|1.2345|2.1000625|plughw:1|0|")
    #expect(!folder.exists("made"))
  }

  @Test("a hook has empty input, no inherited descriptors, default signals, and its own process group")
  func programStartsClean() {
    let output = folder.path("output")
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let hook = folder.script(
      """
      {
        cat | wc -c
        test -e /proc/$$/fd/\(ends[1]) && echo open || echo closed
        grep -E '^Sig(Blk|Ign)' /proc/self/status
        read -r stat </proc/$$/stat; set -- $stat; echo "$$ $5"
      } >'\(output)'
      """)
    var notices: [Notice] = []
    let former = signal(SIGUSR1, SIG_IGN)
    var blocked = sigset_t()
    var before = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGUSR2)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    var hooks = DetectionHooks(paths: [hook], limitSeconds: 5)
    hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    signal(SIGUSR1, former)
    hooks.finish { notices.append($0) }
    let lines = folder.text("output").split(separator: "\n").map(String.init)
    #expect(lines.count == 5, "\(lines)")
    guard lines.count == 5 else { return }
    #expect(lines[0] == "0" && lines[1] == "closed")
    // Signals 32 and 33 are the C library's own, which it lets nobody set.
    for line in lines[2...3] {
      let signals = UInt64(line.split(separator: "\t").last ?? "", radix: 16)
      #expect(signals.map { $0 & ~0x1_8000_0000 } == 0, "\(line)")
    }
    let ids = lines[4].split(separator: " ")
    #expect(ids.count == 2 && ids[0] == ids[1] && ids[1] != "\(getpgrp())", "\(lines[4])")
  }

  @Test("at the limit the group gets SIGTERM and then SIGKILL, one report is made, and no zombie is left")
  func limitEndsTheGroup() throws {
    let hook = folder.script(
      """
      trap '' TERM
      (trap 'echo asked >>\(folder.path("asked"))' TERM; while :; do sleep 0.05; done) &
      echo $$ $! >'\(folder.path("ids.new"))'
      mv '\(folder.path("ids.new"))' '\(folder.path("ids"))'
      while :; do sleep 0.05; done
      """)
    var notices: [Notice] = []
    var hooks = DetectionHooks(paths: [hook], limitSeconds: 0.5)
    let start = platform_monotonic_nanoseconds()
    hooks.start(for: event(), now: start) { notices.append($0) }
    #expect(tend(&hooks, &notices) { _ in folder.exists("ids") })
    let ids = folder.text("ids").split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    try #require(ids.count == 2)
    #expect(ids.allSatisfy { isAlive($0) })
    #expect(tend(&hooks, &notices) { $0.runningCount == 0 })
    let seconds = Double(platform_monotonic_nanoseconds() - start) / 1e9
    #expect(seconds >= 1.5 && seconds < 10, "\(seconds) s")
    #expect(notices == [.changed(path: hook, .tookTooLong)])
    #expect(folder.text("asked").hasPrefix("asked"))
    #expect(!exists(ids[0]), "the program is a zombie or alive")
    #expect(!isAlive(ids[1]), "what the program started lives on")
    // The same again is no change.
    hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
    hooks.finish { notices.append($0) }
    #expect(notices.count == 1 && hooks.runningCount == 0)
  }

  @Test("processes that a hook leaves behind are ended")
  func leftoversEnd() throws {
    let hook = folder.script("sleep 60 & echo $! >'\(folder.path("id"))'")
    var notices: [Notice] = []
    var hooks = DetectionHooks(paths: [hook], limitSeconds: 5)
    hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
    hooks.finish { notices.append($0) }
    let left = try #require(pid_t(folder.text("id").split(whereSeparator: \.isWhitespace).first ?? ""))
    var waited = 0
    while isAlive(left), waited < 200 {
      usleep(10_000)
      waited += 1
    }
    #expect(!isAlive(left))
    #expect(notices == [])
  }

  @Test("a running hook is not started again, and at most four hooks run at a time")
  func pileUpIsBounded() {
    let go = folder.path("go")
    let hook = folder.script("echo >>'\(folder.path("starts"))'; while ! test -e '\(go)'; do sleep 0.02; done")
    var notices: [Notice] = []
    var hooks = DetectionHooks(paths: Array(repeating: hook, count: 6), limitSeconds: 20)
    for _ in 0..<10 {
      hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
      #expect(hooks.runningCount == 4)
    }
    #expect(hooks.skippedCount == 9 * 6 + 2)
    #expect(notices.filter { $0 == .skipped(path: hook) }.count == 4)
    #expect(notices.filter { $0 == .skippedForOthers(path: hook) }.count == 2)
    #expect(notices.count == 6)
    folder.write("go", "")
    #expect(tend(&hooks, &notices) { $0.runningCount == 0 })
    #expect(folder.text("starts") == "\n\n\n\n")
    hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
    hooks.finish { notices.append($0) }
    #expect(folder.text("starts").utf8.count == 8)
  }

  @Test("outcomes are reported when they change")
  func changesAreTold() {
    let hook = folder.script("test ! -e '\(folder.path("fail"))' || exit 7")
    let killed = folder.script("kill -KILL $$")
    let missing = folder.path("missing")
    folder.write("no-program", "neither a program nor a script")
    chmod(folder.path("no-program"), 0o700)
    var notices: [Notice] = []
    var hooks = DetectionHooks(paths: [hook, killed, missing, folder.path("no-program")], limitSeconds: 5)
    func detect() {
      hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
      hooks.finish { notices.append($0) }
    }
    folder.write("fail", "")
    detect()
    #expect(notices.count == 4)
    #expect(notices.contains(.changed(path: hook, .exited(code: 7))))
    #expect(notices.contains(.changed(path: killed, .endedBySignal(number: SIGKILL))))
    #expect(notices.contains(.changed(path: missing, .cannotStart(errorNumber: ENOENT))))
    #expect(notices.contains(.changed(path: folder.path("no-program"), .cannotStart(errorNumber: ENOEXEC))))
    detect()
    #expect(notices.count == 4)
    unlink(folder.path("fail"))
    detect()
    #expect(notices.count == 5 && notices.last == .changed(path: hook, .succeeded))
  }

  @Test("a hundred detections leave no zombies")
  func nothingIsLeft() {
    let hook = folder.script("echo >>'\(folder.path("starts"))'")
    var notices: [Notice] = []
    var hooks = DetectionHooks(paths: [hook], limitSeconds: 5)
    for _ in 0..<100 {
      hooks.start(for: event(), now: platform_monotonic_nanoseconds()) { notices.append($0) }
      hooks.finish { notices.append($0) }
    }
    #expect(folder.text("starts").utf8.count == 100)
    #expect(notices == [] && hooks.skippedCount == 0)
    #expect(zombies(named: folder.lastScriptName) == 0)
  }

  @Test("executability is checked in advance")
  func executablesAreKnown() {
    let script = folder.script("exit 0")
    #expect(platform_executable_error(script) == 0)
    #expect(platform_executable_error(folder.path("missing")) == ENOENT)
    #expect(platform_executable_error("/tmp") == EISDIR)
    folder.write("plain", "text")
    #expect(platform_executable_error(folder.path("plain")) == EACCES)
  }
}
