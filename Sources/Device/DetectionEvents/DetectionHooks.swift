import CPlatform

/// Programs that are run at each detection.
///
/// A hook is an executable file; no shell reads a command line. What was heard is in its environment, as JSON has it:
/// `HEED_PHRASE`, `HEED_SCORE`, `HEED_START` and `HEED_END` in seconds, and `HEED_DEVICE` or `HEED_FILE`. It reads
/// nothing, and what it prints goes to standard error.
///
/// At most one program of a hook runs at a time, and at most ``mostAtOnce`` of all hooks; a detection that comes
/// meanwhile is skipped for that hook and counted. A program that runs longer than the limit gets SIGTERM, and SIGKILL
/// ``graceNanoseconds`` later, as does everything that it started; so does what it leaves behind when it ends, unless
/// that went into a session of its own (`setsid`). No ended program stays a zombie longer than that.
///
/// One thread. Nothing waits for a program but its start (vfork and exec) and ``finish(_:)``.
public struct DetectionHooks: ~Copyable {
  /// How a program went.
  public enum Outcome: Equatable, Sendable {
    case succeeded
    /// It ended with this exit code, which is not 0.
    case exited(code: Int32)
    case endedBySignal(number: Int32)
    /// It ran longer than the limit.
    case tookTooLong
    /// The system could not start it; `errorNumber` is its errno.
    case cannotStart(errorNumber: Int32)
  }

  /// What a person should know.
  public enum Notice: Equatable, Sendable {
    /// A hook went otherwise than the time before; before the first time stands ``Outcome/succeeded``.
    case changed(path: String, Outcome)
    /// A detection was skipped because the hook's program still runs; once for each run.
    case skipped(path: String)
    /// Detections are skipped because ``DetectionHooks/mostAtOnce`` programs of other hooks run; once until it runs again.
    case skippedForOthers(path: String)
  }

  /// Programs at once, over all hooks.
  public static let mostAtOnce = 4
  /// From SIGTERM to SIGKILL.
  public static let graceNanoseconds: Int64 = 1_000_000_000

  /// A program at work.
  private struct Run {
    var process: Int32
    /// When it gets the next signal, by the monotonic clock in nanoseconds.
    var deadline: Int64
    /// SIGTERM was sent.
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
  /// Detections that a hook was not run for, one for each hook.
  public private(set) var skippedCount = 0
  /// Programs that run now.
  public private(set) var runningCount = 0

  /// - Parameters:
  ///   - paths: Executable files, absolute or from the current folder; the same may stand there twice.
  ///   - limitSeconds: How long a program may run.
  public init(paths: [String], limitSeconds: Double) {
    for path in paths { hooks.append(Hook(path: path)) }
    limitNanoseconds = Int64(min(max(limitSeconds, 0), 1e9) * 1e9)
  }

  /// What is left of the programs' groups ends with the hooks.
  deinit {
    for hook in hooks {
      guard let run = hook.run else { continue }
      platform_process_end_group(run.process, 1)
    }
  }

  /// Runs every hook that is free.
  ///
  /// - Parameter now: `platform_monotonic_nanoseconds()`.
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

  /// Looks after the programs that run: takes leave of those that ended, and ends those that take too long.
  ///
  /// To be called several times a second; returns at once.
  public mutating func tend(now: Int64, _ notice: (Notice) -> Void) {
    guard runningCount > 0 else { return }
    for index in hooks.indices {
      guard let run = hooks[index].run else { continue }
      var result: Int32 = 0
      let hasEnded = platform_process_has_ended(run.process, &result) != 0
      if run.isEnding {
        // The whole second is given even where the first process is gone: others of the group may be tidying up.
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

  /// Waits until every program has ended, or was ended at its limit; not for one that the system cannot end.
  public mutating func finish(_ notice: (Notice) -> Void) {
    let end = platform_monotonic_nanoseconds() + limitNanoseconds + 2 * Self.graceNanoseconds
    while runningCount > 0 {
      let now = platform_monotonic_nanoseconds()
      tend(now: now, notice)
      guard runningCount > 0, now < end else { return }
      platform_sleep_milliseconds(10)
    }
  }

  /// Ends what is left of the program's group while its process id is still taken, then gives the id back.
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

  /// `NAME=VALUE` and a zero byte for each variable, UTF-8.
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
    add("HEED_PHRASE", event.phrase)
    add("HEED_SCORE", event.score.description)
    add("HEED_START", event.startSeconds.description)
    add("HEED_END", event.endSeconds.description)
    switch event.source {
    case .device(let name): add("HEED_DEVICE", name)
    case .file(let path): add("HEED_FILE", path)
    }
    return (bytes, count)
  }
}
