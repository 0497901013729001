import Glibc
import JSON
import Wyoming

/// A client over a plain blocking socket; reading gives up after 20 seconds.
final class WyomingClient: @unchecked Sendable {
  private let descriptor: Int32
  private var decoder = WyomingFrameDecoder()

  init(port: Int) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let reached = Self.reach(descriptor, port: port)
    precondition(reached, "the server cannot be reached: \(errno)")
    limitWaiting()
  }

  /// A client of a socket of this machine; nil where nobody answers.
  init?(path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard withSocketAddress(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else { return nil }
    limitWaiting()
  }

  private static func reach(_ descriptor: Int32, port: Int) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private func limitWaiting() {
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  func send(_ type: String, _ data: [String: JSONValue] = [:], payload: [UInt8] = []) {
    send(bytes: WyomingEvent(type, data, payload: payload).encoded)
  }

  /// Says that nothing more will be sent.
  func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Neither sends nor takes anything from now on.
  func endBoth() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Vanishes with a reset instead of an orderly end.
  func resetAtClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// The next event; nil when the server has closed, or nothing came in time.
  func receive() -> WyomingEvent? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let event = try? decoder.next() { return event }
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return nil }
      decoder.append(bytes[..<count])
    }
  }

  /// Sends a stream from its start to its end.
  ///
  /// - Parameter samples: `[frames, channels]`.
  func stream(
    _ samples: [Int16], hertz: Int = 16_000, channels: Int = 1, chunkFrames: Int = 1_280, startMilliseconds: Int = 0
  ) {
    let format: [String: JSONValue] = [
      "rate": .number(Double(hertz)), "width": .number(2), "channels": .number(Double(channels)),
    ]
    func at(_ frame: Int) -> JSONValue { .number(Double(startMilliseconds) + Double(frame) * 1_000 / Double(hertz)) }
    send("audio-start", format.merging(["timestamp": at(0)]) { $1 })
    for frame in stride(from: 0, to: samples.count / channels, by: chunkFrames) {
      let chunk = samples[frame * channels..<min(samples.count, (frame + chunkFrames) * channels)]
      let payload = chunk.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
      send("audio-chunk", format.merging(["timestamp": at(frame)]) { $1 }, payload: payload)
    }
    send("audio-stop", ["timestamp": at(samples.count / channels)])
  }

  /// What answers a stream: the names and times of detections, up to the pong that is asked for after it.
  func detections() -> [(name: String, milliseconds: Int)] {
    send("ping", ["text": .text("end")])
    var found: [(name: String, milliseconds: Int)] = []
    while let event = receive(), event.type != "pong" {
      found.append((name: event["name"]?.text ?? event.type, milliseconds: event["timestamp"]?.integer ?? -1))
    }
    return found
  }
}
