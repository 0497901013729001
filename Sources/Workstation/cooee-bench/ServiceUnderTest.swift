import ArgumentParser
import Foundation
import Synchronization

/// A `cooee serve` process with audio from this program and its events. A lock protects the output of the readers.
final class ServiceUnderTest: @unchecked Sendable {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let messages = Pipe()
  private let events = Mutex<[EnduranceEvent]>([])
  private let messageLines = Mutex<[String]>([])
  private let readers = DispatchGroup()

  var processIdentifier: Int32 { process.processIdentifier }

  /// Starts the service with its microphone on a pipe. The options decide whether it also serves hubs.
  init(_ program: String, _ options: [String]) throws {
    signal(SIGPIPE, SIG_IGN)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      ["serve", "--device", "stdin"] + (options.contains("--wyoming") ? [] : ["--no-wyoming"])
      + (options.contains("--console") ? [] : ["--no-console"]) + options
    process.standardInput = input
    process.standardOutput = output
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw failure(66, "cannot run \(program): \(error.localizedDescription)")
    }
    readLines(output) { [self] line in
      let time = ProcessUsage.seconds(CLOCK_MONOTONIC)
      guard let event = EnduranceEvent(line: line, time: time) else { return }
      events.withLock { $0.append(event) }
    }
    readLines(messages) { [self] line in
      messageLines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
  }

  func write(_ samples: ArraySlice<Int16>) throws {
    var bytes = samples.withUnsafeBytes { Data($0) }
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        Glibc.write(input.fileHandleForWriting.fileDescriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        for line in messageLines.withLock({ $0 }) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        throw failure(1, "cannot write audio to cooee serve: \(String(cString: strerror(errno)))")
      }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Ends the stream, waits for the service to report it, and stops the service.
  func finish() throws -> (events: [EnduranceEvent], messages: [String], exitCode: Int32) {
    try input.fileHandleForWriting.close()
    while process.isRunning, !messageLines.withLock({ $0.contains { $0.hasSuffix("has ended") } }) { usleep(10_000) }
    process.terminate()
    process.waitUntilExit()
    readers.wait()
    return (events.withLock { $0 }, messageLines.withLock { $0 }, process.terminationStatus)
  }

  private func readLines(_ pipe: Pipe, _ body: @escaping @Sendable (Data) -> Void) {
    readers.enter()
    Thread { [readers] in
      var rest = Data()
      while true {
        let piece = pipe.fileHandleForReading.availableData
        if piece.isEmpty { break }
        rest.append(piece)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          body(Data(rest[rest.startIndex..<end]))
          rest = Data(rest[(end + 1)...])
        }
      }
      readers.leave()
    }.start()
  }
}

extension EnduranceEvent {
  /// Parses a line of `cooee serve --json`; nil if it is not an event.
  fileprivate init?(line: Data, time: Double) {
    guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
      let phrase = object["phrase"] as? String, let start = object["start"] as? Double,
      let end = object["end"] as? Double, let score = object["score"] as? NSNumber
    else { return nil }
    self.init(phrase: phrase, start: start, end: end, score: score.floatValue, time: time)
  }
}
