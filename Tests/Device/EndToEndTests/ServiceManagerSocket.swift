import Glibc

/// A socket that stands for systemd's: takes what a service tells its manager.
final class ServiceManagerSocket {
  struct CannotOpen: Error {}

  let path = TemporaryFolder.shared.newPath("notify")
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard withAddress(path, { bind(descriptor, $0, $1) }) == 0 else { throw CannotOpen() }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Takes messages until one has this line; false where none comes within twenty seconds.
  func waitFor(_ line: String) -> Bool {
    var message = [UInt8](repeating: 0, count: 1_024)
    while true {
      let count = recv(descriptor, &message, message.count, 0)
      guard count > 0 else { return false }
      let lines = String(decoding: message[..<count], as: UTF8.self).split(separator: "\n")
      if lines.contains(where: { $0 == line }) { return true }
    }
  }
}

/// Connects to a socket in the file system.
func connectSocket(_ descriptor: Int32, _ path: String) -> Int32 {
  withAddress(path) { connect(descriptor, $0, $1) }
}

private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
  return withUnsafePointer(to: address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
  }
}
