import CPlatform

/// Why a command ends without having done its work: an exit code and one line for a person.
package struct Failure: Error {
  /// Exit codes in the manner of sysexits.h; `heed --help` lists them.
  package enum Code: Int32 {
    case usage = 64
    case badData = 65
    case noInput = 66
    case deviceUnavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case outputError = 74
  }

  package var code: Code
  /// What, where, and what to do; no full stop at the end.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension Failure {
  /// A command line that cannot be understood.
  package static func usage(_ message: String, command: String) -> Failure {
    Failure(.usage, "\(message); heed \(command) --help shows what it takes")
  }
}

/// Failures of single inputs among several, each told as it comes, so that the others are still worked on.
package struct FileFailures {
  /// Inputs in all; the failure of an only one is told at the end.
  package let fileCount: Int
  package private(set) var first: Failure?
  private var count = 0

  package init(fileCount: Int) { self.fileCount = fileCount }

  package mutating func note(_ failure: Failure) {
    if fileCount > 1 { report(.warning(failure.message)) }
    if first == nil { first = failure }
    count += 1
  }

  /// Fails with the code of the first failure, if there was one.
  package func throwFirst() throws(Failure) {
    guard let first else { return }
    throw fileCount > 1 ? Failure(first.code, "\(count) of \(fileCount) could not be used") : first
  }
}

/// Prints a text and a line end on standard output.
package func say(_ text: String) throws(Failure) {
  var output = LineWriter(descriptor: 1, flushesEachLine: true)
  try output.put(text.utf8)
}

extension LineWriter {
  /// Writes a line, or fails as the command's output.
  package mutating func put(_ line: some Sequence<UInt8>) throws(Failure) {
    do throws(LineWriterError) {
      try write(line)
    } catch {
      throw Failure(.outputError, "the output cannot be written: \(systemText(error.errorNumber))")
    }
  }

  /// Writes what is kept back, or fails as the command's output.
  package mutating func end() throws(Failure) {
    do throws(LineWriterError) {
      try flush()
    } catch {
      throw Failure(.outputError, "the output cannot be written: \(systemText(error.errorNumber))")
    }
  }
}
