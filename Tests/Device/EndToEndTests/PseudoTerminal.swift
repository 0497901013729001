import Glibc

/// A terminal without a screen: what is written to it is kept.
final class PseudoTerminal {
  /// The name of the program's side.
  let path: String
  private let descriptor: Int32
  private(set) var bytes: [UInt8] = []

  init(columns: UInt16) {
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    // Swift sees none of posix_openpt, unlockpt and ptsname, which are these requests (TIOCSPTLCK, TIOCGPTN).
    var isLocked: Int32 = 0
    var number: UInt32 = 0
    precondition(
      descriptor >= 0 && ioctl(descriptor, 0x4004_5431, &isLocked) == 0 && ioctl(descriptor, 0x8004_5430, &number) == 0,
      "there are no terminals")
    path = "/dev/pts/\(number)"
    resize(columns: columns)
  }

  deinit { close(descriptor) }

  func resize(columns: UInt16) {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    precondition(ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0)
  }

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
