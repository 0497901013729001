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

    /// Those of these names in UTF-8, or all where there are none; and which names are no phrase's.
    func named(_ names: [[UInt8]]) -> (enrollments: [Enrollment], unknown: [[UInt8]]) {
      guard !names.isEmpty else { return (enrollments, []) }
      let asked = Set(names)
      let texts = Set(enrollments.map { Array($0.text.utf8) })
      return (enrollments.filter { asked.contains(Array($0.text.utf8)) }, names.filter { !texts.contains($0) })
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
