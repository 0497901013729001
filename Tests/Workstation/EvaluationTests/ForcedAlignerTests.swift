import Foundation
import SeededRandom
import Testing
import Training

/// Log posteriors in which frame t gives class `classes[t]` the probability 0.961 and every other class 0.001.
private func spikes(_ classes: [UInt8]) -> [Float] {
  classes.flatMap { winner in (0..<40).map { log($0 == Int(winner) ? 0.961 : 0.001) } }
}

private func middle(_ frame: Double) -> Double { (640 * frame + 200) / 16_000 }

private func aligner(penalty: Float = 0) -> ForcedAligner {
  var configuration = ForcedAligner.Configuration()
  configuration.blankPenalty = penalty
  configuration.wordGapShare = 0.5
  configuration.longestBridgedGapFrames = 7
  configuration.tailFrames = 2
  configuration.leadFrames = 1.5
  return ForcedAligner(configuration: configuration)
}

@Suite struct ForcedAlignerTests {
  @Test("A short gap between two words is divided, and a long one is silence") func gaps() throws {
    let blank: UInt8 = 39
    //                    0      1  2  3      4  5      6  7 … 16                              17 18
    let frames: [UInt8] = [blank, 1, 2, blank, 3, 4, blank] + .init(repeating: blank, count: 10) + [5, blank]
    let result = try aligner().align(
      logPosteriors: spikes(frames), frameCount: frames.count, words: [[[1, 2]], [[3, 4]], [[5]]])
    #expect(result.words.map { $0.phones.map(\.phoneme) } == [[1, 2], [3, 4], [5]])
    #expect(result.words.map { $0.phones.map(\.firstFrame) } == [[1, 2], [4, 5], [17]])
    // Word 0: from lead before frame 1 (clamped at the start) to the middle of the gap of frame 3.
    #expect(result.words[0].startSeconds == 0)
    #expect(result.words[0].endSeconds == middle(3))
    #expect(result.words[1].startSeconds == middle(3))
    // Frames 6 to 16 are silence: the tail of word 1 and the lead of word 2.
    #expect(result.words[1].endSeconds == middle(5 + 2.5))
    #expect(result.words[2].startSeconds == middle(17 - 2))
    // The end of the recording cuts off the tail.
    #expect(result.words[2].endSeconds == middle(18.5))
    #expect(result.meanLogLikelihoodRatio == 0)
    #expect(result.words[0].phones[0].endSeconds == middle(1.5))
  }

  @Test("The spoken pronunciation is chosen for each word") func variants() throws {
    let frames: [UInt8] = [39, 7, 8, 39, 10, 39, 11, 39]
    let words: [[[UInt8]]] = [[[7, 9], [7, 8], [8]], [[10, 12], [12, 11], [10, 11]]]
    let result = try aligner().align(logPosteriors: spikes(frames), frameCount: frames.count, words: words)
    #expect(result.words.map(\.variantIndex) == [1, 2])
    #expect(result.words.map(\.wordIndex) == [0, 1])
  }

  @Test("Consecutive equal phones are separated by a blank, also across words") func repeats() throws {
    let frames: [UInt8] = [5, 5, 5, 5, 5, 5, 5]
    let result = try aligner().align(
      logPosteriors: spikes(frames), frameCount: frames.count, words: [[[5, 5]], [[5]]])
    let extents = result.words.flatMap { $0.phones.map { ($0.firstFrame, $0.lastFrame) } }
    #expect(extents.count == 3)
    for (earlier, later) in zip(extents, extents.dropFirst()) { #expect(later.0 > earlier.1 + 1) }
  }

  @Test("The error for a transcript longer than the recording gives both lengths") func tooShort() {
    #expect(throws: AlignmentError.tooFewFrames(needed: 5, available: 4)) {
      try aligner().align(
        logPosteriors: spikes([1, 2, 3, 3]), frameCount: 4, words: [[[1, 2, 3], [1, 1, 1, 1]], [[3]]])
    }
    #expect(throws: AlignmentError.noPronunciation(wordIndex: 1)) {
      try aligner().align(logPosteriors: spikes([1, 2]), frameCount: 2, words: [[[1]], []])
    }
    #expect(throws: AlignmentError.notAPhoneme(wordIndex: 0, value: 39)) {
      try aligner().align(logPosteriors: spikes([1, 2]), frameCount: 2, words: [[[39]]])
    }
  }

  @Test("An empty transcript gives an empty alignment") func emptyTranscript() throws {
    #expect(try aligner().align(logPosteriors: spikes([39]), frameCount: 1, words: []).words.isEmpty)
  }

  @Test("The blank penalty lets a weak phone keep its frames") func penalty() throws {
    // Frames 1 to 3: blank 0.6, phone 4 0.35, as around the spike of a peaky network in frame 2.
    var posteriors = spikes([39, 39, 4, 39, 39])
    for frame in [1, 3] {
      posteriors[frame * 40 + 39] = log(0.6)
      posteriors[frame * 40 + 4] = log(0.35)
    }
    let plain = try aligner().align(logPosteriors: posteriors, frameCount: 5, words: [[[4]]])
    let scaled = try aligner(penalty: 1).align(logPosteriors: posteriors, frameCount: 5, words: [[[4]]])
    #expect(plain.words[0].phones[0].firstFrame == 2 && plain.words[0].phones[0].lastFrame == 2)
    #expect(scaled.words[0].phones[0].firstFrame == 1 && scaled.words[0].phones[0].lastFrame == 3)
  }

  /// The oracle enumerates every sequence of classes, collapses it as CTC does, and keeps the best one that spells the
  /// transcript with some choice of pronunciations.
  @Test("The best path equals exhaustive search", arguments: 0..<24) func exhaustive(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed) &+ 77)
    let frameCount = 5 + seed % 2
    let used: [UInt8] = [0, 1, 2, 39]
    var posteriors = [Float](repeating: -30, count: frameCount * 40)
    for frame in 0..<frameCount { for k in used { posteriors[frame * 40 + Int(k)] = -4 * generator.nextUniform() } }
    let words: [[[UInt8]]] = [
      (0...(seed % 3)).map { _ in (0...Int(generator.nextUniform() * 2)).map { _ in UInt8(generator.nextUniform() * 3) }
      },
      (0...(seed % 2)).map { _ in [UInt8(generator.nextUniform() * 3)] },
    ]
    var spellings: Set<[UInt8]> = []
    for first in words[0] { for second in words[1] { spellings.insert(first + second) } }

    var best = -Float.infinity
    for code in 0..<(0..<frameCount).reduce(1, { product, _ in product * used.count }) {
      var rest = code
      var score: Float = 0
      var collapsed: [UInt8] = []
      var previous: UInt8 = 255
      for frame in 0..<frameCount {
        let k = used[rest % used.count]
        rest /= used.count
        score += posteriors[frame * 40 + Int(k)]
        if k != 39, k != previous { collapsed.append(k) }
        previous = k
      }
      if spellings.contains(collapsed), score > best { best = score }
    }

    guard best > -.infinity else {
      #expect(throws: AlignmentError.self) {
        try aligner().align(logPosteriors: posteriors, frameCount: frameCount, words: words)
      }
      return
    }
    let result = try aligner().align(logPosteriors: posteriors, frameCount: frameCount, words: words)
    let free = (0..<frameCount).reduce(Float(0)) { sum, frame in
      sum + used.map { posteriors[frame * 40 + Int($0)] }.max()!
    }
    let phoneCount = result.words.reduce(0) { $0 + $1.phones.count }
    let found = result.meanLogLikelihoodRatio * Float(phoneCount) + free
    #expect(abs(found - best) < 1e-4, "seed \(seed), words \(words)")
    let spelled = result.words.flatMap { $0.phones.map(\.phoneme) }
    #expect(spelled == words.enumerated().flatMap { $1[result.words[$0].variantIndex] })
  }
}
