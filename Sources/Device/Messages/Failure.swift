import CPlatform

/// Why a command failed: an exit status and a message of one line.
package struct Failure: Error {
  /// Exit statuses as in sysexits.h; `cooee --help` lists them.
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
  /// What, where, and what to do, without a full stop.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension Failure {
  /// A failure for an invalid command line; the message refers to the command's help.
  package static func usage(_ message: String, command: String) -> Failure {
    Failure(.usage, "\(message); see cooee \(command) --help")
  }
}

/// Collects the failures of several inputs. Each is reported when it occurs, and the remaining inputs are still
/// processed.
package struct FileFailures {
  /// The number of inputs. With a single input, its failure is only thrown at the end.
  package let fileCount: Int
  /// The first failure, if any.
  package private(set) var first: Failure?
  private var count = 0

  package init(fileCount: Int) { self.fileCount = fileCount }

  /// Records a failure, and reports it if there are several inputs.
  package mutating func note(_ failure: Failure) {
    if fileCount > 1 { report(.warning(failure.message)) }
    if first == nil { first = failure }
    count += 1
  }

  /// Throws a failure with the code of the first one, if there was any.
  package func throwFirst() throws(Failure) {
    guard let first else { return }
    throw fileCount > 1 ? Failure(first.code, "\(count) of \(fileCount) inputs could not be used") : first
  }
}

/// Prints a text and a newline to stdout.
package func say(_ text: String) throws(Failure) {
  var output = LineWriter(descriptor: 1, flushesEachLine: true)
  try output.put(text.utf8)
}

extension LineWriter {
  /// Writes a line; throws `outputError` if that fails.
  package mutating func put(_ line: some Sequence<UInt8>) throws(Failure) {
    do throws(LineWriterError) {
      try write(line)
    } catch {
      throw Failure(.outputError, "cannot write the output: \(systemText(error.errorNumber))")
    }
  }

  /// Writes the buffered lines; throws `outputError` if that fails.
  package mutating func end() throws(Failure) {
    do throws(LineWriterError) {
      try flush()
    } catch {
      throw Failure(.outputError, "cannot write the output: \(systemText(error.errorNumber))")
    }
  }
}
