import NIOCore
import Synchronization

/// The slots for clients, and the choice of the client that leaves when a new one needs a slot.
///
/// Hubs keep connections for hours, so a silent client keeps its slot while others are free. When all slots are taken,
/// the client that has been silent for the longest time leaves, but only after a time in which active hubs are never
/// silent. Any thread may use it.
final class WyomingClientSlots: Sendable {
  /// The slot of one client. Any thread may use it.
  final class Place: Sendable {
    let name: String
    let channel: any Channel
    private let lastEvent = Atomic<UInt64>(NIODeadline.now().uptimeNanoseconds)
    private let isStreaming = Atomic<Bool>(false)

    init(name: String, channel: any Channel) {
      self.name = name
      self.channel = channel
    }

    /// Records that the client sent a complete event.
    func noteEvent(isStreaming: Bool) {
      lastEvent.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
      self.isStreaming.store(isStreaming, ordering: .relaxed)
    }

    /// Whether a stream is in progress, and the whole seconds since the last event.
    func silence() -> (isStreaming: Bool, seconds: Int) {
      let now = NIODeadline.now().uptimeNanoseconds
      let last = min(lastEvent.load(ordering: .relaxed), now)
      return (isStreaming.load(ordering: .relaxed), Int((now - last) / 1_000_000_000))
    }
  }

  private let limits: WyomingServer.Limits
  private let places = Mutex<[Place]>([])

  init(_ limits: WyomingServer.Limits) { self.limits = limits }

  var count: Int { places.withLock { $0.count } }

  /// Takes a slot for a client.
  ///
  /// - Returns: Nil if no slot is available; otherwise the slot, and the client that must be closed for it with its
  ///   seconds of silence.
  func take(_ channel: any Channel, name: String) -> (place: Place, leaving: (place: Place, seconds: Int)?)? {
    let place = Place(name: name, channel: channel)
    return places.withLock { places in
      var leaving: (place: Place, seconds: Int)?
      if places.count >= limits.clientCount {
        guard let index = longestSilent(of: places) else { return nil }
        leaving = (places[index], places[index].silence().seconds)
        places.remove(at: index)
      }
      places.append(place)
      return (place, leaving)
    }
  }

  /// Frees a slot, unless it was already given to another client.
  func leave(_ place: Place) { places.withLock { $0.removeAll { $0 === place } } }

  private func longestSilent(of places: [Place]) -> Int? {
    let silences = places.map { $0.silence() }
    return places.indices
      .filter { silences[$0].seconds >= (silences[$0].isStreaming ? limits.silentStreamSeconds : limits.silentSeconds) }
      .max { silences[$0].seconds < silences[$1].seconds }
  }
}
