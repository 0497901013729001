import KeywordSpotting
import Synchronization
import TextEnrollment

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
    /// The key of each phrase's text.
    private let keys: [[UInt8]]
    /// Indices of phrases by their texts in UTF-8.
    private let indices: [[UInt8]: Int]
    /// Indices of phrases by their keys.
    private let indicesOfKeys: [[UInt8]: [Int]]

    fileprivate init(_ enrollments: [Enrollment], generation: Int) {
      self.enrollments = enrollments
      self.generation = generation
      let keys = enrollments.map { Self.key($0.text) }
      self.keys = keys
      indices = Dictionary(zip(enrollments.map { Array($0.text.utf8) }, keys.indices)) { first, _ in first }
      indicesOfKeys = Dictionary(grouping: keys.indices) { keys[$0] }
    }

    /// A name in the form in which hubs' names and phrases are compared: UTF-8 in lower case, with one blank for each run
    /// of white space, underscores and hyphens, and none at the ends.
    private static func key(_ name: String) -> [UInt8] {
      var key: [UInt8] = []
      var isAfterGap = false
      for scalar in name.unicodeScalars {
        if scalar == "_" || scalar == "-" || scalar.properties.isWhitespace {
          isAfterGap = true
          continue
        }
        if isAfterGap, !key.isEmpty { key.append(UInt8(ascii: " ")) }
        isAfterGap = false
        key += scalar.properties.lowercaseMapping.utf8
      }
      return key
    }

    /// The phrases that a hub asks for, each with the hub's name for it, in the order of the phrase file; and the names
    /// without a phrase. No names stand for all phrases.
    ///
    /// A name stands for the phrase with this text, otherwise for those with the same key.
    func named(_ names: [String]) -> (phrases: [(enrollment: Enrollment, name: String)], unknown: [String]) {
      guard !names.isEmpty else { return (enrollments.map { ($0, $0.text) }, []) }
      var given: [Int: String] = [:]
      var unknown: [String] = []
      for name in names {
        if let index = indices[Array(name.utf8)] {
          given[index] = name
        } else if let alike = indicesOfKeys[Self.key(name)] {
          for index in alike where given[index] == nil { given[index] = name }
        } else {
          unknown.append(name)
        }
      }
      return (given.sorted { $0.key < $1.key }.map { (enrollments[$0.key], $0.value) }, unknown)
    }

    /// The phrase with the fewest edits to a name, compared by the first 64 bytes of their keys; nil without phrases.
    func nearest(to name: String) -> String? {
      let wanted = Array(Self.key(name).prefix(64))
      var best: (index: Int, edits: Int)?
      for (index, key) in keys.enumerated() {
        let limit = best?.edits ?? .max
        let edits = PhonemeDistance.edits(wanted, Array(key.prefix(64)), limit: limit)
        if edits < limit { best = (index, edits) }
      }
      return best.map { enrollments[$0.index].text }
    }
  }

  private let snapshot: Mutex<Snapshot>

  /// Creates an object that serves these phrases, as generation 0.
  public init(_ enrollments: [Enrollment]) { snapshot = Mutex(Snapshot(enrollments, generation: 0)) }

  /// The current phrases.
  public var current: Snapshot { snapshot.withLock { $0 } }

  /// Replaces the phrases. Streams that have begun keep their phrases.
  public func replace(with enrollments: [Enrollment]) {
    snapshot.withLock { $0 = Snapshot(enrollments, generation: $0.generation + 1) }
  }
}
