import Glibc

/// A terminal without a screen: what is written to it is kept.
final class PseudoTerminal {
  /// The call that failed, and the error number it gave.
  struct Unavailable: Error {
    let call: String
    let code: Int32
  }

  /// Whether this machine has terminals; a container may have /dev/ptmx and nothing under /dev/pts.
  static let isAvailable: Bool = {
    guard let terminal = try? PseudoTerminal(columns: 80) else { return false }
    let programSide = open(terminal.path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard programSide >= 0 else { return false }
    close(programSide)
    return true
  }()

  /// The name of the program's side.
  let path: String
  private let descriptor: Int32
  private(set) var bytes: [UInt8] = []

  init(columns: UInt16) throws {
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unavailable(call: "open /dev/ptmx", code: errno) }
    // Swift sees none of posix_openpt, unlockpt and ptsname, which are these requests (TIOCSPTLCK, TIOCGPTN).
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard
      ioctl(descriptor, 0x4004_5431, &isLocked) == 0 && ioctl(descriptor, 0x8004_5430, &number) == 0
        && ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0
    else {
      let code = errno
      close(descriptor)
      throw Unavailable(call: "ioctl on /dev/ptmx", code: code)
    }
    path = "/dev/pts/\(number)"
  }

  deinit { close(descriptor) }

  var text: String {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  /// What a person sees: the lines of an endless screen, colours aside.
  var screen: [String] {
    var lines: [[Character]] = [[]]
    var column = 0
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n":
        lines.append([])
        column = 0
      case "\u{1B}":
        let sequence = rest.prefix { !$0.properties.isAlphabetic }
        rest = rest.dropFirst(sequence.count)
        if rest.popFirst() == "K" { lines[lines.count - 1] = Array(lines[lines.count - 1].prefix(column)) }
      default:
        var line = lines[lines.count - 1]
        if column < line.count { line[column] = Character(scalar) } else { line.append(Character(scalar)) }
        lines[lines.count - 1] = line
        column += 1
      }
    }
    return lines.map { String($0) }
  }
}
