/// Edits between recognised phonemes and the nearest pronunciation of a transcript.
public struct PhonemeErrorCount: Equatable, Sendable {
  public var edits = EditDistance()
  /// Phonemes of that pronunciation.
  public var referenceCount = 0

  public init() {}

  /// Edits over phonemes of the reference; may exceed 1.
  public var rate: Double { referenceCount > 0 ? Double(edits.total) / Double(referenceCount) : 0 }

  /// Compares with *every* choice of one pronunciation per word at once and counts the edits of the cheapest, exactly.
  ///
  /// - Parameters:
  ///   - words: `[word][variant][phoneme]`; each word has a variant.
  ///   - hypothesis: the recognised phonemes.
  public init(words: [[[UInt8]]], hypothesis: [UInt8]) {
    // Column c: the cheapest way to turn what was read of the reference into the first c phonemes.
    var row = (0...hypothesis.count).map { count in
      var cell = PhonemeErrorCount()
      cell.edits.insertions = count
      return cell
    }
    for variants in words {
      precondition(!variants.isEmpty, "a word without a pronunciation")
      var best: [PhonemeErrorCount]?
      for variant in variants {
        let candidate = variant.reduce(row) { Self.advanced($0, by: $1, hypothesis) }
        best = best.map { zip($0, candidate).map { $1.edits.total < $0.edits.total ? $1 : $0 } } ?? candidate
      }
      row = best!
    }
    self = row[hypothesis.count]
  }

  /// The row after one more phoneme of the reference.
  private static func advanced(
    _ row: [PhonemeErrorCount], by phoneme: UInt8, _ hypothesis: [UInt8]
  ) -> [PhonemeErrorCount] {
    var next = row
    next[0].edits.deletions += 1
    next[0].referenceCount += 1
    for column in hypothesis.indices {
      var best = row[column]
      best.referenceCount += 1
      if hypothesis[column] != phoneme { best.edits.substitutions += 1 }
      if row[column + 1].edits.total + 1 < best.edits.total {
        best = row[column + 1]
        best.edits.deletions += 1
        best.referenceCount += 1
      }
      if next[column].edits.total + 1 < best.edits.total {
        best = next[column]
        best.edits.insertions += 1
      }
      next[column + 1] = best
    }
    return next
  }

  /// Adds another utterance's counts.
  public static func += (sum: inout PhonemeErrorCount, other: PhonemeErrorCount) {
    sum.edits += other.edits
    sum.referenceCount += other.referenceCount
  }
}
