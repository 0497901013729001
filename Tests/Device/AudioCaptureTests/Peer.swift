import Glibc

/// The other side of a TCP connection on this machine.
final class Peer {
  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    // So little that a reader who is late is soon felt.
    var byteCount: Int32 = 16_384
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { Glibc.close(descriptor) }

  /// A socket that waits for connections at a free port.
  static func waiting() -> (peer: Peer, port: UInt16) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port: 0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        precondition(bind(socket, address, size) == 0 && listen(socket, 4) == 0)
        precondition(getsockname(socket, address, &size) == 0)
      }
    }
    return (Peer(descriptor: socket), UInt16(bigEndian: address.sin_port))
  }

  /// A port that nobody waits at.
  static func freePort() -> UInt16 { waiting().port }

  /// Takes the next connection; nil when none comes within the time.
  func accept(withinSeconds limit: Double = 10) -> Peer? {
    var waits = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waits, 1, Int32(limit * 1_000)) == 1 else { return nil }
    let accepted = Glibc.accept(descriptor, nil, nil)
    return accepted < 0 ? nil : Peer(descriptor: accepted)
  }

  /// Connects to a port; nil when nobody waits there within the time.
  static func connected(to port: UInt16, withinSeconds limit: Double = 10) -> Peer? {
    let deadline = seconds() + limit
    while seconds() < deadline {
      let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = loopback(port: port)
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if result == 0 { return Peer(descriptor: socket) }
      Glibc.close(socket)
      usleep(5_000)
    }
    return nil
  }

  /// Sends as much as the other side takes now. Returns the bytes that were taken.
  func send(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes {
      max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)))
    }
  }

  func send(_ bytes: [UInt8]) -> Int { send(bytes[...]) }

  /// Whether the other side closed the connection, within the time.
  func isClosed(withinSeconds limit: Double) -> Bool {
    var waits = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var byte: UInt8 = 0
    return poll(&waits, 1, Int32(limit * 1_000)) == 1 && recv(descriptor, &byte, 1, 0) <= 0
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
