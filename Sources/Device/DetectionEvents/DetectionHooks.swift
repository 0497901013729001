import CPlatform

/// Runs programs at each detection.
///
/// A hook is an executable file, which is run without a shell. Its environment describes the detection, with the values
/// as in JSON: `COOEE_PHRASE`, `COOEE_SCORE`, `COOEE_START` and `COOEE_END` in seconds, and `COOEE_DEVICE`
/// (with `COOEE_MICROPHONE` if it has a name) or `COOEE_FILE`. Its stdin is empty, and its output goes to stderr.
///
/// A hook runs once at a time, and all hooks together run at most ``mostAtOnce`` programs. If a hook cannot run, the
/// detection is skipped for it and counted. A program that exceeds the time limit gets SIGTERM and,
/// ``graceNanoseconds`` later, SIGKILL. So do the processes that it started, and those that it leaves behind when it
/// ends, unless they are in another session (`setsid`). Ended programs do not stay zombies for longer than that.
///
/// One thread. Only starting a program (vfork and exec) and ``finish(_:)`` wait.
public struct DetectionHooks: ~Copyable {
  /// The outcome of a program.
  public enum Outcome: Equatable, Sendable {
    case succeeded
    /// It ended with this exit status, which is not 0.
    case exited(code: Int32)
    case endedBySignal(number: Int32)
    /// It ran longer than the limit.
    case tookTooLong
    /// The system could not start it; `errorNumber` is the errno.
    case cannotStart(errorNumber: Int32)
  }

  /// An event to report to the user.
  public enum Notice: Equatable, Sendable {
    /// The outcome of a hook differs from its previous one, which is ``Outcome/succeeded`` at first.
    case changed(path: String, Outcome)
    /// A detection was skipped because the hook's program is still running; reported once per run.
    case skipped(path: String)
    /// Detections are skipped because ``DetectionHooks/mostAtOnce`` programs are running; reported once until the hook
    /// runs again.
    case skippedForOthers(path: String)
  }

  /// The most programs at a time, over all hooks.
  public static let mostAtOnce = 4
  /// The time from SIGTERM to SIGKILL.
  public static let graceNanoseconds: Int64 = 1_000_000_000

  /// A running program.
  private struct Run {
    var process: Int32
    /// When to send the next signal, in nanoseconds of the monotonic clock.
    var deadline: Int64
    /// Whether SIGTERM was sent.
    var isEnding = false
    var toldSkip = false
  }

  private struct Hook {
    let path: String
    var run: Run?
    var lastOutcome = Outcome.succeeded
    var toldSkipForOthers = false
  }

  private var hooks: [Hook] = []
  private let limitNanoseconds: Int64
  /// The number of skipped runs, over all hooks.
  public private(set) var skippedCount = 0
  /// The number of programs that are running.
  public private(set) var runningCount = 0

  /// - Parameters:
  ///   - paths: Executable files, absolute or relative to the current folder; a path may appear twice.
  ///   - limitSeconds: The time limit of a program.
  public init(paths: [String], limitSeconds: Double) {
    for path in paths { hooks.append(Hook(path: path)) }
    limitNanoseconds = Int64(min(max(limitSeconds, 0), 1e9) * 1e9)
  }

  /// Kills the process groups of programs that are still running.
  deinit {
    for hook in hooks {
      guard let run = hook.run else { continue }
      platform_process_end_group(run.process, 1)
    }
  }

  /// Starts every hook that is not running.
  ///
  /// - Parameters:
  ///   - now: The result of `platform_monotonic_nanoseconds()`.
  ///   - notice: Receives events to report.
  public mutating func start(for event: DetectionEvent, now: Int64, _ notice: (Notice) -> Void) {
    guard !hooks.isEmpty else { return }
    tend(now: now, notice)
    let variables = Self.variables(of: event)
    for index in hooks.indices {
      if let run = hooks[index].run {
        skippedCount += 1
        if !run.toldSkip { notice(.skipped(path: hooks[index].path)) }
        hooks[index].run?.toldSkip = true
        continue
      }
      guard runningCount < Self.mostAtOnce else {
        skippedCount += 1
        if !hooks[index].toldSkipForOthers { notice(.skippedForOthers(path: hooks[index].path)) }
        hooks[index].toldSkipForOthers = true
        continue
      }
      let process = hooks[index].path.withCString { path in
        variables.bytes.withUnsafeBytes {
          platform_process_start(path, $0.assumingMemoryBound(to: CChar.self).baseAddress, variables.count)
        }
      }
      if process > 0 {
        hooks[index].run = Run(process: process, deadline: now + limitNanoseconds)
        hooks[index].toldSkipForOthers = false
        runningCount += 1
      } else {
        note(.cannotStart(errorNumber: -process), of: index, notice)
      }
    }
  }

  /// Reaps the programs that have ended, and signals those that exceed their time limit.
  ///
  /// Call this several times a second; it returns at once.
  public mutating func tend(now: Int64, _ notice: (Notice) -> Void) {
    guard runningCount > 0 else { return }
    for index in hooks.indices {
      guard let run = hooks[index].run else { continue }
      var result: Int32 = 0
      let hasEnded = platform_process_has_ended(run.process, &result) != 0
      if run.isEnding {
        // Wait the full grace period even if the first process has ended: others of the group may still be cleaning up.
        guard now >= run.deadline else { continue }
        platform_process_end_group(run.process, 1)
        if hasEnded { takeLeave(of: run, index) }
      } else if hasEnded {
        takeLeave(of: run, index)
        note(
          result == 0 ? .succeeded : result > 0 ? .exited(code: result) : .endedBySignal(number: -result), of: index,
          notice)
      } else if now >= run.deadline {
        platform_process_end_group(run.process, 0)
        hooks[index].run?.isEnding = true
        hooks[index].run?.deadline = now + Self.graceNanoseconds
        note(.tookTooLong, of: index, notice)
      }
    }
  }

  /// Waits until every program has ended or was killed. Does not wait for a program that the system cannot kill.
  public mutating func finish(_ notice: (Notice) -> Void) {
    let end = platform_monotonic_nanoseconds() + limitNanoseconds + 2 * Self.graceNanoseconds
    while runningCount > 0 {
      let now = platform_monotonic_nanoseconds()
      tend(now: now, notice)
      guard runningCount > 0, now < end else { return }
      platform_sleep_milliseconds(10)
    }
  }

  /// Kills the rest of the program's process group while its process ID is still reserved, then releases the ID.
  private mutating func takeLeave(of run: Run, _ index: Int) {
    platform_process_end_group(run.process, 1)
    platform_process_forget(run.process)
    hooks[index].run = nil
    runningCount -= 1
  }

  private mutating func note(_ outcome: Outcome, of index: Int, _ notice: (Notice) -> Void) {
    guard outcome != hooks[index].lastOutcome else { return }
    hooks[index].lastOutcome = outcome
    notice(.changed(path: hooks[index].path, outcome))
  }

  /// `NAME=VALUE` and a zero byte for each variable, in UTF-8, and the number of variables.
  private static func variables(of event: DetectionEvent) -> (bytes: [UInt8], count: Int) {
    var bytes: [UInt8] = []
    var count = 0
    func add(_ name: StaticString, _ value: String) {
      bytes.append(contentsOf: name.description.utf8)
      bytes.append(UInt8(ascii: "="))
      for byte in value.utf8 where byte != 0 { bytes.append(byte) }
      bytes.append(0)
      count += 1
    }
    add("COOEE_PHRASE", event.phrase)
    add("COOEE_SCORE", event.score.description)
    add("COOEE_START", event.startSeconds.description)
    add("COOEE_END", event.endSeconds.description)
    switch event.source {
    case .device(let device, let microphone):
      add("COOEE_DEVICE", device)
      if let microphone { add("COOEE_MICROPHONE", microphone) }
    case .file(let path): add("COOEE_FILE", path)
    }
    return (bytes, count)
  }
}
