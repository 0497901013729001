import ArgumentParser
import Foundation

/// A program, `cooee` or `cooee-lean`: its size, and the cost of `spot -` with samples through a pipe.
struct ProgramCost: Encodable {
  struct Listening: Encodable {
    var phraseCount: Int
    /// Processor seconds per second of audio, including reading and writing, without the start.
    var load: Double
    /// While the program waits for more samples after the last one.
    var memory: ResidentMemory?
  }

  var path: String
  var bytes: Int
  var listening: [Listening]

  /// - Parameters:
  ///   - phrases: phrase files and their numbers of phrases.
  init(path: String, model: String, phrases: [(path: String, count: Int)], samples: [Int16]) throws {
    self.path = path
    bytes = try BenchFiles.size(of: path)
    listening = try phrases.map { phrases in
      try Self.listen(path, model: model, phrases: phrases.path, phraseCount: phrases.count, samples: samples)
    }
  }

  private static func listen(
    _ path: String, model: String, phrases: String, phraseCount: Int, samples: [Int16]
  ) throws -> Listening {
    signal(SIGPIPE, SIG_IGN)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["spot", "--model", model, "--phrases", phrases, "-"]
    let input = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    do {
      try process.run()
      // The first second includes the start.
      let (start, rest) = (samples.prefix(16_000), samples.dropFirst(16_000))
      try input.fileHandleForWriting.write(contentsOf: start.withUnsafeBytes { Data($0) })
      let before = waitUntilIdle(process, input)
      try input.fileHandleForWriting.write(contentsOf: rest.withUnsafeBytes { Data($0) })
      let after = waitUntilIdle(process, input)
      let memory = ResidentMemory(process: "\(process.processIdentifier)")
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw failure(65, "\(path) spot exited with status \(process.terminationStatus)")
      }
      return Listening(
        phraseCount: phraseCount, load: (after - before) * 16_000 / Double(rest.count), memory: memory)
    } catch let error as ExitCode {
      throw error
    } catch {
      throw failure(66, "cannot run \(path): \(error.localizedDescription)")
    }
  }

  /// Waits until the program has processed the content of its pipe and is idle.
  ///
  /// - Returns: the program's processor time so far, in seconds.
  private static func waitUntilIdle(_ process: Process, _ input: Pipe) -> Double {
    var clock = clockid_t()
    guard clock_getcpuclockid(process.processIdentifier, &clock) == 0 else { return 0 }
    var last = -1.0
    while process.isRunning {
      var unread: Int32 = 0
      let isEmpty = ioctl(input.fileHandleForWriting.fileDescriptor, UInt(FIONREAD), &unread) == 0 && unread == 0
      let now = ProcessUsage.seconds(clock)
      if isEmpty && now == last { return now }
      last = now
      usleep(20_000)
    }
    return max(last, 0)
  }
}
