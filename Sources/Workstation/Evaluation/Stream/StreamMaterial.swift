import SeededRandom
import TextEnrollment
import Training

/// The clips of a stream.
struct StreamMaterial {
  /// The phrases in the spelling of the corpora, in order of first appearance.
  private(set) var texts: [String] = []
  private(set) var noiseClips: [[Int16]] = []
  /// Background utterances that contain a phrase.
  private(set) var leftOutCount = 0
  private var backgroundClips: [(PreparedCorpus, Utterance)] = []
  private var phraseClips: [(phraseIndex: Int, corpus: PreparedCorpus, utterance: Utterance, part: Range<Int>)] = []

  /// - Parameter noise: `nil` for a stream without noise.
  init(
    background: [PreparedCorpus], phrases: [PreparedCorpus], noise: [PreparedCorpus]?, model: EvaluatedModel,
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
        var part = 0..<utterance.range.count
        if options.pauses != .around {
          let active = SpeechActivity(Array(corpus.samples(of: utterance))).range
          part = max(0, active.lowerBound - 800)..<min(part.upperBound, active.upperBound + 800)
        }
        phraseClips.append((index, corpus, utterance, part))
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

    if let noise { noiseClips = try Self.noiseClips(of: noise) }
  }

  /// The clips without text that are reserved for evaluation; at least one.
  static func noiseClips(of corpora: [PreparedCorpus]) throws(EvaluationError) -> [[Int16]] {
    var clips: [[Int16]] = []
    for corpus in corpora {
      for utterance in corpus.utterances where utterance.isNoise && utterance.split != "train" {
        clips.append(Array(corpus.samples(of: utterance)))
      }
    }
    guard !clips.isEmpty else {
      throw .nothingToEvaluate(
        reason: "the noise corpora have no clip reserved for evaluation; prepare them with --split dev or evaluate "
          + "a clean stream")
    }
    return clips
  }

  /// The phrases as enrolled, in the order of ``texts``.
  func enrolled(_ model: EvaluatedModel) throws(EvaluationError) -> [TriedPhrase] {
    var phrases: [TriedPhrase] = []
    for text in texts {
      do {
        // Threshold 0 delays the report of a candidate by as much as that of an event.
        let enrolled = try model.enroller.enroll(text.lowercased(), threshold: 0)
        phrases.append(TriedPhrase(enrolled.enrollment, enrolled.report))
      } catch {
        throw .phrase(text: text, error)
      }
    }
    return phrases
  }

  func schedule(pauses: PhrasePauses, seed: UInt64) -> StreamSchedule {
    StreamSchedule(
      backgroundSampleCounts: backgroundClips.map { $0.1.range.count },
      phraseClips: phraseClips.map { ($0.phraseIndex, $0.part.count) }, pauses: pauses, seed: seed)
  }

  func samples(of item: StreamItem) -> [Int16] {
    let (corpus, utterance) = clip(item)
    let samples = corpus.samples(of: utterance)
    return item.phraseIndex == nil ? Array(samples) : Array(samples[phraseClips[item.clipIndex].part])
  }

  /// The clips that overlap a range of the stream.
  func clips(from start: Int64, to end: Int64, _ schedule: StreamSchedule) -> [StreamClip] {
    schedule.items.filter { $0.startSample < end && start < $0.endSample }.map { StreamClip(clip($0).1) }
  }

  /// The number of recordings of phrases.
  var phraseClipCount: Int { phraseClips.count }

  /// The phrase of a recording.
  func phraseIndex(ofClip index: Int) -> Int { phraseClips[index].phraseIndex }

  /// An unmodified recording of a phrase.
  func phraseSamples(_ index: Int) -> [Int16] {
    Array(phraseClips[index].corpus.samples(of: phraseClips[index].utterance))
  }

  /// The number of background utterances.
  var backgroundClipCount: Int { backgroundClips.count }

  func backgroundSamples(_ index: Int) -> [Int16] {
    Array(backgroundClips[index].0.samples(of: backgroundClips[index].1))
  }

  /// A recording of a phrase.
  func phraseClip(_ index: Int) -> StreamClip { StreamClip(phraseClips[index].utterance) }

  private func clip(_ item: StreamItem) -> (PreparedCorpus, Utterance) {
    if item.phraseIndex == nil { return backgroundClips[item.clipIndex] }
    let clip = phraseClips[item.clipIndex]
    return (clip.corpus, clip.utterance)
  }
}
