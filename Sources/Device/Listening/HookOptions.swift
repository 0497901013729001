import CPlatform
import CommandLineOptions
import DetectionEvents
import Messages

/// The programs to run at each detection, from the command line.
package struct HookOptions: Sendable {
  package static let options: [CommandSyntax.Option] = [
    .value("on-detect", "program", "Run this program at each detection.", isRepeated: true),
    .value("on-detect-seconds", "number", "Time limit for each --on-detect program (default: 10)."),
  ]

  private let paths: [String]
  /// How many seconds a program may run.
  package let limitSeconds: Double

  /// - Throws: A failure that names a program that is missing or cannot be run.
  package init(_ arguments: CommandArguments) throws(Failure) {
    paths = arguments.texts("on-detect")
    let seconds = try arguments.number("on-detect-seconds", accepted: "numbers above 0, up to 86400") {
      $0 > 0 && $0 <= 86_400
    }
    limitSeconds = seconds ?? 10
    for path in paths {
      let error = path.withCString { platform_executable_error($0) }
      guard error != 0 else { continue }
      let reason = "--on-detect \(path) cannot be run: \(systemText(error))"
      guard error == platform_error_access else { throw Failure(.noInput, reason + "; give the path of a program") }
      throw .usage(reason + "; make it executable: chmod +x " + shellQuoted(path), command: arguments.commandName)
    }
  }

  /// Whether there are no programs to run.
  package var isEmpty: Bool { paths.isEmpty }

  /// Creates the hooks.
  package func open() -> OpenHooks { OpenHooks(DetectionHooks(paths: paths, limitSeconds: limitSeconds)) }
}

/// Runs the programs while listening and reports their failures on stderr.
package struct OpenHooks: ~Copyable {
  private var hooks: DetectionHooks

  init(_ hooks: consuming DetectionHooks) { self.hooks = hooks }

  /// Starts the programs for each event that is a detection.
  package mutating func run(for events: [DetectionEvent]) {
    for event in events where event.detected {
      hooks.start(for: event, now: platform_monotonic_nanoseconds(), tellNotice)
    }
  }

  /// Ends programs that exceed their time and reports how programs ended.
  package mutating func tend() { hooks.tend(now: platform_monotonic_nanoseconds(), tellNotice) }

  /// Waits for running programs within their time, and reports how many runs were skipped.
  package mutating func finish() {
    tend()
    if hooks.runningCount > 0 {
      report(.warning("waiting for \(hooks.runningCount) --on-detect programs to finish"))
    }
    hooks.finish(tellNotice)
    if hooks.skippedCount > 0 {
      report(.warning("skipped \(hooks.skippedCount) runs of --on-detect programs because they or others still ran"))
    }
  }
}

private func tellNotice(_ notice: DetectionHooks.Notice) {
  switch notice {
  case .skipped(let path):
    report(.warning("\(path) is still running; skipped it for this detection"))
  case .skippedForOthers(let path):
    report(.warning("skipped \(path) because \(DetectionHooks.mostAtOnce) programs are running; make them faster"))
  case .changed(let path, let outcome):
    switch outcome {
    case .succeeded: report(.warning("\(path) works again"))
    case .exited(let code): report(.warning("\(path) failed with exit status \(code)"))
    case .endedBySignal(let number): report(.warning("\(path) was ended by signal \(number)"))
    case .tookTooLong: report(.warning("\(path) took too long and was stopped; allow more with --on-detect-seconds"))
    case .cannotStart(let errorNumber):
      report(
        .warning(
          "\(path) cannot be started: \(systemText(errorNumber)); it must be a program, or a script that begins with "
            + "#! and its interpreter"))
    }
  }
}
