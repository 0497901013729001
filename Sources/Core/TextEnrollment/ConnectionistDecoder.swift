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
