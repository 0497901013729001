import CoreMemory

/// Finds where the phonemes of enrolled phrases go by: token passing over every variant at once.
///
/// Per frame t and class k, `g_k(t) = log p_k(t) − max_j log p_j(t) ≤ 0` is the log-likelihood ratio between the class and
/// the best one. A variant's states are phoneme 0, blank, phoneme 1, blank, … phoneme U−1 (the topology of CTC): phonemes
/// and blanks may last, a blank may be left out except between two equal phonemes. A path may start at any frame. Its score is
/// V = Σ g; the variant's score at t is `s(t) = V / U` of the best path that ends in the last phoneme at t.
///
/// A *peak* of s(t) above a floor is closed when s has not risen for some frames. Afterwards a path that starts inside a
/// closed peak counts only where it is better than that peak, so that the echo of a peak is not another one.
///
/// A path of a phrase that says a word twice, "hey hey computer", must also stand up to ``RepetitionRivals``.
///
/// All memory is taken by `init`, from a workspace or an allocation of its own; ``step(_:)`` is real-time safe and its cost is
/// proportional to the number of phonemes. One thread at a time.
///
/// - Reference: Young, Russell, Thornton 1989, "Token passing: a simple conceptual model for connected speech recognition".
public struct PhraseMatcher: ~Copyable {
  /// The best moment of a variant since it rose above the floor.
  public struct Peak: Equatable, Sendable {
    /// Index among the variants that the matcher was given.
    public var variantIndex: Int
    /// s = V / U.
    public var score: Float
    /// The smallest Σ g of one phoneme along the path, its following blanks included.
    public var minimumRatio: Float
    /// The frame of the path's first phoneme, and the frame of its end, both part of it.
    public var startFrame: Int64
    public var endFrame: Int64

    public init(variantIndex: Int, score: Float, minimumRatio: Float, startFrame: Int64, endFrame: Int64) {
      self.variantIndex = variantIndex
      self.score = score
      self.minimumRatio = minimumRatio
      self.startFrame = startFrame
      self.endFrame = endFrame
    }

    /// Frames of the path.
    public var frameCount: Int { Int(endFrame - startFrame) + 1 }

    /// Whether the two share a frame.
    func overlaps(startFrame: Int64, endFrame: Int64) -> Bool {
      self.startFrame <= endFrame && startFrame <= self.endFrame
    }
  }

  struct Variant {
    /// Position of the last phoneme.
    var lastPosition: Int
    var phonemeCount: Int
    /// The floor times U: a path below it cannot be a candidate.
    var scoreFloor: Float
    /// The rivals of its phrase.
    var rivals: Range<Int>
    var isOpen = false
    /// The open peak, or the one closed last.
    var peak: Peak
  }

  public let variantCount: Int
  /// Index of the next frame.
  public private(set) var frameIndex: Int64 = 0
  let configuration: SpotterConfiguration
  let variants: UnsafeMutablePointer<Variant>
  private var rivals: RepetitionRivals
  /// `[variantCount]`, of which the first `closedCount` are in use.
  private let closed: UnsafeMutablePointer<Peak>
  private var closedCount = 0
  private(set) var phonemes: MatcherTokens
  private(set) var blanks: MatcherTokens
  /// `[count]` class of each position; ``entryClass`` for the position before a variant's first phoneme.
  private let classes: UnsafeMutablePointer<UInt8>
  /// `[count]` added to a step from the phoneme before: −∞ where a blank must come between, or there is none before.
  private let directPenalties: UnsafeMutablePointer<Float>
  /// `[count]` added to a blank: −∞ where the topology has none.
  private let blankPenalties: UnsafeMutablePointer<Float>
  /// `[count]` 1, or 0 for an entry position, whose token is always about to start.
  private let ageSteps: UnsafeMutablePointer<Float>
  /// `[41]` g of every class, and 0 for ``entryClass``.
  private let ratios: UnsafeMutablePointer<Float>

  private static let entryClass = UInt8(Phoneme.classCount)
  private var memory = WorkspaceMemory()

  /// Bytes of workspace that the matcher of these variants takes.
  public static func requiredByteCount(_ variants: some Sequence<PhraseVariantView>) -> Int {
    var workspace = Workspace.measuring()
    _ = PhraseMatcher(variants, configuration: SpotterConfiguration(), in: &workspace)
    return workspace.usedBytes
  }

  /// Allocates memory of its own.
  ///
  /// - Parameter variants: the phonemes of each variant, raw values of ``Phoneme``.
  /// - Precondition: every variant has a phoneme.
  public init(_ variants: [[UInt8]], configuration: SpotterConfiguration = SpotterConfiguration()) {
    let copies = PhraseCopies(phonemes: variants)
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(copies.variants))
    var workspace = memory.workspace()
    self.init(copies.variants, configuration: configuration, in: &workspace)
    self.memory = memory
  }

  /// Allocates memory of its own.
  ///
  /// - Parameter words: the phonemes of each word of each variant; the variants are those of one phrase.
  /// - Precondition: every variant has a phoneme.
  public init(words: [[[UInt8]]], configuration: SpotterConfiguration = SpotterConfiguration()) {
    let copies = PhraseCopies(words: words)
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(copies.variants))
    var workspace = memory.workspace()
    self.init(copies.variants, configuration: configuration, in: &workspace)
    self.memory = memory
  }

  /// Takes its memory from a workspace and allocates nothing; only the variants' phonemes and words are read, and copied.
  ///
  /// - Parameter variants: those of a phrase one after the other; gives the same variants whenever it is gone through.
  /// - Precondition: every variant has a phoneme.
  public init(
    _ variants: some Sequence<PhraseVariantView>, configuration: SpotterConfiguration, in workspace: inout Workspace
  ) {
    self.configuration = configuration
    // One position a phoneme and one before each variant, from which paths enter it.
    var positionCount = 0
    var variantCount = 0
    var rivalCount = 0
    for variant in variants {
      precondition(!variant.phonemes.isEmpty, "a variant has at least one phoneme")
      positionCount += variant.phonemes.count + 1
      variantCount += 1
      variant.forEachRepetition {
        positionCount += variant.phonemes.count - $0.count + 1
        rivalCount += 1
      }
    }
    self.variantCount = variantCount
    let count = (positionCount + 7) / 8 * 8
    phonemes = MatcherTokens(count: count, in: &workspace)
    blanks = MatcherTokens(count: count, in: &workspace)
    classes = workspace.take(count, repeating: Self.entryClass)
    directPenalties = workspace.take(count, repeating: -.infinity)
    blankPenalties = workspace.take(count, repeating: -.infinity)
    ageSteps = workspace.take(count, repeating: 0)
    ratios = workspace.take(Phoneme.classCount + 1, repeating: 0)
    self.variants = workspace.take(variantCount, of: Variant.self)
    closed = workspace.take(variantCount, of: Peak.self)
    rivals = RepetitionRivals(count: rivalCount, candidateFloor: configuration.candidateFloor, in: &workspace)
    guard !workspace.isMeasuring else { return }
    var position = 0
    for variant in variants { position = enter(variant.phonemes, without: nil, at: position) }
    for variant in variants {
      variant.forEachRepetition {
        position = enter(variant.phonemes, without: $0, at: position)
        rivals.append(
          lastPosition: position - 1, phraseIndex: variant.phraseIndex,
          phonemeCount: variant.phonemes.count - $0.count, repeatedCount: $0.count)
      }
    }
    position = 0
    var variantIndex = 0
    for variant in variants {
      position += variant.phonemes.count + 1
      (self.variants + variantIndex).initialize(
        to: Variant(
          lastPosition: position - 1, phonemeCount: variant.phonemes.count,
          scoreFloor: configuration.candidateFloor * Float(variant.phonemes.count),
          rivals: rivals.range(ofPhrase: variant.phraseIndex),
          peak: Peak(variantIndex: variantIndex, score: -.infinity, minimumRatio: 0, startFrame: -1, endFrame: -1)))
      variantIndex += 1
    }
    reset()
  }

  /// Lays out a variant from a position on, without the phonemes at the indices given; returns the position after it.
  private func enter(_ variant: UnsafeBufferPointer<UInt8>, without left: Range<Int>?, at start: Int) -> Int {
    var position = start + 1
    var previous: UInt8?
    for (index, phoneme) in variant.enumerated() {
      precondition(Int(phoneme) < Phoneme.count, "not a phoneme")
      if let left, left.contains(index) { continue }
      classes[position] = phoneme
      directPenalties[position] = previous == phoneme ? -.infinity : 0
      blankPenalties[position] = 0
      ageSteps[position] = 1
      previous = phoneme
      position += 1
    }
    // After the last phoneme the topology has no blank.
    blankPenalties[position - 1] = -.infinity
    return position
  }

  /// Forgets the stream: the next frame has this index.
  public mutating func reset(atFrame frame: Int64 = 0) {
    frameIndex = frame
    closedCount = 0
    phonemes.clear()
    blanks.clear()
    rivals.reset()
    for position in 0..<phonemes.count where classes[position] == Self.entryClass {
      // A path about to start: score 0, no frames yet, and no phoneme before that could be the smallest.
      phonemes.score[position] = 0
      phonemes.current[position] = .infinity
    }
    for index in 0..<variantCount {
      variants[index].isOpen = false
      variants[index].peak.score = -.infinity
      variants[index].peak.endFrame = -1
    }
  }

  /// The peaks that the last ``step(_:)`` or ``closeAll()`` closed, at most one a variant; valid until the next of them.
  public var closedPeaks: UnsafeBufferPointer<Peak> { UnsafeBufferPointer(start: closed, count: closedCount) }

  /// Takes the log posteriors `[40]` of the next frame; afterwards ``closedPeaks`` are the peaks that it closes.
  public mutating func step(_ logPosteriors: UnsafePointer<Float>) {
    closedCount = 0
    advanceTokens(logPosteriors)
    rivals.step(phonemes, frame: frameIndex)
    var index = 0
    while index < variantCount {
      let variant = variants + index
      let score = phonemes.score[variant.pointee.lastPosition]
      let isCandidate =
        score >= variant.pointee.scoreFloor
        && (variant.pointee.rivals.isEmpty || isAllowed(variant.pointee, score: score))
      if isCandidate || variant.pointee.isOpen {
        follow(variant, score: isCandidate ? score / Float(variant.pointee.phonemeCount) : -.infinity)
      }
      index &+= 1
    }
    frameIndex &+= 1
  }

  /// Closes every open peak, as at the end of a stream; afterwards they are the ``closedPeaks``.
  public mutating func closeAll() {
    closedCount = 0
    for index in 0..<variantCount where variants[index].isOpen { close(variants + index) }
  }

  /// Whether a peak is open that overlaps the frames given and has at least the score given.
  public func hasOpenPeak(startFrame: Int64, endFrame: Int64, minimumScore: Float) -> Bool {
    var index = 0
    while index < variantCount {
      let variant = variants + index
      if variant.pointee.isOpen, variant.pointee.peak.score >= minimumScore,
        variant.pointee.peak.overlaps(startFrame: startFrame, endFrame: endFrame)
      {
        return true
      }
      index &+= 1
    }
    return false
  }

  /// The best path of a variant that ends in its last phoneme at the frame stepped last, or nil where there is none yet.
  public func currentPath(variantIndex: Int) -> Peak? {
    let variant = variants[variantIndex]
    let score = phonemes.score[variant.lastPosition]
    return score == -.infinity ? nil : path(variant, score: score / Float(variant.phonemeCount), at: frameIndex - 1)
  }

  /// Whether a path that ends at the frame in progress stands up to the rivals.
  private func isAllowed(_ variant: Variant, score: Float) -> Bool {
    rivals.allow(
      score: score, startFrame: frameIndex &- Int64(phonemes.age[variant.lastPosition]) &+ 1, rivals: variant.rivals)
  }

  private func path(_ variant: Variant, score: Float, at frame: Int64) -> Peak {
    let position = variant.lastPosition
    return Peak(
      variantIndex: variant.peak.variantIndex, score: score,
      minimumRatio: min(phonemes.minimum[position], phonemes.current[position]),
      startFrame: frame &- Int64(phonemes.age[position]) &+ 1, endFrame: frame)
  }

  /// Opens, raises or closes a variant's peak.
  private mutating func follow(_ variant: UnsafeMutablePointer<Variant>, score: Float) {
    if variant.pointee.isOpen {
      if score > variant.pointee.peak.score {
        variant.pointee.peak = path(variant.pointee, score: score, at: frameIndex)
      } else if frameIndex &- variant.pointee.peak.endFrame >= Int64(configuration.closingFrames) {
        close(variant)
      }
    } else {
      let path = path(variant.pointee, score: score, at: frameIndex)
      let closed = variant.pointee.peak
      guard path.startFrame > closed.endFrame || score > closed.score else { return }
      variant.pointee.peak = path
      variant.pointee.isOpen = true
    }
  }

  private mutating func close(_ variant: UnsafeMutablePointer<Variant>) {
    variant.pointee.isOpen = false
    (closed + closedCount).initialize(to: variant.pointee.peak)
    closedCount &+= 1
  }

  /// Moves every token one frame on.
  ///
  /// Eight positions at a time, from the last to the first: a position reads itself and the one before, which must both
  /// still hold the frame before.
  private func advanceTokens(_ logPosteriors: UnsafePointer<Float>) {
    var largest = logPosteriors[0]
    var index = 1
    while index < Phoneme.classCount {
      largest = max(largest, logPosteriors[index])
      index &+= 1
    }
    index = 0
    while index < Phoneme.classCount {
      ratios[index] = logPosteriors[index] - largest
      index &+= 1
    }
    let blankRatio = SIMD8<Float>(repeating: ratios[Phoneme.blankIndex])
    let longestPause = SIMD8<Float>(repeating: Float(configuration.longestPauseFrames))
    let none = SIMD8<Float>(repeating: -.infinity)
    let zero = SIMD8<Float>.zero
    let one = SIMD8<Float>(repeating: 1)

    var position = phonemes.count &- 8
    while position >= 0 {
      let stayScore = phonemes.score.lanes(at: position)
      let stayAge = phonemes.age.lanes(at: position)
      let stayCurrent = phonemes.current.lanes(at: position)
      let stayMinimum = phonemes.minimum.lanes(at: position)

      // The blank after the phoneme: a fresh token from the phoneme, or the one that waits here already. Of two
      // equal ones the fresh one, whose path is the shorter.
      let waitDwell = blanks.dwell.lanes(at: position)
      let waitScore = blanks.score.lanes(at: position).replacing(with: none, where: waitDwell .>= longestPause)
      let fresh = stayScore .>= waitScore
      let blankBefore = position &- 1
      let blankScoreBefore = blanks.score.lanes(at: blankBefore)
      let blankAgeBefore = blanks.age.lanes(at: blankBefore)
      let blankCurrentBefore = blanks.current.lanes(at: blankBefore)
      let blankMinimumBefore = blanks.minimum.lanes(at: blankBefore)
      let blankAge = blanks.age.lanes(at: position).replacing(with: stayAge, where: fresh)
      let blankCurrent = blanks.current.lanes(at: position).replacing(with: stayCurrent, where: fresh)
      let blankMinimum = blanks.minimum.lanes(at: position).replacing(with: stayMinimum, where: fresh)
      let penalty = UnsafePointer(blankPenalties).lanes(at: position)
      blanks.score.setLanes(waitScore.replacing(with: stayScore, where: fresh) + blankRatio + penalty, at: position)
      blanks.age.setLanes(blankAge + one, at: position)
      blanks.current.setLanes(blankCurrent + blankRatio, at: position)
      blanks.minimum.setLanes(blankMinimum, at: position)
      blanks.dwell.setLanes(waitDwell.replacing(with: zero, where: fresh) + one, at: position)

      // The phoneme: a token that stays, or one from the phoneme before, directly or through the blank between. Of
      // equal ones the one that stays, which has the earlier start.
      let directScore =
        phonemes.score.lanes(at: position &- 1) + UnsafePointer(directPenalties).lanes(at: position)
      let direct = directScore .>= blankScoreBefore
      let enterScore = blankScoreBefore.replacing(with: directScore, where: direct)
      let enterAge = blankAgeBefore.replacing(with: phonemes.age.lanes(at: position &- 1), where: direct)
      let enterCurrent = blankCurrentBefore.replacing(with: phonemes.current.lanes(at: position &- 1), where: direct)
      let enterMinimum = blankMinimumBefore.replacing(with: phonemes.minimum.lanes(at: position &- 1), where: direct)
      let stays = stayScore .>= enterScore
      let ratio = gather(at: position)
      phonemes.score.setLanes(enterScore.replacing(with: stayScore, where: stays) + ratio, at: position)
      phonemes.age.setLanes(
        enterAge.replacing(with: stayAge, where: stays) + UnsafePointer(ageSteps).lanes(at: position), at: position)
      phonemes.current.setLanes(zero.replacing(with: stayCurrent, where: stays) + ratio, at: position)
      // The phoneme before is finished by entering this one.
      let finished = enterMinimum.replacing(with: enterCurrent, where: enterCurrent .< enterMinimum)
      phonemes.minimum.setLanes(finished.replacing(with: stayMinimum, where: stays), at: position)
      position &-= 8
    }
  }

  @inline(__always)
  private func gather(at position: Int) -> SIMD8<Float> {
    let next = classes + position
    return SIMD8(
      ratios[Int(next[0])], ratios[Int(next[1])], ratios[Int(next[2])], ratios[Int(next[3])],
      ratios[Int(next[4])], ratios[Int(next[5])], ratios[Int(next[6])], ratios[Int(next[7])])
  }
}
