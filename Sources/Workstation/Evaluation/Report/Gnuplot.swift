import Foundation

/// Why a plot could not be drawn.
public enum GnuplotError: Error, Equatable, Sendable {
  /// gnuplot exited with this status. `message` is its output on stderr.
  case failed(script: String, status: Int32, message: String)
  /// The program could not be started.
  case notStarted(path: String, reason: String)
}

extension GnuplotError: CustomStringConvertible {
  /// The error in one line.
  public var description: String {
    switch self {
    case .failed(let script, let status, let message): "gnuplot exited with status \(status) on \(script): \(message)"
    case .notStarted(let path, let reason): "cannot start \(path): \(reason)"
    }
  }
}

/// The gnuplot program, run as a process.
///
/// - Reference: Williams, Kelley, "gnuplot 5.4: An Interactive Plotting Program".
public struct Gnuplot: Sendable {
  /// The advice if gnuplot is not installed.
  public static let installAdvice = "drew no figures: gnuplot is missing (apt-get install gnuplot-nox)"

  /// The path of the program.
  public let path: String

  /// Searches for `gnuplot` in the folders of a search path, by default that of this process.
  ///
  /// - Returns: `nil` if it is not found.
  public init?(searchPath: String? = nil) {
    let folders = (searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let found = folders.map { "\($0)/gnuplot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else { return nil }
    path = found
  }

  /// Runs a script in the script's folder.
  ///
  /// - Throws: ``GnuplotError``.
  public func run(script: URL) throws(GnuplotError) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [script.lastPathComponent]
    process.currentDirectoryURL = script.deletingLastPathComponent()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw .notStarted(path: path, reason: error.localizedDescription)
    }
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw .failed(
        script: script.path, status: process.terminationStatus,
        message: message.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
          .filter { !$0.isEmpty }.joined(separator: "; "))
    }
  }

  /// Quotes a text as a gnuplot string and removes characters that a title cannot contain.
  static func quoted(_ text: String) -> String {
    let printable = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 }))
    return "'" + printable.replacingOccurrences(of: "'", with: "''") + "'"
  }
}
