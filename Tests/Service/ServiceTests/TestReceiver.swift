import Crypto
import Foundation
import Synchronization

/// A server at a TCP port of this machine that takes requests as told, one connection at a time.
final class TestReceiver: Sendable {
  enum Behaviour: Sendable {
    /// Answers a request with this status.
    case answers(Int)
    case neverAnswers
    /// Sends a byte of an answer now and then.
    case answersSlowly
    case closesAtOnce
    case sendsGarbage
    /// Takes WebSocket messages as RFC 6455 asks, and sends a message first.
    case takesMessages
  }

  /// What a client sent.
  struct Request: Sendable {
    /// The first line.
    var line = ""
    /// The fields, with names in lower case.
    var fields: [String: String] = [:]
    var body: [UInt8] = []
    /// The texts of messages, and whether every frame was masked.
    var messages: [String] = []
    var isMasked = true
    /// Whether the client ended a WebSocket connection in the orderly way.
    var isClosed = false
  }

  private struct State {
    var behaviour: Behaviour
    var isStopping = false
    var connectionCount = 0
    var requests: [Request] = []
  }

  let port: Int
  private let listener: Int32
  private let state: Mutex<State>

  init(_ behaviour: Behaviour) {
    state = Mutex(State(behaviour: behaviour))
    (listener, port) = Self.listen()
    Thread.detachNewThread { [self] in
      while !isStopping {
        guard isReadable(listener) else { continue }
        let peer = accept(listener, nil, nil)
        guard peer >= 0 else { continue }
        let behaviour = state.withLock { state in
          state.connectionCount += 1
          return state.behaviour
        }
        serve(peer, behaviour)
        close(peer)
      }
      close(listener)
    }
  }

  /// A port on which nobody listens.
  static var closedPort: Int {
    let (listener, port) = listen()
    close(listener)
    return port
  }

  func stop() { state.withLock { $0.isStopping = true } }

  /// Changes the behaviour from the next connection on.
  func behave(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

  var connectionCount: Int { state.withLock { $0.connectionCount } }
  /// The complete requests.
  var requests: [Request] { state.withLock { $0.requests } }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private static func listen() -> (descriptor: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && Glibc.listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    precondition(isBound, "no socket at 127.0.0.1")
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  private func isReadable(_ descriptor: Int32) -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, 20) > 0
  }

  private func serve(_ peer: Int32, _ behaviour: Behaviour) {
    switch behaviour {
    case .closesAtOnce: return
    case .neverAnswers: waitForEnd(of: peer)
    case .sendsGarbage:
      _ = request(of: peer)
      send(peer, (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 0x51) })
      waitForEnd(of: peer)
    case .answersSlowly:
      guard request(of: peer) != nil else { return }
      for byte in Array("HTTP/1.1 200 OK\r\n".utf8) where !isStopping && send(peer, [byte]) { usleep(100_000) }
    case .answers(let status):
      guard let request = request(of: peer) else { return }
      state.withLock { $0.requests.append(request) }
      send(peer, Array("HTTP/1.1 \(status) secret\r\nContent-Length: 0\r\nLocation: /secret\r\n\r\n".utf8))
    case .takesMessages:
      guard var request = request(of: peer), let key = request.fields["sec-websocket-key"] else { return }
      let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
      let answer = [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: \(Data(digest).base64EncodedString())", "", "",
      ]
      let snapshot = Array(#"{"event":"snapshot","data":{"muted":false}}"#.utf8)
      send(peer, Array(answer.joined(separator: "\r\n").utf8) + [0x81, UInt8(snapshot.count)] + snapshot)
      while let frame = frame(of: peer) {
        request.isMasked = request.isMasked && frame.isMasked
        if frame.opcode == 1 { request.messages.append(String(decoding: frame.payload, as: UTF8.self)) }
        if frame.opcode == 8 {
          request.isClosed = true
          send(peer, [0x88, UInt8(frame.payload.count)] + frame.payload)
          break
        }
      }
      state.withLock { $0.requests.append(request) }
    }
  }

  /// Reads a request to its end; nil if it does not come.
  private func request(of peer: Int32) -> Request? {
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard let byte = bytes(1, of: peer) else { return nil }
      head += byte
    }
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
    var request = Request(line: lines[0])
    for line in lines.dropFirst() {
      let parts = line.components(separatedBy: ": ")
      request.fields[parts[0].lowercased()] = parts.dropFirst().joined(separator: ": ")
    }
    guard let body = bytes(request.fields["content-length"].flatMap { Int($0) } ?? 0, of: peer) else { return nil }
    request.body = body
    return request
  }

  private func frame(of peer: Int32) -> (opcode: UInt8, isMasked: Bool, payload: [UInt8])? {
    guard let head = bytes(2, of: peer) else { return nil }
    // Longer frames are not expected.
    guard head[0] & 0x80 != 0, head[1] & 0x7F < 126 else { return nil }
    let isMasked = head[1] & 0x80 != 0
    guard let mask = bytes(isMasked ? 4 : 0, of: peer), let payload = bytes(Int(head[1] & 0x7F), of: peer) else {
      return nil
    }
    let plain = payload.enumerated().map { isMasked ? $0.element ^ mask[$0.offset % 4] : $0.element }
    return (head[0] & 0x0F, isMasked, plain)
  }

  private func waitForEnd(of peer: Int32) {
    var byte: UInt8 = 0
    while !isStopping { if isReadable(peer), read(peer, &byte, 1) <= 0 { return } }
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
      guard isReadable(peer) else { continue }
      let got = bytes.withUnsafeMutableBytes { read(peer, $0.baseAddress! + there, count - there) }
      if got <= 0 { return nil }
      there += got
    }
    return bytes
  }
}
