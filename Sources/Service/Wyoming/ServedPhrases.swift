import KeywordSpotting
import Synchronization

/// The phrases of a server, which may be replaced while it runs.
///
/// Any thread may use it. A snapshot stays valid after a replacement.
public final class ServedPhrases: Sendable {
  /// The phrases at one time.
  public struct Snapshot: Sendable {
    /// The phrases, in the order of the phrase file.
    public let enrollments: [Enrollment]
    /// Differs between any two snapshots of the same object.
    public let generation: Int

    /// The phrases with the given names in UTF-8, or all phrases if there are no names; and the names without a phrase.
    func named(_ names: [[UInt8]]) -> (enrollments: [Enrollment], unknown: [[UInt8]]) {
      guard !names.isEmpty else { return (enrollments, []) }
      let asked = Set(names)
      let texts = Set(enrollments.map { Array($0.text.utf8) })
      return (enrollments.filter { asked.contains(Array($0.text.utf8)) }, names.filter { !texts.contains($0) })
    }
  }

  private let snapshot: Mutex<Snapshot>

  /// Creates an object that serves these phrases, as generation 0.
  public init(_ enrollments: [Enrollment]) {
    snapshot = Mutex(Snapshot(enrollments: enrollments, generation: 0))
  }

  /// The current phrases.
  public var current: Snapshot { snapshot.withLock { $0 } }

  /// Replaces the phrases. Streams that have begun keep their phrases.
  public func replace(with enrollments: [Enrollment]) {
    snapshot.withLock { $0 = Snapshot(enrollments: enrollments, generation: $0.generation + 1) }
  }
}
