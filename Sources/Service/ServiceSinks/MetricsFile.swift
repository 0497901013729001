import CPlatform
import CommandLineOptions
import ListeningService
import Messages

/// The options for the metrics file.
package struct MetricsOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value(
        "metrics-file", "file",
        "Write metrics to this *.prom file every 15 seconds, for node_exporter's textfile collector.")
    ]
  }

  /// The path; nil to write no file.
  package var path: String?

  /// - Throws: `usage` if the name does not end in .prom.
  package init(_ arguments: CommandArguments) throws(Failure) {
    path = arguments.text("metrics-file")
    guard let path else { return }
    // The collector silently ignores other names.
    guard path.hasSuffix(".prom") else {
      throw .usage(
        "--metrics-file is \(path); it accepts names that end in .prom, because the textfile collector reads no others",
        command: arguments.commandName)
    }
  }
}

/// Replaces a file of metrics periodically, on a separate thread.
package final class MetricsFile: Sendable {
  private let path: String
  private let metrics: ServiceMetrics
  private let periodMilliseconds: Int
  private let note: @Sendable (LogMessage) -> Void
  private let thread = WorkerThread()

  /// Writes the file and starts the thread, which keeps this object alive until ``stop()``.
  ///
  /// - Parameter note: Receives a message when the file can no longer be written, and when it can be written again.
  /// - Throws: A failure if the file cannot be written or the thread cannot be started.
  package init(
    path: String, metrics: ServiceMetrics, periodMilliseconds: Int = 15_000,
    note: @escaping @Sendable (LogMessage) -> Void
  ) throws(Failure) {
    self.path = path
    self.metrics = metrics
    self.periodMilliseconds = periodMilliseconds
    self.note = note
    let error = write()
    guard error == 0 else {
      throw Failure(.cannotCreate, "--metrics-file \(path) cannot be written: \(systemText(error))")
    }
    try thread.start(name: "cooee-metrics") { self.run() }
  }

  /// Writes the file a last time and stops the thread.
  package func stop() { thread.stop(waitMilliseconds: 2_000) }

  private func run() {
    var isFailing = false
    while true {
      thread.sleep(milliseconds: periodMilliseconds)
      let isLast = thread.isStopping
      let error = write()
      if error != 0, !isFailing {
        note(.warning("the metrics file \(path) cannot be written: \(systemText(error)); trying again"))
      } else if error == 0, isFailing {
        note(.notice("the metrics file \(path) can be written again"))
      }
      isFailing = error != 0
      if isLast { return }
    }
  }

  /// Writes the file. Returns 0 or an errno.
  private func write() -> Int32 {
    let bytes = Array(metrics.rendered.utf8)
    return -bytes.withUnsafeBytes { platform_replace_file(path, $0.baseAddress, $0.count) }
  }
}
