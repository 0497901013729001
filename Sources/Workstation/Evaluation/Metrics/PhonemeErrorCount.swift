/// Edits between recognized phonemes and the nearest pronunciation of a transcript.
public struct PhonemeErrorCount: Equatable, Sendable {
  /// The edits of the cheapest alignment.
  public var edits = EditDistance()
  /// Phonemes of the nearest pronunciation.
  public var referenceCount = 0

  /// Creates a count of zero.
  public init() {}

  /// Edits per phoneme of the reference. It can exceed 1.
  public var rate: Double { referenceCount > 0 ? Double(edits.total) / Double(referenceCount) : 0 }

  /// Compares the hypothesis with *every* choice of one pronunciation per word and counts the edits of the cheapest,
  /// exactly.
  ///
  /// - Parameters:
  ///   - words: `[word][variant][phoneme]`; each word needs a variant.
  ///   - hypothesis: the recognized phonemes.
  public init(words: [[[UInt8]]], hypothesis: [UInt8]) {
    // Column c: the cheapest way to turn the reference read so far into the first c phonemes.
    var row = (0...hypothesis.count).map { count in
      var cell = PhonemeErrorCount()
      cell.edits.insertions = count
      return cell
    }
    for variants in words {
      precondition(!variants.isEmpty, "a word has no pronunciation")
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

  /// Adds the counts of another utterance.
  public static func += (sum: inout PhonemeErrorCount, other: PhonemeErrorCount) {
    sum.edits += other.edits
    sum.referenceCount += other.referenceCount
  }
}
