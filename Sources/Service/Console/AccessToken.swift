import CPlatform
import Glibc
import Messages

/// The secret of a console that other machines can reach: 256 random bits as 64 hexadecimal digits, in a file that only
/// its owner can read.
struct AccessToken: Sendable {
  /// The minimum number of characters of a token that a user wrote.
  static let shortestCount = 32
  static let longestCount = 256

  let text: String
  /// Whether the file was created by this start.
  let isNew: Bool

  /// Reads the file, or creates one.
  ///
  /// - Throws: A failure if others can read the file, or if it contains no valid token or cannot be created.
  init(path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      defer { close(descriptor) }
      text = try Self.read(descriptor, path: path)
      isNew = false
    } else if errno == ENOENT {
      text = Self.random()
      isNew = true
      try Self.write(text, path: path)
    } else {
      throw Failure(
        .noInput,
        "cannot open the console token \(path): \(Self.systemText()); make it readable for this service, or name "
          + "another file with --console-token-file")
    }
  }

  init(text: String) {
    self.text = text
    isNew = false
  }

  /// Whether a text is the token. The time depends only on the length of the text.
  func matches(_ other: String) -> Bool {
    let own = Array(text.utf8)
    let given = Array(other.utf8)
    var difference = own.count ^ given.count
    for (index, byte) in given.enumerated() { difference |= Int(byte ^ own[index % own.count]) }
    return difference == 0
  }

  private static func read(_ descriptor: Int32, path: String) throws(Failure) -> String {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(.badData, "the console token \(path) is not a file; name another with --console-token-file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure(
        .badData,
        "the console token \(path) can be read by others; chmod 600 \(shellQuoted(path)), or remove it to get a new one"
      )
    }
    var bytes = [UInt8](repeating: 0, count: longestCount + 2)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { break }
      count += got
    }
    while count > 0, bytes[count - 1] == 0x0A || bytes[count - 1] == 0x0D { count -= 1 }
    let letters = bytes[..<count]
    guard (shortestCount...longestCount).contains(count), letters.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3B })
    else {
      throw Failure(
        .badData,
        "the console token \(path) is not one line of \(shortestCount) to \(longestCount) letters and digits; remove "
          + "it to get a new one")
    }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func write(_ text: String, path: String) throws(Failure) {
    // Written under another name first: with a truncated token, the service could not start again.
    let unfinished = path + ".unfinished-\(UInt32.random(in: .min ... .max))"
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(
        .cannotCreate,
        "cannot create the console token \(path): \(systemText()); name a file in a writable folder with "
          + "--console-token-file")
    }
    defer {
      close(descriptor)
      unlink(unfinished)
    }
    let line = Array((text + "\n").utf8)
    // Some file systems have no hard links. There, the token of the service that starts first is replaced.
    guard platform_write_all(descriptor, line, line.count) == 0, fsync(descriptor) == 0,
      link(unfinished, path) == 0 || errno == EPERM && rename(unfinished, path) == 0
    else {
      throw Failure(.cannotCreate, "cannot write the console token \(path): \(systemText()); free some disk space")
    }
  }

  /// Returns 256 random bits as 64 hexadecimal digits.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    var text = ""
    for _ in 0..<4 { text += hexadecimal(generator.next()) }
    return text
  }

  private static func systemText() -> String { String(cString: strerror(errno)) }
}
