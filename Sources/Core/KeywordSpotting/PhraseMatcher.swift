import CoreMemory

/// Finds paths through the phonemes of enrolled phrases by token passing over all variants at once.
///
/// For frame t and class k, `g_k(t) = log p_k(t) − max_j log p_j(t) ≤ 0` is the log-likelihood ratio of the class to
/// the best class. The states of a variant are phoneme 0, blank, phoneme 1, blank, … phoneme U−1 (the CTC topology).
/// Phonemes and blanks can last any number of frames. A blank can be skipped unless the phonemes around it are equal. A
/// path can start at any frame. Its score is V = Σ g. The score of the variant at t is `s(t) = V / U` of the best path
/// that ends in the last phoneme at t.
///
/// A *peak* of s(t) above a floor closes when s has not risen for some frames. A later path that starts inside a closed
/// peak counts only if it scores higher than that peak. Otherwise the tail of one peak would open another.
///
/// If a phrase repeats a word, as in "hey hey computer", its paths must also pass the test of ``RepetitionRivals``.
///
/// All memory is taken in `init`, from a workspace or its own allocation. ``step(_:)`` is real-time safe; its cost is
/// proportional to the number of phonemes. Use from one thread at a time.
///
/// - Reference: Young, Russell, Thornton 1989, "Token passing: a simple conceptual model for connected speech
///   recognition".
public struct PhraseMatcher: ~Copyable {
  /// The best path of a variant since its score rose above the floor.
  public struct Peak: Equatable, Sendable {
    /// Index among the variants of the matcher.
    public var variantIndex: Int
    /// s = V / U, in nepers per phoneme.
    public var score: Float
    /// The smallest Σ g of one phoneme along the path, including the blanks that follow it, in nepers.
    public var minimumRatio: Float
    /// The first frame of the path's first phoneme.
    public var startFrame: Int64
    /// The last frame of the path, inclusive.
    public var endFrame: Int64

    /// Creates a peak from its values.
    public init(variantIndex: Int, score: Float, minimumRatio: Float, startFrame: Int64, endFrame: Int64) {
      self.variantIndex = variantIndex
      self.score = score
      self.minimumRatio = minimumRatio
      self.startFrame = startFrame
      self.endFrame = endFrame
    }

    /// The number of frames of the path.
    public var frameCount: Int { Int(endFrame - startFrame) + 1 }

    /// Whether the peak shares a frame with `startFrame...endFrame`.
    func overlaps(startFrame: Int64, endFrame: Int64) -> Bool {
      self.startFrame <= endFrame && startFrame <= self.endFrame
    }
  }

  struct Variant {
    /// Position of the last phoneme.
    var lastPosition: Int
    var phonemeCount: Int
    /// The candidate floor times U. Paths below it are not candidates.
    var scoreFloor: Float
    /// The rivals of the variant's phrase.
    var rivals: Range<Int>
    var isOpen = false
    /// The open peak, or the last closed one.
    var peak: Peak
  }

  /// The number of variants.
  public let variantCount: Int
  /// Index of the next frame.
  public private(set) var frameIndex: Int64 = 0
  let configuration: SpotterConfiguration
  let variants: UnsafeMutablePointer<Variant>
  private var rivals: RepetitionRivals
  /// `[variantCount]`; the first `closedCount` are in use.
  private let closed: UnsafeMutablePointer<Peak>
  private var closedCount = 0
  private(set) var phonemes: MatcherTokens
  private(set) var blanks: MatcherTokens
  /// `[count]` class of each position; ``entryClass`` at the position before a variant's first phoneme.
  private let classes: UnsafeMutablePointer<UInt8>
  /// `[count]` added to a step from the previous phoneme: −∞ if a blank must come between, or if there is no previous
  /// phoneme.
  private let directPenalties: UnsafeMutablePointer<Float>
  /// `[count]` added to a blank: −∞ if the topology has none at the position.
  private let blankPenalties: UnsafeMutablePointer<Float>
  /// `[count]` 1, or 0 at an entry position, where a path is always about to start.
  private let ageSteps: UnsafeMutablePointer<Float>
  /// `[41]` g of every class, then 0 for ``entryClass``.
  private let ratios: UnsafeMutablePointer<Float>

  private static let entryClass = UInt8(Phoneme.classCount)
  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that a matcher of these variants takes.
  public static func requiredByteCount(_ variants: some Sequence<PhraseVariantView>) -> Int {
    var workspace = Workspace.measuring()
    _ = PhraseMatcher(variants, configuration: SpotterConfiguration(), in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a matcher that allocates its own memory. Words are unknown, so no repetition is checked.
  ///
  /// - Parameter variants: the phonemes of each variant, as raw values of ``Phoneme``.
  /// - Precondition: each variant has at least one phoneme.
  public init(_ variants: [[UInt8]], configuration: SpotterConfiguration = SpotterConfiguration()) {
    let copies = PhraseCopies(phonemes: variants)
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(copies.variants))
    var workspace = memory.workspace()
    self.init(copies.variants, configuration: configuration, in: &workspace)
    self.memory = memory
  }

  /// Creates a matcher that allocates its own memory, for the variants of one phrase.
  ///
  /// - Parameter words: for each variant, the phonemes of each word, as raw values of ``Phoneme``.
  /// - Precondition: each variant has at least one phoneme.
  public init(words: [[[UInt8]]], configuration: SpotterConfiguration = SpotterConfiguration()) {
    let copies = PhraseCopies(words: words)
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(copies.variants))
    var workspace = memory.workspace()
    self.init(copies.variants, configuration: configuration, in: &workspace)
    self.memory = memory
  }

  /// Creates a matcher in `workspace`, without allocating. It copies the phonemes and words of the variants and reads
  /// nothing else of them.
  ///
  /// - Parameter variants: the variants, grouped by phrase. Every iteration must yield the same variants.
  /// - Precondition: each variant has at least one phoneme.
  public init(
    _ variants: some Sequence<PhraseVariantView>, configuration: SpotterConfiguration, in workspace: inout Workspace
  ) {
    self.configuration = configuration
    // One position per phoneme, and an entry position before each variant.
    var positionCount = 0
    var variantCount = 0
    var rivalCount = 0
    for variant in variants {
      precondition(!variant.phonemes.isEmpty, "a variant must have at least one phoneme")
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
    rivals = RepetitionRivals(count: rivalCount, configuration: configuration, in: &workspace)
    guard !workspace.isMeasuring else { return }
    var position = 0
    for variant in variants { position = enter(variant.phonemes, without: nil, at: position) }
    for variant in variants {
      variant.forEachRepetition {
        position = enter(variant.phonemes, without: $0, at: position)
        rivals.append(
          lastPosition: position - 1, phraseIndex: variant.phraseIndex,
          phonemeCount: variant.phonemes.count - $0.count, repeatedCount: $0.count,
          meetInOneSound: $0.count > 1 && variant.phonemes[$0.lowerBound] == variant.phonemes[$0.upperBound - 1])
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

  /// Lays out a variant from position `start`, without the phonemes at the indices `left`. Returns the position after
  /// it.
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
    // The topology has no blank after the last phoneme.
    blankPenalties[position - 1] = -.infinity
    return position
  }

  /// Resets the stream. The next frame has the index `frame`.
  public mutating func reset(atFrame frame: Int64 = 0) {
    frameIndex = frame
    closedCount = 0
    phonemes.clear()
    blanks.clear()
    rivals.reset()
    for position in 0..<phonemes.count where classes[position] == Self.entryClass {
      // A path about to start: score 0, no frames, and no finished phoneme that could be the smallest.
      phonemes.score[position] = 0
      phonemes.current[position] = .infinity
    }
    for index in 0..<variantCount {
      variants[index].isOpen = false
      variants[index].peak.score = -.infinity
      variants[index].peak.endFrame = -1
    }
  }

  /// The peaks closed by the last call of ``step(_:)`` or ``closeAll()``, at most one per variant. Valid until the next
  /// call.
  public var closedPeaks: UnsafeBufferPointer<Peak> { UnsafeBufferPointer(start: closed, count: closedCount) }

  /// Processes the next frame. ``closedPeaks`` then contains the peaks that it closes.
  ///
  /// - Parameter logPosteriors: `[40]`, natural logarithms of the class probabilities.
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

  /// Closes every open peak, as at the end of a stream. ``closedPeaks`` then contains them.
  public mutating func closeAll() {
    closedCount = 0
    for index in 0..<variantCount where variants[index].isOpen { close(variants + index) }
  }

  /// Whether an open peak overlaps the given frames and scores at least `minimumScore`.
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

  /// The variant's best path that ends in its last phoneme at the latest frame; `nil` if there is none.
  public func currentPath(variantIndex: Int) -> Peak? {
    let variant = variants[variantIndex]
    let score = phonemes.score[variant.lastPosition]
    return score == -.infinity ? nil : path(variant, score: score / Float(variant.phonemeCount), at: frameIndex - 1)
  }

  /// Whether a path that ends at the current frame passes the test of the rivals.
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

  /// Advances every token by one frame.
  ///
  /// Processes eight positions at a time, from last to first: a position reads itself and the position before it, and
  /// both must still contain the values of the previous frame.
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

      // The blank after the phoneme: a new token from the phoneme, or the one already in the blank. On a tie the new
      // one, whose path is shorter.
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

      // The phoneme: a token that stays, or one from the previous phoneme, directly or through the blank between. On a
      // tie the one that stays, which starts earlier.
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
      // Entering this phoneme finishes the previous one.
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
