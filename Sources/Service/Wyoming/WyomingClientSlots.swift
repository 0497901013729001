import NIOCore
import Synchronization

/// The places that a server has for clients, and who leaves where a new one comes and none is free.
///
/// A client that is silent keeps its place for as long as there is room: hubs keep connections for hours. Only where all are
/// taken does the one that was silent longest leave, and only after a time in which no hub that uses its place is silent.
/// For any thread.
final class WyomingClientSlots: Sendable {
  /// One client's place. For any thread.
  final class Place: Sendable {
    let name: String
    let channel: any Channel
    private let lastEvent = Atomic<UInt64>(NIODeadline.now().uptimeNanoseconds)
    private let isStreaming = Atomic<Bool>(false)

    init(name: String, channel: any Channel) {
      self.name = name
      self.channel = channel
    }

    /// The client sent a whole event.
    func noteEvent(isStreaming: Bool) {
      lastEvent.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
      self.isStreaming.store(isStreaming, ordering: .relaxed)
    }

    /// Whether a stream was in progress, and the whole seconds since.
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

  /// Takes a place for a client.
  ///
  /// - Returns: Nil where none can be had; otherwise the place, and whose it was and must be closed, with its seconds of silence.
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

  /// Gives a place back, where it was not taken away before.
  func leave(_ place: Place) { places.withLock { $0.removeAll { $0 === place } } }

  private func longestSilent(of places: [Place]) -> Int? {
    let silences = places.map { $0.silence() }
    return places.indices
      .filter { silences[$0].seconds >= (silences[$0].isStreaming ? limits.silentStreamSeconds : limits.silentSeconds) }
      .max { silences[$0].seconds < silences[$1].seconds }
  }
}
