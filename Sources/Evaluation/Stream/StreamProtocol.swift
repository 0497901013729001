import KeywordSpotting
import ModelFormat
import Training

/// Inputs and constants of a stream evaluation.
public struct StreamOptions: Sendable {
  /// Decibels of active speech over noise; `nil` for a stream without noise.
  public var signalToNoiseDecibels: Double? = 10
  /// At most this many recordings of a phrase are used, drawn with the seed.
  public var occurrencesPerPhrase = 100
  /// Phrases with fewer recordings are reported, but left out of the mean.
  public var occurrencesForMean = 10
  /// Operating points.
  public var falseAlarmsPerHour = [0.1, 0.5, 1]
  /// The operating point at which latency is measured.
  public var latencyFalseAlarmsPerHour = 0.5
  /// At most this much background; the whole by default.
  public var longestBackgroundHours = Double.infinity
  public var seed: UInt64 = 1

  public init() {}
}

/// The stream protocol: phrases said in running speech, under noise.
///
/// All phrases are enrolled at once, and every candidate of the search is kept with its log odds, so that one pass over the stream
/// gives all operating points of all phrases. What becomes an event at a threshold is decided as ``StreamOutcome`` says.
public struct StreamProtocol {
  /// - Parameters:
  ///   - background: utterances with text; those that contain a phrase, or words that sound the same, are left out.
  ///   - phrases: utterances whose text is the phrase that they hold.
  ///   - noise: clips without text; those of a `train` split are left out.
  ///   - progress: seconds of the stream done, of how many.
  public static func run(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    scorer: some AcousticScorer, options: StreamOptions = .init(), bootstrap: Bootstrap? = Bootstrap(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> StreamReport {
    let material = try StreamMaterial(
      background: background, phrases: phrases, noise: noise, model: model, options: options)
    var enrollments: [Enrollment] = []
    for text in material.texts {
      do {
        // Threshold 0: a candidate's report then comes as late as an event's would.
        enrollments.append(try model.enroller.enroll(text.lowercased(), threshold: 0).enrollment)
      } catch {
        throw .phrase(text: text, error)
      }
    }

    let schedule = material.schedule(seed: options.seed)
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: material.noiseClips,
      signalToNoiseDecibels: options.signalToNoiseDecibels ?? 0, seed: options.seed)
    let detector = StreamDetector(model: model, enrollments: enrollments)
    scorer.resetStream()
    while let samples = renderer.next(clip: { material.samples(of: $0) }) {
      detector.process(samples, scorer: scorer)
      progress(Int(detector.sampleCount / 16_000), Int(schedule.sampleCount / 16_000))
    }
    detector.finish()
    return StreamReport(
      texts: material.texts, candidates: detector.candidates, occurrences: renderer.occurrences,
      streamSampleCount: schedule.sampleCount, leftOutBackgroundCount: material.leftOutCount, options: options,
      bootstrap: bootstrap, heard: { material.heard($0, schedule) })
  }
}

/// The clips of a stream.
struct StreamMaterial {
  /// The phrases as the corpora spell them, in order of first appearance.
  private(set) var texts: [String] = []
  private(set) var noiseClips: [[Int16]] = []
  /// Background utterances that contain a phrase.
  private(set) var leftOutCount = 0
  private var backgroundClips: [(PreparedCorpus, Utterance)] = []
  private var phraseClips: [(phraseIndex: Int, corpus: PreparedCorpus, utterance: Utterance)] = []

  init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus], model: EvaluatedModel,
    options: StreamOptions
  ) throws(EvaluationError) {
    var generator = SplitMix64(seed: options.seed ^ 0x636C_6970_73)
    var byText: [String: [(PreparedCorpus, Utterance)]] = [:]
    for corpus in phrases {
      for utterance in corpus.utterances where !utterance.isNoise {
        if byText[utterance.text] == nil { texts.append(utterance.text) }
        byText[utterance.text, default: []].append((corpus, utterance))
      }
    }
    guard !texts.isEmpty else { throw .nothingToEvaluate(reason: "the phrase corpora have no clip with text") }
    for (index, text) in texts.enumerated() {
      for (corpus, utterance) in generator.sample(options.occurrencesPerPhrase, of: byText[text]!) {
        phraseClips.append((index, corpus, utterance))
      }
    }

    var occurrences = PhraseSearch(texts, model: model)
    var limit = options.longestBackgroundHours * 3_600
    for corpus in background {
      for utterance in corpus.utterances where !utterance.isNoise && limit > 0 {
        if occurrences.isPhrase(in: utterance.words.map(String.init)) {
          leftOutCount += 1
        } else {
          backgroundClips.append((corpus, utterance))
          limit -= utterance.duration
        }
      }
    }
    guard !backgroundClips.isEmpty else {
      throw .nothingToEvaluate(reason: "the background corpora have no utterance with text")
    }

    guard options.signalToNoiseDecibels != nil else { return }
    for corpus in noise {
      for utterance in corpus.utterances where utterance.isNoise && utterance.split != "train" {
        noiseClips.append(Array(corpus.samples(of: utterance)))
      }
    }
    guard !noiseClips.isEmpty else {
      throw .nothingToEvaluate(
        reason: "the noise corpora have no clip reserved for evaluation; prepare them with --split dev, or ask for "
          + "a clean stream")
    }
  }

  func schedule(seed: UInt64) -> StreamSchedule {
    StreamSchedule(
      backgroundSampleCounts: backgroundClips.map { $0.1.range.count },
      phraseClips: phraseClips.map { ($0.phraseIndex, $0.utterance.range.count) }, seed: seed)
  }

  func samples(of item: StreamItem) -> [Int16] {
    let (corpus, utterance) = clip(item)
    return Array(corpus.samples(of: utterance))
  }

  /// Ids and texts of the clips that a candidate touches.
  func heard(_ candidate: StreamCandidate, _ schedule: StreamSchedule) -> String {
    schedule.items.filter { $0.startSample < candidate.endSample && candidate.startSample < $0.endSample }
      .map { clip($0).1 }.map { "\($0.id): \($0.text)" }.joined(separator: " | ")
  }

  private func clip(_ item: StreamItem) -> (PreparedCorpus, Utterance) {
    if item.phraseIndex == nil { return backgroundClips[item.clipIndex] }
    let clip = phraseClips[item.clipIndex]
    return (clip.corpus, clip.utterance)
  }
}

/// Finds phrases in running text by their sound: CHRISTOPHER is CRISTOPHER said.
struct PhraseSearch {
  /// Every pronunciation of every phrase.
  private let wanted: Set<[UInt8]>
  private var lookup: PronunciationCache

  init(_ texts: [String], model: EvaluatedModel) {
    lookup = PronunciationCache(model)
    wanted = Set(texts.flatMap { model.pronunciations(of: $0) })
  }

  /// True where consecutive words, each said in its usual way, are a phrase.
  mutating func isPhrase(in words: [String]) -> Bool {
    let usual = words.map { lookup[$0].first ?? [Self.unpronounceable] }
    let longest = wanted.map(\.count).max() ?? 0
    for first in usual.indices {
      var phonemes: [UInt8] = []
      for word in usual[first...] where phonemes.count < longest {
        phonemes += word
        if wanted.contains(phonemes) { return true }
      }
    }
    return false
  }

  /// Stands for a word that nobody can say, and is part of no phrase.
  private static let unpronounceable: UInt8 = 255
}

/// Runs the device's search over a stream and keeps every candidate.
final class StreamDetector {
  private(set) var candidates: [StreamCandidate] = []
  /// Samples heard so far.
  private(set) var sampleCount: Int64 = 0
  private let head: AcousticModel.ScoreHead
  private var spotter: EmbeddingSpotter

  init(model: EvaluatedModel, enrollments: [Enrollment]) {
    head = model.model.streamHead
    spotter = EmbeddingSpotter(model: model.model, enrollments: enrollments)
  }

  /// Hears the next samples, a hop of 10 ms at a time, so that a report's time is known to 10 ms.
  func process(_ samples: [Int16], scorer: some AcousticScorer) {
    samples.withUnsafeBufferPointer { samples in
      for start in stride(from: 0, to: samples.count, by: 160) {
        let chunk = UnsafeBufferPointer(rebasing: samples[start..<min(start + 160, samples.count)])
        sampleCount += Int64(chunk.count)
        scorer.encode(stream: chunk) { unit, logPosteriors in
          spotter.process(
            unit: unit, logPosteriors: logPosteriors, onCandidate: { keep($0) }, onDetection: { _ in })
        }
      }
    }
  }

  func finish() {
    spotter.finish(onCandidate: { keep($0) }, onDetection: { _ in })
  }

  private func keep(_ candidate: Candidate) {
    candidates.append(
      StreamCandidate(
        phraseIndex: candidate.phraseIndex, startSample: candidate.startSample, endSample: candidate.endSample,
        score: head.logit(candidate.features.values), reportedSample: sampleCount))
  }
}
