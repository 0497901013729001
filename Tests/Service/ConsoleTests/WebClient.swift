import Glibc
import JSON

/// What a server answered.
struct WebAnswer {
  var status = 0
  /// Names in lower case.
  var fields: [(name: String, value: String)] = []
  var body: [UInt8] = []

  var text: String { String(decoding: body, as: UTF8.self) }
  var json: JSONValue? { JSONValue(body) }
  var remedy: String? { json?["remedy"]?.text }

  subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// A browser reduced to a plain blocking socket; reading gives up after two minutes.
final class WebClient {
  private let descriptor: Int32

  /// - Parameters:
  ///   - peer: the browser's own address; nil for 127.0.0.1.
  ///   - takesLittle: whether the system keeps as little as it may of what comes.
  init(port: Int, from peer: String? = nil, takesLittle: Bool = false) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if takesLittle {
      var byteCount: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
    }
    if let peer {
      let result = Self.withAddress(peer, port: 0) { bind(descriptor, $0, $1) }
      precondition(result == 0, "\(peer) is no address of this machine: \(errno)")
    }
    let result = Self.withAddress("127.0.0.1", port: port) { connect(descriptor, $0, $1) }
    precondition(result == 0, "the server cannot be reached: \(errno)")
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  private static func withAddress<Outcome>(
    _ host: String, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Outcome
  ) -> Outcome {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr(host)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Reads on until the text has come, or nothing more does.
  func read(until part: String) -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &block, block.count)
      guard count > 0 else { break }
      // It may have begun in what came before.
      let first = max(0, bytes.count - part.utf8.count)
      bytes += block[..<count]
      if String(decoding: bytes[first...], as: UTF8.self).contains(part) { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether something has come, or the connection ended, before so long.
  func hasMore(withinMilliseconds milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, milliseconds) > 0
  }

  /// Takes a few bytes, where some are there.
  func take(_ count: Int) {
    var block = [UInt8](repeating: 0, count: count)
    _ = recv(descriptor, &block, count, Int32(MSG_DONTWAIT))
  }

  /// The answer to what was sent: to its declared end, or to the end of the connection.
  ///
  /// - Parameter isHead: whether what is declared does not come.
  func answer(isHead: Bool = false) -> WebAnswer {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let answer = Self.parse(bytes, isWhole: isHead) { return answer }
      let count = Glibc.read(descriptor, &block, block.count)
      guard count > 0 else { return Self.parse(bytes, isWhole: true) ?? WebAnswer() }
      bytes += block[..<count]
    }
  }

  private static func parse(_ bytes: [UInt8], isWhole: Bool = false) -> WebAnswer? {
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
      return nil
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    var answer = WebAnswer()
    answer.status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      answer.fields.append((name: parts[0].lowercased(), value: String(parts[1].drop { $0 == " " })))
    }
    answer.body = Array(bytes[(end + 4)...])
    let length = answer["content-length"].flatMap { Int($0) }
    return isWhole || answer.body.count >= length ?? .max ? answer : nil
  }
}
