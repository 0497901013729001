/// The minimum number of substitutions, insertions and deletions that turn one sequence into another.
public struct EditDistance: Equatable, Sendable {
  /// Elements of the reference replaced in the hypothesis.
  public var substitutions = 0
  /// Elements of the hypothesis missing from the reference.
  public var insertions = 0
  /// Elements of the reference missing from the hypothesis.
  public var deletions = 0

  /// The Levenshtein distance.
  public var total: Int { substitutions + insertions + deletions }

  /// Creates a distance of zero.
  public init() {}

  /// Counts the edits of one minimal alignment. Among several minimal ones it prefers substitutions.
  /// O(reference · hypothesis) time, O(hypothesis) memory.
  public init<Element: Equatable>(reference: some Collection<Element>, hypothesis: some Collection<Element>) {
    let hypothesis = Array(hypothesis)
    var row = (0...hypothesis.count).map { count in
      var cell = EditDistance()
      cell.insertions = count
      return cell
    }
    for element in reference {
      var diagonal = row[0]
      row[0].deletions += 1
      for column in hypothesis.indices {
        let above = row[column + 1]
        var best = diagonal
        if hypothesis[column] != element { best.substitutions += 1 }
        if above.total + 1 < best.total {
          best = above
          best.deletions += 1
        }
        if row[column].total + 1 < best.total {
          best = row[column]
          best.insertions += 1
        }
        diagonal = above
        row[column + 1] = best
      }
    }
    self = row[hypothesis.count]
  }

  /// The Levenshtein distance over bytes: the inner loop of the search for similar phrases.
  ///
  /// - Returns: the distance, or `limit` once the distance cannot be below `limit`.
  public static func bounded(_ left: [UInt8], _ right: [UInt8], limit: Int = .max) -> Int {
    guard abs(left.count - right.count) < limit else { return limit }
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: right.count + 1) { row in
      for column in 0...right.count { row[column] = column }
      for (line, element) in left.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        var smallest = row[0]
        for column in 0..<right.count {
          let above = row[column + 1]
          let best = min(diagonal + (right[column] == element ? 0 : 1), above + 1, row[column] + 1)
          diagonal = above
          row[column + 1] = best
          smallest = min(smallest, best)
        }
        if smallest >= limit { return limit }
      }
      return min(row[right.count], limit)
    }
  }

  /// Adds the edits of another sequence.
  public static func += (sum: inout EditDistance, other: EditDistance) {
    sum.substitutions += other.substitutions
    sum.insertions += other.insertions
    sum.deletions += other.deletions
  }
}
