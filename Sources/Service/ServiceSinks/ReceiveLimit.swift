import Glibc

/// Limits how much of a packet a peer may send before it is complete.
///
/// An MQTT packet may announce up to 256 MB. libmosquitto reserves that much; the reservation costs nothing, but the
/// data that arrives does. In MQTT 3.1.1, a client cannot set a limit, so this type counts received bytes with the
/// kernel's counters, which also work with TLS. All messages that Cooee subscribes to fit in a few kilobytes.
struct ReceiveLimit {
  static let byteCount: Int64 = 65_536

  /// The bytes received when the last packet was complete.
  private var base: Int64 = 0

  /// Limits the amount that one call of the library can receive.
  static func keepBufferSmall(of socket: Int32) {
    var byteCount: Int32 = 16_384
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Whether the incomplete packet is within the limit. Call this after each read.
  ///
  /// - Parameter hasPacket: Whether at least one packet has been completed since the last call.
  mutating func holds(for socket: Int32, hasPacket: Bool) -> Bool {
    guard let taken = Self.byteCountTaken(from: socket) else { return true }
    if hasPacket { base = taken }
    return taken - base <= Self.byteCount
  }

  /// The bytes that arrived and were read; nil if the kernel does not report them.
  private static func byteCountTaken(from socket: Int32) -> Int64? {
    // The offset of tcpi_bytes_received in Linux's tcp_info; glibc's declaration ends before it.
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
