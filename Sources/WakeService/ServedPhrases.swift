import KeywordSpotting
import Synchronization

/// The phrases that a server listens for, which may become others while it runs.
///
/// For any thread: who asks gets what is valid now and keeps it for as long as wanted.
public final class ServedPhrases: Sendable {
  /// The phrases of one time.
  public struct Snapshot: Sendable {
    public let enrollments: [Enrollment]
    /// Differs between any two snapshots.
    public let generation: Int

    /// Those of these names, or all where there are none; and which names are no phrase's.
    func named(_ names: [String]) -> (enrollments: [Enrollment], unknown: [String]) {
      guard !names.isEmpty else { return (enrollments, []) }
      let texts = Set(enrollments.map { $0.text })
      return (enrollments.filter { names.contains($0.text) }, names.filter { !texts.contains($0) })
    }
  }

  private let snapshot: Mutex<Snapshot>

  public init(_ enrollments: [Enrollment]) {
    snapshot = Mutex(Snapshot(enrollments: enrollments, generation: 0))
  }

  public var current: Snapshot { snapshot.withLock { $0 } }

  /// From now on these phrases are valid; streams that have begun go on with those that they began with.
  public func replace(with enrollments: [Enrollment]) {
    snapshot.withLock { $0 = Snapshot(enrollments: enrollments, generation: $0.generation + 1) }
  }
}
