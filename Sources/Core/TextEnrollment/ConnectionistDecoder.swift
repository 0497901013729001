import KeywordSpotting

/// Finds the most likely label sequences of connectionist temporal classification (CTC) by prefix beam search.
///
/// For each prefix, the probability of paths that end in a blank is kept separately from that of paths that end in its
/// last label, so all paths of a label sequence are summed. Probabilities are normalized to sum to 1 after each frame.
///
/// - Reference: Graves 2008, *Supervised sequence labelling with recurrent neural networks*, §7.5; Hannun et al. 2014,
///   arXiv:1408.2873, algorithm 1.
package enum ConnectionistDecoder {
  /// A label sequence and its share of the beam's probability.
  package struct Hypothesis: Sendable {
    /// The labels, without blanks.
    package var labels: [UInt8]
    /// The share, 0…1.
    package var probability: Double
  }

  private struct Prefix {
    var labels: [UInt8]
    var endingInBlank: Double
    var endingInLabel: Double
    var total: Double { endingInBlank + endingInLabel }
  }

  /// The most likely sequences, best first.
  ///
  /// - Parameters:
  ///   - probabilities: `[frameCount, classCount]`; each row sums to 1.
  ///   - blank: the class of the blank; the other classes are labels.
  ///   - beamWidth: prefixes kept after each frame. 1 is not the same as the best path.
  package static func decode(
    _ probabilities: UnsafePointer<Float>, frameCount: Int, classCount: Int, blank: Int, beamWidth: Int = 8
  ) -> [Hypothesis] {
    var beam = [Prefix(labels: [], endingInBlank: 1, endingInLabel: 0)]
    for frame in 0..<frameCount {
      let row = probabilities + frame * classCount
      var next: [Prefix] = []
      for prefix in beam {
        add(&next, prefix.labels, blank: prefix.total * Double(row[blank]), label: 0)
        for label in 0..<classCount where label != blank && row[label] > 1e-4 {
          let probability = Double(row[label])
          if let last = prefix.labels.last, Int(last) == label {
            add(&next, prefix.labels, blank: 0, label: prefix.endingInLabel * probability)
            add(&next, prefix.labels + [last], blank: 0, label: prefix.endingInBlank * probability)
          } else {
            add(&next, prefix.labels + [UInt8(label)], blank: 0, label: prefix.total * probability)
          }
        }
      }
      next.sort { $0.total > $1.total }
      if next.count > beamWidth { next.removeLast(next.count - beamWidth) }
      var sum = 0.0
      for prefix in next { sum += prefix.total }
      guard sum > 0 else { return [] }
      for index in next.indices {
        next[index].endingInBlank /= sum
        next[index].endingInLabel /= sum
      }
      beam = next
    }
    return beam.map { Hypothesis(labels: $0.labels, probability: $0.total) }
  }

  /// The natural logarithm of the probability of all paths that give `labels`; `nil` if it is 0 or no number.
  ///
  /// The forward variables are normalized after each frame, and the logarithms of the normalizers add up.
  ///
  /// - Parameters:
  ///   - probabilities: `[frameCount, classCount]`; each row sums to 1.
  ///   - labels: classes other than `blank`.
  /// - Reference: Graves et al. 2006, *Connectionist temporal classification*, equations 5 to 8.
  package static func logProbability(
    of labels: [UInt8], _ probabilities: UnsafePointer<Float>, frameCount: Int, classCount: Int, blank: Int
  ) -> Float? {
    guard frameCount > 0 else { return nil }
    // State 2 i + 1 is in label i, state 2 i in the blank before it.
    let stateCount = 2 * labels.count + 1
    var forward = [Float](repeating: 0, count: stateCount)
    forward[0] = 1
    var logarithm: Float = 0
    for frame in 0..<frameCount {
      let row = probabilities + frame * classCount
      var sum: Float = 0
      for state in (0..<stateCount).reversed() {
        let label = state % 2 == 0 ? blank : Int(labels[state / 2])
        // Before the first frame, only the first blank and the first label can be entered.
        var reached = frame == 0 ? (state < 2 ? 1 : 0) : forward[state]
        if frame > 0 && state > 0 { reached += forward[state - 1] }
        if frame > 0 && state > 1 && state % 2 == 1 && labels[state / 2] != labels[state / 2 - 1] {
          reached += forward[state - 2]
        }
        forward[state] = reached * row[label]
        sum += forward[state]
      }
      guard sum >= Float.leastNormalMagnitude, sum.isFinite else { return nil }
      for state in 0..<stateCount { forward[state] /= sum }
      logarithm += FloatFunctions.naturalLogarithm(sum)
    }
    let last = forward[stateCount - 1] + (stateCount > 1 ? forward[stateCount - 2] : 0)
    guard last >= Float.leastNormalMagnitude else { return nil }
    return logarithm + FloatFunctions.naturalLogarithm(last)
  }

  private static func add(_ prefixes: inout [Prefix], _ labels: [UInt8], blank: Double, label: Double) {
    guard blank > 0 || label > 0 else { return }
    for index in prefixes.indices where prefixes[index].labels == labels {
      prefixes[index].endingInBlank += blank
      prefixes[index].endingInLabel += label
      return
    }
    prefixes.append(Prefix(labels: labels, endingInBlank: blank, endingInLabel: label))
  }
}
