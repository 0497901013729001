/// A cumulative histogram of scores.
package struct ScoreHistogram: Equatable, Sendable {
  /// The upper bounds of the buckets; each counts the scores up to it. One more bucket counts all.
  package static let bounds: [Double] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

  /// The counts for each bound, then for all.
  package private(set) var cumulativeCounts = [Int](repeating: 0, count: bounds.count + 1)
  /// The sum of all scores.
  package private(set) var sum = 0.0

  package init() {}

  /// Counts a score; ignores NaN and infinity.
  package mutating func add(_ score: Float) {
    guard score.isFinite else { return }
    // Uses the shortest decimal of the Float, as users read it: 0.9 counts as at most 0.9.
    let score = Double("\(score)") ?? Double(score)
    for index in Self.bounds.indices where score <= Self.bounds[index] { cumulativeCounts[index] += 1 }
    cumulativeCounts[Self.bounds.count] += 1
    sum += score
  }
}
