/// Every path of a phrase through a few frames, one by one.
///
/// A path is a label for each of its frames. It belongs to the phrase if removing repetitions and then blanks gives the
/// phrase. The blank is 39.
enum PathOracle {
  struct Path {
    var score: Float
    var minimumRatio: Float
    var startFrame: Int
  }

  /// Every path through the frames `start…end` that begins with the first phoneme and ends in the last one.
  static func paths(_ phonemes: [UInt8], ratios: [[Float]], start: Int, end: Int) -> [Path] {
    var found: [Path] = []
    forEachLabelling(phonemes, frameCount: end - start + 1) { labels in
      guard labels.first != 39, labels.last != 39 else { return }
      found.append(path(labels, phonemeCount: phonemes.count, ratios: ratios, start: start))
    }
    return found
  }

  /// Every path through all frames.
  static func wholeClip(_ phonemes: [UInt8], ratios: [[Float]]) -> [Path] {
    var found: [Path] = []
    forEachLabelling(phonemes, frameCount: ratios.count) { labels in
      found.append(path(labels, phonemeCount: phonemes.count, ratios: ratios, start: 0))
    }
    return found
  }

  /// Σ g, and the smallest part of a phoneme: its frames and the blanks up to the next phoneme.
  private static func path(_ labels: [UInt8], phonemeCount: Int, ratios: [[Float]], start: Int) -> Path {
    var score: Float = 0
    var shares: [Float] = []
    var previous: UInt8 = 39
    var finished = 0
    let lastPhonemeFrame = labels.lastIndex { $0 != 39 }!
    for (frame, label) in labels.enumerated() {
      let ratio = ratios[start + frame][Int(label)]
      score += ratio
      if label != 39, label != previous {
        shares.append(0)
        finished += 1
      }
      if !shares.isEmpty, frame <= lastPhonemeFrame { shares[finished - 1] += ratio }
      previous = label
    }
    precondition(finished == phonemeCount)
    return Path(score: score, minimumRatio: shares.min()!, startFrame: start)
  }

  private static func forEachLabelling(_ phonemes: [UInt8], frameCount: Int, _ body: ([UInt8]) -> Void) {
    let alphabet = Array(Set(phonemes)).sorted() + [39]
    var labels = [UInt8](repeating: alphabet[0], count: frameCount)
    func extend(_ frame: Int) {
      if frame == frameCount {
        var collapsed: [UInt8] = []
        var previous: UInt8 = 255
        for label in labels {
          if label != previous, label != 39 { collapsed.append(label) }
          previous = label
        }
        if collapsed == phonemes { body(labels) }
        return
      }
      for label in alphabet {
        labels[frame] = label
        extend(frame + 1)
      }
    }
    extend(0)
  }
}
