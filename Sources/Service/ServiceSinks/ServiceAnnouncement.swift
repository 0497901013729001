import CAvahi
import CPlatform
import ListeningService
import Messages
import Synchronization

/// Announces services on the local network by DNS-SD, through Avahi.
///
/// A separate thread runs Avahi's poll loop. If Avahi or D-Bus is unavailable, this is reported once and retried every
/// ten seconds, or as soon as the daemon appears. If the name is in use, Avahi's rule applies: `NAME #2` and so on.
/// ``stop()`` withdraws the services; the daemon does so if the process ends without it.
package final class ServiceAnnouncement: Sendable {
  /// A service to announce.
  package struct Service: Equatable, Sendable {
    /// The service type, such as `_wyoming._tcp`.
    package var type: String
    package var port: Int
    /// Texts `KEY=VALUE` for browsing clients.
    package var attributes: [String]

    package init(type: String, port: Int, attributes: [String] = []) {
      self.type = type
      self.port = port
      self.attributes = attributes
    }
  }

  private let name: String
  private let services: [Service]
  private let retryMilliseconds: Int
  private let note: @Sendable (LogMessage) -> Void
  private let announcedName = Mutex<String?>(nil)
  private let thread = WorkerThread()

  /// - Parameters:
  ///   - name: The name for users; shortened to the 63 bytes that DNS-SD allows.
  ///   - services: Ports on this machine that other machines can reach.
  ///   - note: Receives messages on the announcement's thread.
  /// - Precondition: There is at least one service.
  package init(
    name: String, services: [Service], retryMilliseconds: Int = 10_000, note: @escaping @Sendable (LogMessage) -> Void
  ) {
    precondition(!services.isEmpty)
    var short = name
    while short.utf8.count > 63 { short.removeLast() }
    self.name = short.isEmpty ? "cooee" : short
    self.services = services
    self.retryMilliseconds = retryMilliseconds
    self.note = note
  }

  /// The name under which the services are announced; nil while they are not.
  package var currentName: String? { announcedName.withLock { $0 } }

  /// Starts the thread, which keeps this object alive until ``stop()``.
  ///
  /// - Throws: `internalError` if the thread cannot be started.
  package func start() throws(Failure) {
    try thread.start(name: "cooee-zeroconf") { [self] in
      var toldAbsence = false
      while !thread.isStopping {
        let browser = Announcer(name: name, services: services) { [self] event in
          switch event {
          case .announced(let name):
            announcedName.withLock { $0 = name }
            note(.notice("announced on the local network as \"\(name)\""))
            toldAbsence = false
          case .withdrawn: announcedName.withLock { $0 = nil }
          case .waiting(let reason):
            announcedName.withLock { $0 = nil }
            guard !toldAbsence else { break }
            toldAbsence = true
            note(
              .notice("not announced on the local network: \(reason); enter the address in your hub; trying again"))
          }
        }
        browser.run(until: thread)
        announcedName.withLock { $0 = nil }
        let end = platform_monotonic_nanoseconds() + Int64(retryMilliseconds) * 1_000_000
        while !thread.isStopping, platform_monotonic_nanoseconds() < end {
          thread.sleep(milliseconds: retryMilliseconds)
        }
      }
    }
  }

  /// Withdraws the services; waits at most two seconds.
  package func stop() { thread.stop(waitMilliseconds: 2_000) }
}

/// A connection to Avahi, from the attempt to its end. One thread.
private final class Announcer {
  enum Event {
    case announced(name: String)
    case withdrawn
    /// The services cannot be announced yet, with the reason.
    case waiting(reason: String)
  }

  private var name: String
  private let services: [ServiceAnnouncement.Service]
  private let tell: (Event) -> Void
  private var group: OpaquePointer?
  /// Whether this connection is no longer usable.
  private var hasFailed = false

  init(name: String, services: [ServiceAnnouncement.Service], tell: @escaping (Event) -> Void) {
    self.name = name
    self.services = services
    self.tell = tell
  }

  /// Runs until the connection fails or the thread must stop.
  func run(until thread: WorkerThread) {
    guard let loop = avahi_simple_poll_new() else { return tell(.waiting(reason: "out of memory")) }
    defer { avahi_simple_poll_free(loop) }
    // What wakes the thread also wakes the loop.
    let api = avahi_simple_poll_get(loop)!
    let watch = api.pointee.watch_new(
      api, thread.wakeEvent, AVAHI_WATCH_IN, { _, event, _, _ in _ = platform_event_wait(event, 0) }, nil)
    defer { api.pointee.watch_free(watch) }
    var error: Int32 = 0
    let owner = Unmanaged.passUnretained(self).toOpaque()
    let client = avahi_client_new(
      api, AVAHI_CLIENT_NO_FAIL,
      { client, state, owner in
        Unmanaged<Announcer>.fromOpaque(owner!).takeUnretainedValue().clientChanged(client!, state)
      }, owner, &error)
    guard let client else { return fail(error) }
    while !thread.isStopping, !hasFailed {
      guard avahi_simple_poll_iterate(loop, 1_000) == 0 else { break }
    }
    // Also frees the group, which withdraws the services.
    avahi_client_free(client)
    tell(.withdrawn)
  }

  private func clientChanged(_ client: OpaquePointer, _ state: AvahiClientState) {
    switch state {
    case AVAHI_CLIENT_S_RUNNING: announce(client)
    case AVAHI_CLIENT_S_COLLISION, AVAHI_CLIENT_S_REGISTERING:
      // The host name is changing; the services are announced again when it is settled.
      if let group { avahi_entry_group_reset(group) }
      tell(.withdrawn)
    case AVAHI_CLIENT_CONNECTING: tell(.waiting(reason: "the Avahi daemon is not running"))
    default: fail(avahi_client_errno(client))
    }
  }

  private func fail(_ error: Int32) {
    hasFailed = true
    let isAbsent = [Int32(AVAHI_ERR_NO_DAEMON), Int32(AVAHI_ERR_DISCONNECTED)].contains(error)
    let isBus = error == Int32(AVAHI_ERR_DBUS_ERROR)
    let reason = isAbsent ? "the Avahi daemon is not running" : isBus ? "D-Bus cannot be reached" : ""
    tell(.waiting(reason: reason.isEmpty ? "Avahi failed: \(String(cString: avahi_strerror(error)))" : reason))
  }

  private func announce(_ client: OpaquePointer) {
    if group == nil {
      group = avahi_entry_group_new(
        client,
        { group, state, owner in
          Unmanaged<Announcer>.fromOpaque(owner!).takeUnretainedValue().groupChanged(group!, state)
        }, Unmanaged.passUnretained(self).toOpaque())
    }
    guard let group else { return fail(avahi_client_errno(client)) }
    while true {
      avahi_entry_group_reset(group)
      var error: Int32 = 0
      for service in services where error == 0 {
        var texts: UnsafeMutablePointer<AvahiStringList>?
        for attribute in service.attributes { texts = avahi_string_list_add(texts, attribute) }
        error = avahi_entry_group_add_service_strlst(
          group, AvahiIfIndex(-1), AvahiProtocol(-1), AvahiPublishFlags(rawValue: 0), name, service.type, nil, nil,
          UInt16(clamping: service.port), texts)
        avahi_string_list_free(texts)
      }
      if error == 0 { error = avahi_entry_group_commit(group) }
      if error == 0 { return }
      guard error == Int32(AVAHI_ERR_COLLISION) else { return fail(error) }
      rename()
    }
  }

  private func groupChanged(_ group: OpaquePointer, _ state: AvahiEntryGroupState) {
    switch state {
    case AVAHI_ENTRY_GROUP_ESTABLISHED: tell(.announced(name: name))
    case AVAHI_ENTRY_GROUP_COLLISION:
      rename()
      announce(avahi_entry_group_get_client(group))
    case AVAHI_ENTRY_GROUP_FAILURE: fail(avahi_client_errno(avahi_entry_group_get_client(group)))
    default: break
    }
  }

  /// Changes `NAME` to `NAME #2`, that to `NAME #3`, and so on.
  private func rename() {
    guard let other = avahi_alternative_service_name(name) else { return }
    name = String(cString: other)
    avahi_free(other)
  }
}
