import CPlatform
import Glibc
import KeywordSpotting

/// Speech by espeak-ng, which lets an installer listen to a pronunciation.
///
/// espeak-ng gets only phonemes that are made here from ARPAbet, never external text. A call blocks its thread for as
/// long as espeak-ng runs, at most ``limitMilliseconds``.
package struct SpeechSynthesis: Sendable {
  /// Why there is no sound.
  package enum Problem: Error, Equatable {
    case cannotStart(errorNumber: Int32)
    case tookTooLong
    case tooMuchSound
    /// It ended without sound or with a nonzero exit status.
    case failed
  }

  /// The time limit for espeak-ng.
  package var limitMilliseconds = 10_000
  static let mostBytes = 4_000_000

  package let path: String

  package init(path: String) { self.path = path }

  /// Finds the program in the search path; nil if it is not installed.
  init?(searchPath: String = String(cString: platform_environment("PATH"))) {
    let folders = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }
    guard let folder = folders.first(where: { platform_executable_error("\($0)/espeak-ng") == 0 }) else { return nil }
    path = "\(folder)/espeak-ng"
  }

  /// The sound of a variant as a WAV file.
  ///
  /// - Throws: The reason why there is no sound.
  package func wave(of variant: PhraseVariant) throws(Problem) -> [UInt8] {
    var bytes = try output(arguments: [path, "-v", "en-us", "-s", "150", "--stdout", variant.espeakText])
    // When espeak-ng writes to a pipe, the header contains placeholder sizes.
    Self.put(UInt32(bytes.count - 8), at: 4, in: &bytes)
    Self.put(UInt32(bytes.count - Self.headerBytes), at: 40, in: &bytes)
    return bytes
  }

  private static let headerBytes = 44

  private static func put(_ value: UInt32, at offset: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
  }

  /// The output of a program.
  private func output(arguments: [String]) throws(Problem) -> [UInt8] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .cannotStart(errorNumber: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let (process, result) = start(arguments, output: ends[1])
    close(ends[1])
    guard result == 0 else { throw .cannotStart(errorNumber: result) }
    var status: Int32 = 0
    do throws(Problem) {
      let bytes = try read(ends[0])
      waitpid(process, &status, 0)
      guard status == 0, bytes.count > Self.headerBytes else { throw Problem.failed }
      return bytes
    } catch {
      if error != .failed {
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
      }
      throw error
    }
  }

  /// Starts the program with only its output open.
  private func start(_ arguments: [String], output: Int32) -> (process: pid_t, errorNumber: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    for descriptor in 3..<max(3, Int32(min(limit.rlim_cur, 1_024))) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    // The service's threads block the stop signals; the program must not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, path, &actions, &attributes, &words, environ)
    return (process, result)
  }

  private func read(_ descriptor: Int32) throws(Problem) -> [UInt8] {
    let end = platform_monotonic_nanoseconds() + Int64(limitMilliseconds) * 1_000_000
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let left = (end - platform_monotonic_nanoseconds()) / 1_000_000
      guard left > 0 else { throw .tookTooLong }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, Int32(left)) > 0 else { continue }
      let count = platform_read(descriptor, &block, block.count)
      guard count > 0 else { return bytes }
      bytes += block[..<count]
      guard bytes.count <= Self.mostBytes else { throw .tooMuchSound }
    }
  }
}
