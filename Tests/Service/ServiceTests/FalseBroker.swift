import Foundation
import Synchronization

/// A peer at a TCP port of this machine that behaves as told where a broker is expected; one connection at a time.
final class FalseBroker: Sendable {
  enum Behaviour: Sendable {
    case closesAtOnce, neverAnswers, sendsGarbage
    /// Answers well, but sends a packet that announces 256 MB and as much of it as the peer takes, at a network's speed.
    case sendsHugePacket
    case neverConfirms
    case answers
    /// Answers, and has retained this message on this topic.
    case retains(topic: String, payload: String)
  }

  private struct State {
    var isStopping = false
    var connectionCount = 0
    var messages: [(topic: String, payload: String, isRetained: Bool)] = []
    /// Packets to send to the peer.
    var packets: [[UInt8]] = []
    var hugeByteCount = 0
  }

  let port: Int
  private let listener: Int32
  private let behaviour: Behaviour
  private let state = Mutex(State())

  init(_ behaviour: Behaviour) {
    self.behaviour = behaviour
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (listener, result) = (
      listener,
      withUnsafeMutablePointer(to: &address) { [listener] pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
        }
      }
    )
    precondition(result, "no socket at 127.0.0.1")
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while !isStopping {
        guard isReadable(listener) else { continue }
        let peer = accept(listener, nil, nil)
        guard peer >= 0 else { continue }
        state.withLock { $0.connectionCount += 1 }
        serve(peer)
        close(peer)
      }
      close(listener)
    }
  }

  func stop() { state.withLock { $0.isStopping = true } }

  var connectionCount: Int { state.withLock { $0.connectionCount } }
  var hugeByteCount: Int { state.withLock { $0.hugeByteCount } }
  /// Topics and payloads that were published to it, and whether it is to retain them.
  var messages: [(topic: String, payload: String, isRetained: Bool)] { state.withLock { $0.messages } }

  /// Sends a message to the connected peer.
  func publish(_ topic: String, _ payload: String) {
    state.withLock { $0.packets.append(Self.packet(topic, payload, isRetained: false)) }
  }

  private static func packet(_ topic: String, _ payload: String, isRetained: Bool) -> [UInt8] {
    let body = [0, UInt8(topic.utf8.count)] + Array(topic.utf8) + Array(payload.utf8)
    precondition(body.count < 128, "the length does not fit into one byte")
    return [isRetained ? 0x31 : 0x30, UInt8(body.count)] + body
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func isReadable(_ descriptor: Int32) -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, 20) > 0
  }

  private func serve(_ peer: Int32) {
    switch behaviour {
    case .closesAtOnce: return
    case .neverAnswers:
      var byte: UInt8 = 0
      while !isStopping { if isReadable(peer), read(peer, &byte, 1) <= 0 { return } }
    case .sendsGarbage:
      send(peer, (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 0x51) })
      var byte: UInt8 = 0
      while !isStopping { if isReadable(peer), read(peer, &byte, 1) <= 0 { return } }
    case .sendsHugePacket, .neverConfirms, .answers, .retains:
      while !isStopping { guard answerPacket(of: peer) else { return } }
    }
  }

  /// Answers one packet as MQTT 3.1.1 asks; false at the end.
  private func answerPacket(of peer: Int32) -> Bool {
    guard let head = bytes(1, of: peer)?.first else { return false }
    var count = 0
    for shift in stride(from: 0, through: 21, by: 7) {
      guard let digit = bytes(1, of: peer)?.first else { return false }
      count |= Int(digit & 0x7F) << shift
      if digit < 0x80 { break }
    }
    guard let body = bytes(count, of: peer) else { return false }
    switch head >> 4 {
    case 1: send(peer, [0x20, 2, 0, 0])
    case 3:
      let topicCount = Int(body[0]) << 8 | Int(body[1])
      let topic = String(decoding: body[2..<2 + topicCount], as: UTF8.self)
      let payload = String(decoding: body[(4 + topicCount)...], as: UTF8.self)
      state.withLock { $0.messages.append((topic, payload, head & 1 == 1)) }
      if case .neverConfirms = behaviour { return true }
      send(peer, [0x40, 2, body[2 + topicCount], body[3 + topicCount]])
    case 8:
      send(peer, [0x90, 3, body[0], body[1], 1])
      if case .sendsHugePacket = behaviour { sendHugePacket(peer) }
      let wanted = String(decoding: body.dropFirst(4).dropLast(), as: UTF8.self)
      if case .retains(let topic, let payload) = behaviour, topic == wanted {
        send(peer, Self.packet(topic, payload, isRetained: true))
      }
    case 12: send(peer, [0xD0, 0])
    default: return head >> 4 != 14
    }
    return true
  }

  private func sendHugePacket(_ peer: Int32) {
    send(peer, [0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 0x61])
    let chunk = [UInt8](repeating: 0x61, count: 16_384)
    while !isStopping, hugeByteCount < 268_435_455, send(peer, chunk) {
      state.withLock { $0.hugeByteCount += chunk.count }
      // Some megabytes a second, as over a network.
      usleep(3_000)
    }
  }

  @discardableResult private func send(_ peer: Int32, _ bytes: [UInt8]) -> Bool {
    Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// So many bytes; nil at the end.
  private func bytes(_ count: Int, of peer: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var there = 0
    while there < count {
      if isStopping { return nil }
      for packet in state.withLock({ state in
        defer { state.packets = [] }
        return state.packets
      }) { send(peer, packet) }
      guard isReadable(peer) else { continue }
      let got = bytes.withUnsafeMutableBytes { read(peer, $0.baseAddress! + there, count - there) }
      if got <= 0 { return nil }
      there += got
    }
    return bytes
  }
}
