import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// Finds labeled candidates in training speech, heard as on a device.
///
/// The utterances are taken in blocks. From each utterance of a block a phrase of one to four words is drawn, cut out,
/// and inserted between the utterances as if addressed to the device: mostly after a pause. The block is then one stream,
/// in quiet, in noise or in a room, and is searched for its own phrases and for phrases of earlier blocks. A candidate of
/// a phrase in a segment that says it, at the time when it is said, is a match; a candidate in a segment that does not
/// say it is a mismatch.
struct CandidateMiner {
  /// Share of the phrases that follow a pause, and of the utterances.
  private static let pauseBeforeShares: (phrase: Float, utterance: Float) = (0.9, 0.7)
  /// Share of the phrases that run on into the next words.
  private static let continuedShare: Float = 0.3
  /// The number of words that such a phrase runs on into.
  private static let followingWordCount = 3
  private static let pauseSeconds: ClosedRange<Float> = 0.2...1
  private static let blockUtterances = 24
  /// Phrases of earlier blocks per block.
  private static let otherPhrases = 250
  /// The most phrases to draw those from.
  private static let pooledPhrases = 10_000
  private static let phonemeCounts = 4...26
  /// How far a candidate may end after a phrase that it matches: 0.5 s.
  private static let toleranceSamples: Int64 = 8_000

  private let set: TrainingSet
  private let model: AcousticModel
  private let textEncoder: TextEncoder

  init(set: TrainingSet, model: AcousticModel) {
    self.set = set
    self.model = model
    textEncoder = TextEncoder(model)
  }

  /// How a block is heard.
  private enum Hearing {
    case quiet, noisy, room

    static func draw(_ generator: inout SplitMix64) -> Hearing {
      let draw = generator.nextUniform()
      return draw < 0.25 ? .quiet : draw < 0.65 ? .noisy : .room
    }

    var augmentation: AugmentationConfiguration {
      var configuration = AugmentationConfiguration()
      switch self {
      case .quiet:
        configuration = .none
        configuration.selfNoiseShare = 1
      case .noisy:
        configuration.noiseShare = 0.9
        configuration.signalToNoiseDecibels = 0...20
        configuration.responseShare = 0.1
        configuration.roomShare = 0.15
      case .room:
        configuration.noiseShare = 0.5
        configuration.signalToNoiseDecibels = 5...25
        configuration.responseShare = 0.8
        configuration.roomShare = 0.2
      }
      configuration.paddingShare = 0
      return configuration
    }

    /// Consecutive segments that share one noise and room.
    var segmentsPerPlace: Int { self == .room ? 12 : 3 }
  }

  /// An utterance with the pronunciation of each word and its samples.
  private struct Spoken {
    var samples: UnsafeBufferPointer<Int16>
    var words: [SpokenWord]
  }

  private struct SpokenWord {
    var phonemes: [UInt8]
    var samples: Range<Int>
  }

  /// A part of a stream: an utterance, or a phrase addressed to the device.
  private struct Segment {
    var spoken: Int
    var words: Range<Int>
    var isAddressed: Bool
  }

  /// The candidates of a number of utterances, drawn without repetition.
  ///
  /// - Parameter progress: called with a line of text now and then.
  func samples(utteranceCount: Int, seed: UInt64, progress: (String) -> Void) -> [MonotoneHead.Sample] {
    var generator = SplitMix64(seed: seed)
    let items = set.items.shuffled(using: &generator).prefix(utteranceCount)
    var pool: [[[UInt8]]] = []
    var samples: [MonotoneHead.Sample] = []
    for first in stride(from: items.startIndex, to: items.endIndex, by: Self.blockUtterances) {
      let spoken = align(items[first..<min(first + Self.blockUtterances, items.endIndex)])
      samples += mine(spoken, &pool, &generator)
      let done = first + Self.blockUtterances
      if done / 480 > first / 480 { progress("\(done) of \(items.count) training utterances") }
    }
    return samples
  }

  private func align(_ items: ArraySlice<TrainingSet.Item>) -> [Spoken] {
    let aligner = UtteranceAligner(set.corpus, model)
    return items.compactMap { item in
      guard let alignment = aligner.align(item) else { return nil }
      let recording = set.corpus.samples(of: item.utterance)
      let words = alignment.words.map { word in
        let start = min(Int(word.startSeconds * 16_000), recording.count)
        let end = min(max(start, Int(word.endSeconds * 16_000)), recording.count)
        return SpokenWord(phonemes: item.words[word.wordIndex][word.variantIndex], samples: start..<end)
      }
      return Spoken(samples: recording, words: words)
    }
  }

  /// Draws the phrases of a block, and the segments of its stream in random order.
  private func draw(
    _ spoken: [Spoken], _ pool: inout [[[UInt8]]], _ generator: inout SplitMix64
  ) -> (phrases: [PhraseVariant], segments: [Segment]) {
    var known = Swift.Set<[UInt8]>()
    var phrases: [PhraseVariant] = []
    func add(_ words: [[UInt8]]) -> Bool {
      let sequence = PhonemeSequence(words: words)
      guard Self.phonemeCounts.contains(sequence.phonemes.count), known.insert(sequence.phonemes).inserted
      else { return false }
      phrases.append(textEncoder.encode(sequence))
      return true
    }
    var others = (0..<Self.otherPhrases).compactMap { _ in
      pool.isEmpty ? nil : pool[generator.nextIndex(pool.count)]
    }
    var segments: [Segment] = []
    for (index, utterance) in spoken.enumerated() {
      segments.append(Segment(spoken: index, words: utterance.words.indices, isAddressed: false))
      guard var words = generator.nextPhrase(wordCount: utterance.words.count) else { continue }
      let phonemes = utterance.words[words].map(\.phonemes)
      guard add(phonemes) else { continue }
      pool.append(phonemes)
      if generator.nextUniform() < Self.continuedShare {
        words = words.lowerBound..<min(words.upperBound + Self.followingWordCount, utterance.words.count)
      }
      segments.append(Segment(spoken: index, words: words, isAddressed: true))
    }
    if pool.count > Self.pooledPhrases { pool.removeFirst(Self.pooledPhrases / 4) }
    others.removeAll { !add($0) }
    segments.shuffle(using: &generator)
    return (phrases, segments)
  }

  private func mine(
    _ spoken: [Spoken], _ pool: inout [[[UInt8]]], _ generator: inout SplitMix64
  ) -> [MonotoneHead.Sample] {
    let (phrases, segments) = draw(spoken, &pool, &generator)
    guard !phrases.isEmpty else { return [] }
    let spotter = KeywordSpotter(
      model: model,
      enrollments: phrases.map { Enrollment(text: "", variants: [$0], threshold: 1) })
    let hearing = Hearing.draw(&generator)
    var augmenter = set.augmenter(hearing.augmentation)
    var candidates: [Candidate] = []
    /// The words of each segment, in samples of the stream, and the segment's end.
    var heard: [(words: [(phonemes: [UInt8], samples: Range<Int64>)], end: Int64)] = []
    for first in stride(from: 0, to: segments.count, by: hearing.segmentsPerPlace) {
      let place = segments[first..<min(first + hearing.segmentsPerPlace, segments.count)]
      let start = heard.last?.end ?? 0
      var said: [Int16] = []
      var parts: [(words: [(phonemes: [UInt8], samples: Range<Int>)], end: Int)] = []
      for segment in place {
        let share = segment.isAddressed ? Self.pauseBeforeShares.phrase : Self.pauseBeforeShares.utterance
        if generator.nextUniform() < share {
          said += [Int16](repeating: 0, count: Int(generator.nextUniform(in: Self.pauseSeconds) * 16_000))
        }
        let utterance = spoken[segment.spoken]
        let words = utterance.words[segment.words]
        var range = utterance.samples.indices
        if segment.isAddressed {
          range =
            max(
              0, words.first!.samples.lowerBound - 800)..<min(range.upperBound, words.last!.samples.upperBound + 1_280)
        }
        let shift = said.count - range.lowerBound
        said += utterance.samples[range]
        parts.append(
          (words.map { ($0.phonemes, $0.samples.lowerBound + shift..<$0.samples.upperBound + shift) }, said.count))
      }
      let audio = said.withUnsafeBufferPointer { augmenter.augment($0, using: &generator) }
      func moved(_ sample: Int) -> Int64 {
        start + Int64(Float(sample) / audio.speedFactor) + Int64(audio.leadingSamples)
      }
      for part in parts {
        let words = part.words.map { ($0.phonemes, moved($0.samples.lowerBound)..<moved($0.samples.upperBound)) }
        heard.append((words, min(moved(part.end), start + Int64(audio.samples.count))))
      }
      if place.endIndex < segments.count { heard[heard.count - 1].end = start + Int64(audio.samples.count) }
      audio.samples.withUnsafeBufferPointer {
        spotter.process($0, onCandidate: { candidates.append($0) }, onDetection: { _ in })
      }
    }
    spotter.finish(onCandidate: { candidates.append($0) }, onDetection: { _ in })
    return label(candidates, phrases, heard, segments)
  }

  /// The best candidate of each phrase in each segment, as a match or a mismatch.
  private func label(
    _ candidates: [Candidate], _ phrases: [PhraseVariant],
    _ heard: [(words: [(phonemes: [UInt8], samples: Range<Int64>)], end: Int64)], _ segments: [Segment]
  ) -> [MonotoneHead.Sample] {
    struct Place: Hashable {
      var phrase: Int
      var segment: Int
    }
    let head = HeadCalibration.draftStreamHead
    var best: [Place: (logit: Float, sample: MonotoneHead.Sample, order: Int)] = [:]
    for (order, candidate) in candidates.enumerated() {
      let phonemes = phrases[candidate.phraseIndex].phonemes
      let middle = (candidate.startSample + candidate.endSample) / 2
      let segment = heard.firstIndex { middle < $0.end } ?? heard.count - 1
      var isSaid = false
      var isMatch = false
      for near in max(0, segment - 1)...min(heard.count - 1, segment + 1) {
        let words = heard[near].words
        isSaid = isSaid || PhonemeDistance.contains(words.flatMap(\.phonemes), phonemes)
        guard segments[near].isAddressed, let said = Self.occurrence(of: phonemes, in: words) else { continue }
        isMatch =
          isMatch
          || candidate.startSample < said.upperBound && candidate.endSample > said.lowerBound
            && candidate.endSample <= said.upperBound + Self.toleranceSamples
      }
      // A phrase within running speech, or heard at another time, is neither a match nor a false alarm.
      guard isMatch || !isSaid else { continue }
      let logit = head.logit(candidate.features)
      let place = Place(phrase: candidate.phraseIndex, segment: segment)
      if logit > best[place]?.logit ?? -.infinity {
        best[place] = (logit, .init(features: candidate.features.values, isMatch: isMatch), order)
      }
    }
    return best.values.sorted { $0.order < $1.order }.map(\.sample)
  }

  /// The samples of the words that are the given phonemes.
  private static func occurrence(
    of phonemes: [UInt8], in words: [(phonemes: [UInt8], samples: Range<Int64>)]
  ) -> Range<Int64>? {
    for first in words.indices {
      var said: [UInt8] = []
      for last in words[first...].indices where said.count < phonemes.count {
        said += words[last].phonemes
        if said == phonemes { return words[first].samples.lowerBound..<words[last].samples.upperBound }
      }
    }
    return nil
  }
}
