import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Fits both score heads to what the quantised model does on the training corpus' held-out utterances.
///
/// *Stream head*: phrases of one to four words are enrolled by their text and searched in a stream of the utterances, once as
/// recorded and once augmented; a candidate is a match where the utterance holds the phrase. Training is repeated on the
/// highest-scoring mismatches, since a device's false alarms come from there. The bias is set so that ``quietShare`` of the
/// phrases of a usual length have no mismatch of score 0.5 or more in the whole stream.
///
/// *Pair head*: clips cut at word alignments against their own text, a random text, and the nearest texts by phonemes.
public struct HeadCalibration {
  public static let quietShare = 0.3

  private let set: TrainingSet
  private let model: AcousticModel
  private let enroller: Enroller
  private let seed: UInt64

  /// What was fitted, and on how much.
  public struct Result: Sendable {
    public var stream: AcousticModel.ScoreHead
    public var pair: AcousticModel.ScoreHead
    public var phraseHours: Double
    public var streamMatches: Int
    public var streamMismatches: Int
    public var pairSamples: Int
  }

  /// An utterance with the words' times, in seconds.
  private struct Spoken {
    var item: TrainingSet.Item
    var words: [String]
    var alignment: UtteranceAlignment
  }

  /// A phrase and where one example of it is said.
  private struct Example {
    var spoken: Int
    var words: Range<Int>
    var text: String
    var phonemes: [UInt8]
  }

  /// The best candidate of each phrase in each utterance.
  private struct StreamSamples {
    var samples: [MonotoneHead.Sample] = []
    var phraseOfSample: [Int] = []
    var phonemeCounts: [Int]
    /// Hours of the stream times phrases.
    var phraseHours = 0.0
  }

  /// - Parameter model: the quantised model; its own heads are not used.
  public init(set: TrainingSet, model: AcousticModel, language: LanguageFile, seed: UInt64) {
    self.set = set
    self.model = model
    self.seed = seed
    enroller = Enroller(model: model, language: language)
  }

  public func run(phraseCount: Int = 240, pairCount: Int = 2_500, progress: (String) -> Void) -> Result? {
    var generator = SplitMix64(seed: seed)
    let spoken = align()
    progress("\(spoken.count) held-out utterances aligned")
    let examples = sampleExamples(spoken, count: max(pairCount, phraseCount), &generator)
    guard examples.count > 50 else { return nil }
    let stream = streamSamples(spoken, Array(examples.prefix(phraseCount)), &generator, progress)
    let pairs = pairSamples(spoken, Array(examples.prefix(pairCount)), &generator)
    progress("\(pairs.count) pairs scored")
    var streamHead = mined(stream.samples)
    streamHead = .init(weights: streamHead.weights, bias: streamHead.bias - quietLogit(streamHead, stream))
    return Result(
      stream: streamHead, pair: MonotoneHead.fit(pairs), phraseHours: stream.phraseHours,
      streamMatches: stream.samples.count { $0.isMatch }, streamMismatches: stream.samples.count { !$0.isMatch },
      pairSamples: pairs.count)
  }

  /// The logit that the worst mismatch of ``quietShare`` of the phrases with six phonemes or more stays below.
  private func quietLogit(_ head: AcousticModel.ScoreHead, _ stream: StreamSamples) -> Float {
    var worst: [Int: Float] = [:]
    for (sample, phrase) in zip(stream.samples, stream.phraseOfSample)
    where !sample.isMatch && stream.phonemeCounts[phrase] >= Enroller.recommendedPhonemeCount {
      worst[phrase] = max(worst[phrase] ?? -.infinity, MonotoneHead.logit(head, sample.features))
    }
    let sorted = worst.values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(Int(Double(sorted.count) * Self.quietShare), sorted.count - 1)]
  }

  /// Fits, then twice more on the matches and the highest tenth of the mismatches.
  private func mined(_ samples: [MonotoneHead.Sample]) -> AcousticModel.ScoreHead {
    let matches = samples.filter(\.isMatch)
    let mismatches = samples.filter { !$0.isMatch }
    var head = MonotoneHead.fit(Array(matches + mismatches.prefix(20_000)))
    for share in [5, 20] {
      let hardest = mismatches.map { ($0, MonotoneHead.logit(head, $0.features)) }.sorted { $0.1 > $1.1 }
      head = MonotoneHead.fit(matches + hardest.prefix(max(mismatches.count / share, 500)).map(\.0))
    }
    return head
  }

  private func align() -> [Spoken] {
    let encoder = ClipEncoder(model)
    let aligner = ForcedAligner()
    return set.heldOut.compactMap { item in
      let words = item.utterance.words.map(String.init)
      guard words.count == item.words.count else { return nil }
      encoder.encode(set.corpus.samples(of: item.utterance))
      guard
        let alignment = try? aligner.align(
          logPosteriors: encoder.logPosteriors, frameCount: encoder.frameCount, words: item.words),
        alignment.meanLogLikelihoodRatio > AlignmentTable.leastRatio
      else { return nil }
      return Spoken(item: item, words: words, alignment: alignment)
    }
  }

  private func sampleExamples(_ spoken: [Spoken], count: Int, _ generator: inout SplitMix64) -> [Example] {
    var examples: [Example] = []
    for _ in 0..<count * 8 where examples.count < count && !spoken.isEmpty {
      let index = generator.nextIndex(spoken.count)
      let utterance = spoken[index]
      let length = 1 + generator.nextIndex(4)
      guard utterance.words.count >= length else { continue }
      let first = generator.nextIndex(utterance.words.count - length + 1)
      let phonemes = (first..<first + length).flatMap {
        utterance.item.words[$0][utterance.alignment.words[$0].variantIndex]
      }
      guard (5...24).contains(phonemes.count) else { continue }
      examples.append(
        Example(
          spoken: index, words: first..<first + length,
          text: utterance.words[first..<first + length].joined(separator: " "), phonemes: phonemes))
    }
    return examples
  }

  private func streamSamples(
    _ spoken: [Spoken], _ examples: [Example], _ generator: inout SplitMix64, _ progress: (String) -> Void
  ) -> StreamSamples {
    var seen: Set<String> = []
    var phrases: [(words: [String], enrollment: Enrollment)] = []
    for example in examples where seen.insert(example.text).inserted {
      if let enrolled = try? enroller.enroll(example.text.lowercased()) {
        phrases.append((example.text.split(separator: " ").map(String.init), enrolled.enrollment))
      }
    }
    var result = StreamSamples(phonemeCounts: phrases.map { $0.enrollment.variants[0].phonemes.count })
    for isAugmented in [false, true] {
      let spotter = KeywordSpotter(model: model, enrollments: phrases.map(\.enrollment))
      var augmenter = AudioAugmenter(corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance))
      for (index, utterance) in spoken.enumerated() {
        var best: [Int: (score: Float, features: [Float])] = [:]
        let collect = { (candidate: Candidate) in
          let features = candidate.features.values
          // The best by the mean ratio and the mean cosine stands for the phrase in this utterance.
          let score = features[0] + 4 * features[2]
          if score > best[candidate.phraseIndex]?.score ?? -.infinity {
            best[candidate.phraseIndex] = (score, features)
          }
        }
        let recording = set.corpus.samples(of: utterance.item.utterance)
        let heard = isAugmented ? augmenter.augment(recording, using: &generator).samples : Array(recording)
        heard.withUnsafeBufferPointer { spotter.process($0, onCandidate: collect, onDetection: { _ in }) }
        spotter.finish(onCandidate: collect, onDetection: { _ in })
        result.phraseHours += Double(heard.count) / 16_000 / 3_600 * Double(phrases.count)
        for (phrase, candidate) in best {
          result.samples.append(
            .init(features: candidate.features, isMatch: Self.contains(utterance.words, phrases[phrase].words)))
          result.phraseOfSample.append(phrase)
        }
        if index % 50 == 49 {
          progress("stream: \(index + 1) of \(spoken.count) utterances\(isAugmented ? ", augmented" : "")")
        }
      }
    }
    return result
  }

  static func contains(_ words: [String], _ phrase: [String]) -> Bool {
    guard words.count >= phrase.count else { return false }
    return (0...words.count - phrase.count).contains { Array(words[$0..<$0 + phrase.count]) == phrase }
  }

  private func pairSamples(_ spoken: [Spoken], _ examples: [Example], _ generator: inout SplitMix64)
    -> [MonotoneHead.Sample]
  {
    let scorer = PairScorer(model: model)
    var augmenter = AudioAugmenter(corpus: set.corpus, noises: set.noises, babble: set.items.map(\.utterance))
    var enrollments: [String: Enrollment] = [:]
    var samples: [MonotoneHead.Sample] = []
    for (index, example) in examples.enumerated() {
      let words = spoken[example.spoken].alignment.words[example.words]
      let recording = set.corpus.samples(of: spoken[example.spoken].item.utterance)
      let start = max(0, Int(words.first!.startSeconds * 16_000))
      let end = min(recording.count, Int(words.last!.endSeconds * 16_000))
      guard end - start >= 6_400 else { continue }
      let clip = UnsafeBufferPointer(rebasing: recording[start..<end])
      if index % 2 == 0 {
        augmenter.augment(clip, using: &generator).samples.withUnsafeBufferPointer { scorer.load($0) }
      } else {
        scorer.load(clip)
      }
      let others = examples.filter { $0.words.count == example.words.count && $0.phonemes != example.phonemes }
      guard !others.isEmpty else { continue }
      let near = others.map { ($0, Self.editDistance($0.phonemes, example.phonemes)) }.min { $0.1 < $1.1 }!.0
      let random = others[generator.nextIndex(others.count)]
      for (text, isMatch) in [(example.text, true), (near.text, false), (random.text, false)] {
        if enrollments[text] == nil { enrollments[text] = try? enroller.enroll(text.lowercased()).enrollment }
        guard let enrollment = enrollments[text], let features = scorer.score(enrollment).features else { continue }
        samples.append(.init(features: features.values, isMatch: isMatch))
      }
    }
    return samples
  }

  /// Levenshtein distance between phoneme sequences.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
