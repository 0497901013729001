/// The cheapest way to turn one sequence into another by substitutions, insertions and deletions of unit cost, counted by kind.
/// `PhonemeDistance` has their number alone.
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

  /// Adds another sequence's edits.
  public static func += (sum: inout EditDistance, other: EditDistance) {
    sum.substitutions += other.substitutions
    sum.insertions += other.insertions
    sum.deletions += other.deletions
  }
}
