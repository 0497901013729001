import Glibc

/// How much of a packet a peer may have sent before the packet is whole.
///
/// An MQTT packet announces up to 256 MB, and libmosquitto reserves that: memory that nothing is written to costs nothing, but what
/// arrives is kept. MQTT 3.1.1 has no limit that a client could set, so what the connection took is counted by the kernel's
/// numbers, which TLS does not hide. All that Heed subscribes to fits in a few kilobytes.
struct ReceiveLimit {
  static let byteCount: Int64 = 65_536

  /// Bytes that had been taken when the last packet was whole.
  private var base: Int64 = 0

  /// Lets one call of the library take little at once, however much is sent.
  static func keepBufferSmall(of socket: Int32) {
    var byteCount: Int32 = 16_384
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Whether the packet that is coming is within the limit; to be asked after each reading.
  ///
  /// - Parameter hasPacket: at least one packet became whole since this was asked last.
  mutating func holds(for socket: Int32, hasPacket: Bool) -> Bool {
    guard let taken = Self.byteCountTaken(from: socket) else { return true }
    if hasPacket { base = taken }
    return taken - base <= Self.byteCount
  }

  /// Bytes that arrived and were read; nil where the kernel does not say.
  private static func byteCountTaken(from socket: Int32) -> Int64? {
    // Where Linux has tcpi_bytes_received in its tcp_info, which glibc's header ends before.
    let offset = 128
    var info = [UInt8](repeating: 0, count: offset + MemoryLayout<UInt64>.size)
    var size = socklen_t(info.count)
    guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size == info.count else { return nil }
    let received = info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    var waiting: Int32 = 0
    guard ioctl(socket, UInt(FIONREAD), &waiting) == 0 else { return nil }
    return Int64(clamping: received) - Int64(waiting)
  }
}
