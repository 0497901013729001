import Foundation

/// How a program with an injected fault ended.
struct FaultedRun {
  /// The exit status; `nil` if a signal ended it.
  var exitCode: Int32?
  /// The signal that ended it.
  var signal: Int32?
  var output: String
  var messages: String
  /// Whether it exceeded its time limit and was killed.
  var hung: Bool

  var wasInjected: Bool { messages.contains("fault injected") }
  var succeeded: Bool { exitCode == 0 }
}

/// A program with the fault library preloaded.
struct FaultedProgram {
  var path: String
  var faults: String
  var environment: [String: String] = [:]
  var folder: String

  /// Runs the program to its end, or kills it after the given microseconds.
  ///
  /// - Parameters:
  ///   - fault: in the format of CFaults.h; `nil` for an undisturbed run.
  ///   - limit: kilobytes of address space.
  ///   - fileBlocks: the maximum size of a file in blocks of 512 bytes.
  ///   - stream: writes stdin to a descriptor, in a separate thread.
  func run(
    _ arguments: [String], fault: String? = nil, limit: Int? = nil, fileBlocks: Int? = nil, input: String = "/dev/null",
    killAfter microseconds: UInt32? = nil, stream: (@Sendable (Int32) -> Void)? = nil
  ) -> FaultedRun {
    let output = folder + "/output"
    let messages = folder + "/messages"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var ends: [Int32] = [-1, -1]
    if stream != nil {
      pipe(&ends)
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Traces take seconds and are not compared.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    if let fault {
      variables["COOEE_FAULT"] = fault
      variables["LD_PRELOAD"] = faults
    }
    if variables["COOEE_CLOCK_STEP"] != nil { variables["LD_PRELOAD"] = faults }
    var command = [path] + arguments
    // The shell sets limits, then becomes the program.
    if limit != nil || fileBlocks != nil {
      let limits = [limit.map { "ulimit -v \($0)" }, fileBlocks.map { "ulimit -f \($0)" }].compactMap { $0 }
      command = ["/bin/sh", "-c", (limits + ["exec \"$0\" \"$@\""]).joined(separator: " && ")] + command
    }
    var argumentPointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var variablePointers: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
    var process = pid_t()
    let result = posix_spawn(&process, command[0], &actions, nil, &argumentPointers, &variablePointers)
    precondition(result == 0, "\(command[0]) cannot be started: \(result)")
    if let stream {
      close(ends[0])
      let end = ends[1]
      Thread.detachNewThread {
        stream(end)
        close(end)
      }
    }
    if let microseconds {
      usleep(microseconds)
      kill(process, SIGKILL)
    }
    var status: Int32 = 0
    var hung = false
    let end = Date(timeIntervalSinceNow: 60)
    while waitpid(process, &status, WNOHANG) == 0 {
      if !hung, Date() > end {
        hung = true
        kill(process, SIGKILL)
      }
      usleep(500)
    }
    let signal = status & 0x7F
    return FaultedRun(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
      output: text(of: output), messages: text(of: messages), hung: hung)
  }

  /// The number of such calls in an undisturbed run.
  func count(_ call: String, _ arguments: [String], input: String = "/dev/null") -> Int {
    let run = run(arguments, fault: "\(call):0:kill", input: input)
    let line = run.messages.split(separator: "\n").last { $0.hasPrefix("fault calls ") }
    return line.flatMap { Int($0.dropFirst("fault calls ".count)) } ?? 0
  }
}

func bytes(of path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }
func text(of path: String) -> String { String(decoding: bytes(of: path) ?? [], as: UTF8.self) }
func overwrite(_ path: String, _ bytes: [UInt8]) {
  let isWritten = FileManager.default.createFile(atPath: path, contents: Data(bytes))
  precondition(isWritten, "\(path) cannot be written")
}
