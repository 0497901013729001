import CMosquitto
import CPlatform
import Glibc

/// A connection to a broker, from the attempt to its end.
///
/// One thread uses it; libmosquitto calls back within ``step(wakeEvent:milliseconds:)``. This class polls the socket
/// itself and calls the library to read and write, because the library's own loop uses `select`, which cannot handle
/// descriptors above 1,023.
final class MQTTConnection {
  /// Why a connection ended.
  struct End: Error, Equatable {
    /// The reason, for a message, without a full stop.
    var reason: String
    /// Whether the user must act, for example on a wrong password or an untrusted certificate.
    var needsPerson = false
  }

  /// Receives a message on a subscribed topic, and whether the broker had kept it since before the subscription.
  typealias Receive = (_ topic: String, _ payload: UnsafeRawBufferPointer, _ isRetained: Bool) -> Void

  private let handle: OpaquePointer
  private let receive: Receive
  private let confirmed: (_ message: Int32) -> Void
  private var connectCode: Int32?
  private var libraryMessage = ""
  private var receivedPacket = false
  private var limit = ReceiveLimit()
  /// Whether the broker has accepted the connection.
  private(set) var isAccepted = false
  /// Whether the broker has also confirmed a subscription.
  private(set) var isSubscribed = false

  /// - Parameters:
  ///   - statusTopic: The topic on which the broker publishes `offline`, retained, when the connection breaks.
  ///   - receive: Receives messages on subscribed topics.
  ///   - confirmed: Called with the number from ``publish(_:_:isRetained:)`` once the broker has the message.
  /// - Throws: The reason why the connection cannot be opened.
  init(
    _ options: MQTTOptions, statusTopic: String, receive: @escaping Receive, confirmed: @escaping (Int32) -> Void
  ) throws(End) {
    guard let handle = mosquitto_new(nil, true, nil) else { throw End(reason: "out of memory") }
    self.handle = handle
    self.receive = receive
    self.confirmed = confirmed
    mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
    mosquitto_log_callback_set(handle) { _, owner, level, text in
      guard let text else { return }
      let connection = MQTTConnection.at(owner)
      if level == MOSQ_LOG_ERR { connection.libraryMessage = String(cString: text) }
      // The library logs this for each complete packet.
      if level == MOSQ_LOG_DEBUG, strstr(text, " received ") != nil { connection.receivedPacket = true }
    }
    mosquitto_connect_callback_set(handle) { _, owner, code in
      MQTTConnection.at(owner).connectCode = code
      MQTTConnection.at(owner).isAccepted = code == 0
    }
    mosquitto_subscribe_callback_set(handle) { _, owner, _, _, _ in MQTTConnection.at(owner).isSubscribed = true }
    mosquitto_publish_callback_set(handle) { _, owner, message in MQTTConnection.at(owner).confirmed(message) }
    mosquitto_message_callback_set(handle) { _, owner, message in
      guard let message, let topic = message.pointee.topic else { return }
      let payload = UnsafeRawBufferPointer(start: message.pointee.payload, count: Int(message.pointee.payloadlen))
      MQTTConnection.at(owner).receive(String(cString: topic), payload, message.pointee.retain)
    }
    let offline = Array("offline".utf8)
    try check(mosquitto_will_set(handle, statusTopic, Int32(offline.count), offline, 1, true))
    if let user = options.user { try check(mosquitto_username_pw_set(handle, user, options.password)) }
    if let path = options.authorityPath { try check(mosquitto_tls_set(handle, path, nil, nil, nil, nil)) }
    guard let broker = options.broker else { throw End(reason: "no broker is configured") }
    // Waits for the network; tries each of the host's addresses in turn.
    try check(mosquitto_connect(handle, broker.host, Int32(broker.port), 30))
    ReceiveLimit.keepBufferSmall(of: mosquitto_socket(handle))
  }

  deinit { mosquitto_destroy(handle) }

  private static func at(_ owner: UnsafeMutableRawPointer?) -> MQTTConnection {
    Unmanaged<MQTTConnection>.fromOpaque(owner!).takeUnretainedValue()
  }

  /// Waits until the socket is ready, another thread signals the event, or the time is over; then reads and writes.
  ///
  /// - Throws: The reason why the connection has ended.
  func step(wakeEvent: Int32, milliseconds: Int32) throws(End) {
    let socket = mosquitto_socket(handle)
    guard socket >= 0 else { throw End(reason: "the connection was lost") }
    let wanted = Int16(POLLIN) | (mosquitto_want_write(handle) ? Int16(POLLOUT) : 0)
    var descriptors = [
      pollfd(fd: socket, events: wanted, revents: 0), pollfd(fd: wakeEvent, events: Int16(POLLIN), revents: 0),
    ]
    poll(&descriptors, 2, milliseconds)
    if descriptors[1].revents != 0 { _ = platform_event_wait(wakeEvent, 0) }
    if descriptors[0].revents != 0 {
      receivedPacket = false
      try check(mosquitto_loop_read(handle, 16))
      guard limit.holds(for: mosquitto_socket(handle), hasPacket: receivedPacket) else {
        throw End(reason: "it sends a packet that is too large")
      }
      if mosquitto_want_write(handle) { try check(mosquitto_loop_write(handle, 16)) }
    }
    try check(mosquitto_loop_misc(handle))
  }

  func subscribe(_ topics: [String]) throws(End) {
    for topic in topics { try check(mosquitto_subscribe(handle, nil, topic, 1)) }
  }

  /// Sends a message with QoS 1.
  ///
  /// - Returns: The message's number; nil if the library cannot send this message.
  func publish(_ topic: String, _ payload: [UInt8], isRetained: Bool = false) throws(End) -> Int32? {
    var message: Int32 = 0
    let code = mosquitto_publish(handle, &message, topic, Int32(payload.count), payload, 1, isRetained)
    switch Int(code) {
    case Int(MOSQ_ERR_INVAL.rawValue), Int(MOSQ_ERR_PAYLOAD_SIZE.rawValue), Int(MOSQ_ERR_MALFORMED_UTF8.rawValue),
      Int(MOSQ_ERR_OVERSIZE_PACKET.rawValue):
      return nil
    default:
      try check(code)
      return message
    }
  }

  /// Disconnects cleanly, so the broker does not publish the last will.
  func disconnect() { mosquitto_disconnect(handle) }

  private func check(_ code: Int32) throws(End) {
    let errorNumber = errno
    guard code != 0 else { return }
    if let connectCode, connectCode != 0 {
      switch connectCode {
      case 4, 5:
        throw End(
          reason:
            "it rejects the user name or the password (\(String(cString: mosquitto_connack_string(connectCode))))",
          needsPerson: true)
      default:
        throw End(
          reason: "it rejects the connection (\(String(cString: mosquitto_connack_string(connectCode))))",
          needsPerson: true)
      }
    }
    switch Int(code) {
    case Int(MOSQ_ERR_ERRNO.rawValue):
      throw End(reason: String(cString: strerror(errorNumber)))
    case Int(MOSQ_ERR_TLS.rawValue), Int(MOSQ_ERR_TLS_HANDSHAKE.rawValue):
      throw End(
        reason: "TLS failed" + (libraryMessage.isEmpty ? "" : ": \(libraryMessage)")
          + "; --mqtt-ca must contain the authority of the broker's certificate, which must match the host name",
        needsPerson: true)
    case Int(MOSQ_ERR_EAI.rawValue): throw End(reason: "unknown host name")
    case Int(MOSQ_ERR_CONN_LOST.rawValue): throw End(reason: "the connection was lost")
    case Int(MOSQ_ERR_PROTOCOL.rawValue), Int(MOSQ_ERR_MALFORMED_PACKET.rawValue):
      throw End(reason: "it sends data that is not MQTT")
    case Int(MOSQ_ERR_INVAL.rawValue) where !isAccepted && libraryMessage.isEmpty == false:
      throw End(reason: libraryMessage, needsPerson: true)
    default: throw End(reason: String(cString: mosquitto_strerror(code)))
    }
  }
}
