/// The number of insertions, deletions and substitutions between two pronunciations, or two sequences of letters.
public enum PhonemeDistance {
  /// The Levenshtein distance, in O(a · b) time and O(b) memory.
  ///
  /// Inlinable because the evaluation's search for near phrases spends its time here.
  ///
  /// - Returns: The distance, or `limit` as soon as it cannot be below `limit`.
  @inlinable
  public static func edits(_ a: [UInt8], _ b: [UInt8], limit: Int = .max) -> Int {
    guard abs(a.count - b.count) < limit else { return limit }
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: b.count + 1) { row in
      for column in 0...b.count { row[column] = column }
      for (index, phoneme) in a.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        var smallest = row[0]
        for column in 0..<b.count {
          let above = row[column + 1]
          let best = min(diagonal + (b[column] == phoneme ? 0 : 1), above + 1, row[column] + 1)
          diagonal = above
          row[column + 1] = best
          smallest = min(smallest, best)
        }
        if smallest >= limit { return limit }
      }
      return min(row[b.count], limit)
    }
  }

  /// Whether at most one edit turns `a` into `b`, in O(a + b) time.
  public static func isWithinOneEdit(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { isWithinOneEdit(a, $0) } }
  }

  /// Whether at most one edit turns `a` into `b`, in O(a + b) time.
  static func isWithinOneEdit(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard abs(a.count - b.count) <= 1 else { return false }
    let common = min(a.count, b.count)
    var first = 0
    while first < common && a[first] == b[first] { first += 1 }
    var last = 0
    while last < common - first && a[a.count - 1 - last] == b[b.count - 1 - last] { last += 1 }
    return max(a.count, b.count) - first - last <= 1
  }

  /// Whether `part` appears in `whole` without a gap.
  public static func contains(_ whole: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= whole.count else { return false }
    for start in 0...whole.count - part.count where whole[start..<start + part.count].elementsEqual(part) {
      return true
    }
    return false
  }
}
