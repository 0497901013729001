import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// Scores clips, cut at word alignments, against their own text, the nearest text by phonemes, and a random text.
struct PairSampler {
  /// Shorter clips are left out: 0.4 s.
  private static let shortestClipSamples = 6_400

  private let set: TrainingSet
  private let model: AcousticModel
  private let enroller: Enroller

  /// - Parameters:
  ///   - set: the training set of the clips. Every other clip is augmented with its noises and rooms.
  ///   - model: the quantized model. Its pair head chooses among the pronunciations of a text.
  ///   - enroller: enrolls the texts with the same model.
  init(set: TrainingSet, model: AcousticModel, enroller: Enroller) {
    self.set = set
    self.model = model
    self.enroller = enroller
  }

  /// The features of up to three pairs per example. Those of an example with its own text are matches.
  func samples(
    _ speech: HeldOutSpeech, _ examples: [HeldOutSpeech.Example], using generator: inout SplitMix64
  ) -> [MonotoneHead.Sample] {
    let scorer = PairScorer(model: model)
    var augmenter = set.augmenter()
    var enrollments: [String: Enrollment] = [:]
    var samples: [MonotoneHead.Sample] = []
    for (index, example) in examples.enumerated() {
      let utterance = speech.utterances[example.utterance]
      let words = utterance.alignment.words[example.words]
      let recording = set.corpus.samples(of: utterance.item.utterance)
      let start = max(0, Int(words.first!.startSeconds * 16_000))
      let end = min(recording.count, Int(words.last!.endSeconds * 16_000))
      guard end - start >= Self.shortestClipSamples else { continue }
      let clip = UnsafeBufferPointer(rebasing: recording[start..<end])
      if index % 2 == 0 {
        augmenter.augment(clip, using: &generator).samples.withUnsafeBufferPointer { scorer.load($0) }
      } else {
        scorer.load(clip)
      }
      let others = examples.filter { $0.words.count == example.words.count && $0.phonemes != example.phonemes }
      guard !others.isEmpty else { continue }
      let near = others.map { ($0, PhonemeDistance.edits($0.phonemes, example.phonemes)) }.min { $0.1 < $1.1 }!.0
      let random = others[generator.nextIndex(others.count)]
      for (text, isMatch) in [(example.text, true), (near.text, false), (random.text, false)] {
        if enrollments[text] == nil { enrollments[text] = try? enroller.enroll(text.lowercased()).enrollment }
        guard let enrollment = enrollments[text], let features = scorer.score(enrollment).features else { continue }
        samples.append(.init(features: features.values, isMatch: isMatch))
      }
    }
    return samples
  }
}
