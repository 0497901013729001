import Glibc

/// What a run of the built `cooee` program left behind.
struct ProgramRun {
  /// The exit status, or 128 + the signal that ended it.
  var exitCode: Int32
  var output: String
  var messages: String
  /// Largest resident set that was seen; `wait4` would count this process too, which the program was forked from.
  var peakKilobytes: Int

  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// The `cooee` program that the build put beside this one.
struct Program {
  /// The folder of everything that was built.
  static let folder: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let program = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
  }()

  var executable = Program.folder + "/cooee"
  /// The folder that it runs in; that of this process by default.
  var directory = "."
  /// Set for the program beyond what this process has.
  var environment: [String: String] = [:]
  /// A file that is its standard input; nothing by default.
  var input = "/dev/null"
  /// A terminal that is its standard output and standard error, each where it is set; files by default.
  var outputTerminal: String?
  var messagesTerminal: String?

  /// Runs to the end.
  func run(_ arguments: [String]) -> ProgramRun { start(arguments).wait() }

  /// Starts without waiting for the end.
  func start(_ arguments: [String]) -> RunningProgram {
    let output = TemporaryFolder.shared.newPath("stdout")
    let messages = TemporaryFolder.shared.newPath("stderr")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputTerminal ?? output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, messagesTerminal ?? messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // The shell changes the folder, which posix_spawn cannot be told here, and then becomes the program.
    let command = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory, executable] + arguments
    var argumentPointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let variable = next.pointee {
      let name = String(cString: variable).prefix { $0 != "=" }
      if environment[String(name)] == nil { variables.append(strdup(variable)) }
      next += 1
    }
    variables += environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argumentPointers + variables { free(pointer) } }
    var process = pid_t()
    let result = posix_spawn(&process, "/bin/sh", &actions, nil, &argumentPointers, &variables)
    precondition(result == 0, "\(executable) cannot be started: \(result)")
    return RunningProgram(process: process, output: output, messages: messages)
  }
}

/// A program at work.
struct RunningProgram {
  let process: pid_t
  let output: String
  let messages: String

  func signal(_ number: Int32) { kill(process, number) }

  /// Waits for the end; a program that takes longer than a minute is killed.
  func wait() -> ProgramRun {
    var status: Int32 = 0
    var waited = 0
    var peakKilobytes = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      peakKilobytes = max(peakKilobytes, highWaterKilobytes() ?? 0)
      usleep(10_000)
      waited += 1
      if waited == 6_000 { kill(process, SIGKILL) }
    }
    let signal = status & 0x7F
    return ProgramRun(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: text(of: output),
      messages: text(of: messages), peakKilobytes: peakKilobytes)
  }

  /// `VmHWM` of the program, which starts anew when the shell becomes it.
  private func highWaterKilobytes() -> Int? {
    guard text(of: "/proc/\(process)/comm").hasPrefix("cooee") else { return nil }
    let line = text(of: "/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }
  }
}

/// A folder of this test process, removed when it ends.
final class TemporaryFolder: @unchecked Sendable {
  static let shared = TemporaryFolder()

  let path: String
  private var mutex = pthread_mutex_t()
  private var count = 0

  private init() {
    var template = Array("/tmp/cooee-end-to-end-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder can be made in /tmp")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    pthread_mutex_init(&mutex, nil)
    atexit { _ = system("rm -rf '\(TemporaryFolder.shared.path)'") }
  }

  /// A path that was not given before, ending in `name`.
  func newPath(_ name: String) -> String {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    count += 1
    return "\(path)/\(count)-\(name)"
  }

  /// Writes a file under a new path and gives the path.
  func write(_ bytes: [UInt8], _ name: String) -> String {
    let path = newPath(name)
    overwrite(path, bytes)
    return path
  }
}

func overwrite(_ path: String, _ bytes: [UInt8]) {
  // A program started meanwhile must not inherit it: a file open for writing cannot be run.
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  precondition(descriptor >= 0, "\(path) cannot be written")
  var written = 0
  bytes.withUnsafeBytes { all in
    while written < all.count {
      let count = Glibc.write(descriptor, all.baseAddress! + written, all.count - written)
      precondition(count > 0, "\(path) cannot be written")
      written += count
    }
  }
  close(descriptor)
}

func contents(of path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  var all: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count <= 0 { return all }
    all.append(contentsOf: chunk[..<count])
  }
}

func text(of path: String) -> String { String(decoding: contents(of: path), as: UTF8.self) }
