import KeywordSpotting

/// The reason why an utterance could not be aligned with its transcript.
public enum AlignmentError: Error, Equatable, Sendable {
  /// A word of the transcript has no pronunciation, or an empty one.
  case noPronunciation(wordIndex: Int)
  /// The transcript's shortest path has more states than the utterance has frames (40 ms each).
  case tooFewFrames(needed: Int, available: Int)
  /// A pronunciation contains a value that is not a phoneme class (0…38).
  case notAPhoneme(wordIndex: Int, value: UInt8)
}

/// One phoneme of an alignment.
public struct PhoneSegment: Equatable, Sendable {
  /// The phoneme's class, 0…38.
  public var phoneme: UInt8
  /// First frame that the best path spends in this phoneme: the CTC spike, not the phone's whole extent.
  public var firstFrame: Int
  /// Last frame that the best path spends in this phoneme.
  public var lastFrame: Int
  /// Start of the phone in seconds from the start of the utterance, placed by the rule of ``ForcedAligner``.
  public var startSeconds: Double
  /// End of the phone in seconds from the start of the utterance.
  public var endSeconds: Double
}

/// One word of an alignment.
public struct WordSegment: Equatable, Sendable {
  /// Index into the transcript's words.
  public var wordIndex: Int
  /// Index of the pronunciation on the best path.
  public var variantIndex: Int
  /// Start of the first phone, in seconds from the start of the utterance.
  public var startSeconds: Double
  /// End of the last phone, in seconds from the start of the utterance.
  public var endSeconds: Double
  /// The word's phones in order. Adjacent phones share a boundary.
  public var phones: [PhoneSegment]
  /// Mean over the phones of the highest `log p(phone)` within the spike. Near 0 means that the network is certain.
  public var meanPhoneLogPosterior: Float
}

/// An utterance's best path.
public struct UtteranceAlignment: Equatable, Sendable {
  /// One segment per word of the transcript, in order.
  public var words: [WordSegment]
  /// Sum over the frames of `log p(path) − max_k log p(k)`, divided by the number of phones; at most 0.
  /// Below about −3, the transcript and the recording do not match.
  public var meanLogLikelihoodRatio: Float
}

/// Forced alignment of a transcript with the posteriors of a CTC network.
///
/// The best path is exact: a Viterbi search over a lattice that contains *all* pronunciations of every word in
/// parallel, with an optional blank between phones (mandatory between two equal ones) and around words. The search
/// takes O(frames · states), about 2 ns per product.
///
/// **Boundary placement.** A CTC network emits a spike of one or two frames inside each phone and blank elsewhere,
/// which leaves the extent of a phone open. Two rules place the boundaries:
/// 1. *Gaps*: a fixed share of the blank frames between two spikes goes to the earlier phone (`wordGapShare` across
///    words, ½ inside a word, where no silence is assumed). A gap across words of more than
///    `longestBridgedGapFrames` is silence: the earlier word ends `tailFrames` after its last spike, and the later
///    word begins `leadFrames` before its first. The ends of the utterance are treated as such gaps.
/// 2. *Blank prior*: the search subtracts `blankPenalty` nats from `log p(blank)`, which divides out the prior of blank
///    and extends phones into the frames where they score almost as high. The default is 0: with networks from this
///    trainer every penalty made word boundaries worse, because the words around a pause grow into it.
///
/// The constants minimize the deviation from the alignments of `librispeech-aligned`: word boundaries deviate by 19 ms
/// on average, and 95 % of them by at most 50 ms (`cooee-train align --reference`).
///
/// Frame `j` stands for the middle of its samples `[640 j, 640 j + 400)`, plus `offsetSeconds` for a network whose
/// spikes come early or late. Pure and thread-safe. Allocates on every call.
///
/// - Reference: Graves et al. 2006 (CTC topology); Huang et al. 2024, arXiv:2406.02560 (label priors against peaks).
public struct ForcedAligner: Sendable {
  /// Constants of the boundary rule. Durations in frames of 40 ms may be fractional.
  public struct Configuration: Equatable, Sendable {
    /// Nats subtracted from `log p(blank)` in the search.
    public var blankPenalty: Float = 0
    /// Share of a bridged gap between two words that goes to the earlier word, 0…1.
    public var wordGapShare: Double = 0.5
    /// The longest gap between two words, in frames, that is divided between them. A longer gap is silence.
    public var longestBridgedGapFrames = 3
    /// Extent of a word past its last spike before silence, in frames.
    public var tailFrames: Double = 0.5
    /// Extent of a word ahead of its first spike after silence, in frames.
    public var leadFrames: Double = 0.75
    /// Added to every time, in seconds.
    public var offsetSeconds: Double = 0

    /// Creates the default constants, fitted to `librispeech-aligned`.
    public init() {}
  }

  /// The constants of the boundary rule.
  public var configuration: Configuration

  /// Creates an aligner.
  ///
  /// - Precondition: `0 ≤ wordGapShare ≤ 1`, and `tailFrames + leadFrames ≤ longestBridgedGapFrames + 1`. Otherwise
  ///   segments could overlap.
  public init(configuration: Configuration = .init()) {
    precondition((0...1).contains(configuration.wordGapShare), "wordGapShare outside 0…1")
    precondition(
      configuration.tailFrames + configuration.leadFrames <= Double(configuration.longestBridgedGapFrames + 1),
      "tail and lead would overlap")
    self.configuration = configuration
  }

  /// Aligns one utterance.
  ///
  /// | operand         | shape                        | meaning                                        |
  /// |-----------------|------------------------------|------------------------------------------------|
  /// | `logPosteriors` | `[frameCount, 40]`           | natural logarithms, class 39 is blank          |
  /// | `words`         | `[word][variant][phoneme]`   | pronunciations, classes 0…38, none of them empty |
  ///
  /// An empty transcript gives an empty alignment.
  ///
  /// - Throws: ``AlignmentError``.
  /// - Precondition: `logPosteriors.count ≥ frameCount · 40`; no NaN.
  public func align(
    logPosteriors: UnsafeBufferPointer<Float>, frameCount: Int, words: [[[UInt8]]]
  ) throws(AlignmentError) -> UtteranceAlignment {
    precondition(logPosteriors.count >= frameCount * Phoneme.classCount)
    let lattice = try AlignmentLattice(words: words)
    guard !words.isEmpty else { return UtteranceAlignment(words: [], meanLogLikelihoodRatio: 0) }
    guard frameCount >= lattice.shortestPathFrames else {
      throw .tooFewFrames(needed: lattice.shortestPathFrames, available: frameCount)
    }
    let path = lattice.bestPath(
      logPosteriors: logPosteriors, frameCount: frameCount, blankPenalty: configuration.blankPenalty)
    return place(path, lattice, logPosteriors, frameCount)
  }

  /// Aligns one utterance whose posteriors are in an array.
  public func align(
    logPosteriors: [Float], frameCount: Int, words: [[[UInt8]]]
  ) throws(AlignmentError) -> UtteranceAlignment {
    let result = logPosteriors.withUnsafeBufferPointer { buffer in
      Result { () throws(AlignmentError) in
        try align(logPosteriors: buffer, frameCount: frameCount, words: words)
      }
    }
    return try result.get()
  }

  /// Converts a position on the frame axis, where `j` is the middle of frame `j`, to seconds.
  private func seconds(_ frame: Double) -> Double {
    (640 * frame + 200) / 16_000 + configuration.offsetSeconds
  }

  /// Converts the states of the best path to words with times.
  private func place(
    _ path: [Int32], _ lattice: AlignmentLattice, _ logPosteriors: UnsafeBufferPointer<Float>, _ frameCount: Int
  ) -> UtteranceAlignment {
    var words: [WordSegment] = []
    var ratio: Float = 0
    var phoneCount = 0
    var peaks: [Float] = []
    var previousState: Int32 = -1
    for frame in 0..<frameCount {
      let state = path[frame]
      let row = UnsafeBufferPointer(
        rebasing: logPosteriors[frame * Phoneme.classCount..<(frame + 1) * Phoneme.classCount])
      let own = row[Int(lattice.classes[Int(state)])]
      ratio += own - row.max()!
      let wordIndex = Int(lattice.wordIndices[Int(state)])
      if lattice.isPhone(Int(state)) {
        if state == previousState {
          words[words.count - 1].phones[words[words.count - 1].phones.count - 1].lastFrame = frame
          peaks[peaks.count - 1] = max(peaks[peaks.count - 1], own)
        } else {
          if words.last?.wordIndex != wordIndex {
            words.append(
              WordSegment(
                wordIndex: wordIndex, variantIndex: Int(lattice.variantIndices[Int(state)]), startSeconds: 0,
                endSeconds: 0, phones: [], meanPhoneLogPosterior: 0))
          }
          words[words.count - 1].phones.append(
            PhoneSegment(
              phoneme: lattice.classes[Int(state)], firstFrame: frame, lastFrame: frame, startSeconds: 0, endSeconds: 0)
          )
          peaks.append(own)
          phoneCount += 1
        }
      }
      previousState = state
    }

    var peakIndex = 0
    for index in words.indices {
      let count = words[index].phones.count
      words[index].meanPhoneLogPosterior = peaks[peakIndex..<peakIndex + count].reduce(0, +) / Float(count)
      peakIndex += count
      placePhonesInside(&words[index])
    }
    placeWordBoundaries(&words, frameCount: frameCount)
    return UtteranceAlignment(words: words, meanLogLikelihoodRatio: ratio / Float(phoneCount))
  }

  private func placePhonesInside(_ word: inout WordSegment) {
    for index in word.phones.indices.dropFirst() {
      let boundary = seconds(Double(word.phones[index - 1].lastFrame + word.phones[index].firstFrame) / 2)
      word.phones[index - 1].endSeconds = boundary
      word.phones[index].startSeconds = boundary
    }
  }

  private func placeWordBoundaries(_ words: inout [WordSegment], frameCount: Int) {
    let lead = configuration.leadFrames + 0.5
    let tail = configuration.tailFrames + 0.5
    func setStart(_ index: Int, _ time: Double) {
      words[index].startSeconds = max(0, time)
      words[index].phones[0].startSeconds = max(0, time)
    }
    func setEnd(_ index: Int, _ time: Double) {
      words[index].endSeconds = time
      words[index].phones[words[index].phones.count - 1].endSeconds = time
    }
    setStart(0, seconds(Double(words[0].phones[0].firstFrame) - lead))
    for index in words.indices.dropFirst() {
      let last = words[index - 1].phones.last!.lastFrame
      let first = words[index].phones[0].firstFrame
      let gap = first - last - 1
      if gap <= configuration.longestBridgedGapFrames {
        let boundary = seconds(Double(last) + 0.5 + Double(gap) * configuration.wordGapShare)
        setEnd(index - 1, boundary)
        setStart(index, boundary)
      } else {
        setEnd(index - 1, seconds(Double(last) + tail))
        setStart(index, seconds(Double(first) - lead))
      }
    }
    let utteranceEnd = seconds(Double(frameCount) - 0.5)
    let last = words.count - 1
    setEnd(last, min(utteranceEnd, seconds(Double(words[last].phones.last!.lastFrame) + tail)))
  }
}
