import CoreMemory

/// Selects the candidates that become detections: at most one per utterance.
///
/// A candidate at or above its phrase's threshold waits while an overlapping candidate may still beat it, and while a
/// longer phrase that contains its phrase may still be in progress. Then it becomes a detection, unless
/// - a better candidate of any phrase or variant, waiting or still open, overlaps it;
/// - it starts before the end of the previous detection, so it belongs to the same utterance;
/// - it ends within the refractory period after the last detection of its phrase.
///
/// If the phrase of one candidate is part of the other's, and its segment is too, the longer phrase is the better one
/// regardless of the scores: a talker who says "turn on the lights" did not say "turn on". Otherwise the better one has
/// the higher score.
///
/// Candidates must arrive in the order in which they close. All memory is taken in `init`, from a workspace or its own
/// allocation. Use from one thread at a time.
public struct Decision: ~Copyable {
  private struct Waiting {
    var candidate: Candidate
    /// The sample at which the candidate is decided, unless a longer phrase is in progress.
    var deadline: Int64
    /// The sample at which the candidate is decided in any case.
    var lastDeadline: Int64
  }

  /// The maximum number of waiting candidates: consecutive parts of a longer phrase.
  package static let capacity = 8

  private let refractorySamples: Int64
  private let waitingSamples: Int64
  private let continuationSamples: Int64
  private let phraseCount: Int
  /// `[phrases]`
  private let thresholds: UnsafeMutablePointer<Float>
  /// `[phrases]` end of each phrase's last detection; initially far in the past.
  private let eventEnds: UnsafeMutablePointer<Int64>
  /// End of the last detection of any phrase.
  private var lastEventEnd: Int64 = 0
  /// `[capacity]`, of which the first ``undecidedCount`` are in use: the best undecided candidates in stream order. No
  /// two overlap.
  private let waiting: UnsafeMutablePointer<Waiting>
  /// The number of candidates that wait for a decision.
  public private(set) var undecidedCount = 0

  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that the decision for `phraseCount` phrases takes.
  public static func requiredByteCount(phraseCount: Int) -> Int {
    var workspace = Workspace.measuring()
    _ = Decision(phraseCount: phraseCount, configuration: SpotterConfiguration(), in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a decision that allocates its own memory.
  ///
  /// - Parameter thresholds: `[phrases]`, the score, 0…1, from which each phrase is detected.
  public init(thresholds: [Float], configuration: SpotterConfiguration) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(phraseCount: thresholds.count))
    var workspace = memory.workspace()
    self.init(phraseCount: thresholds.count, configuration: configuration, in: &workspace)
    self.memory = memory
    for (phrase, threshold) in thresholds.enumerated() { setThreshold(threshold, phraseIndex: phrase) }
  }

  /// Creates a decision in `workspace`, without allocating. A phrase is not detected before its threshold is set.
  public init(phraseCount: Int, configuration: SpotterConfiguration, in workspace: inout Workspace) {
    refractorySamples = Int64(configuration.refractoryMilliseconds) * 16
    waitingSamples = Int64(configuration.waitingFrames * FrameTiming.samplesPerFrame)
    continuationSamples = Int64(configuration.longestContinuationFrames * FrameTiming.samplesPerFrame)
    self.phraseCount = phraseCount
    thresholds = workspace.take(phraseCount, repeating: .infinity)
    eventEnds = workspace.take(phraseCount, repeating: Int64.min / 2)
    waiting = workspace.take(Self.capacity, of: Waiting.self)
  }

  /// The waiting candidate at `index`, in stream order.
  ///
  /// - Precondition: `index` is below ``undecidedCount``.
  public func undecided(_ index: Int) -> Candidate {
    precondition(index >= 0 && index < undecidedCount)
    return waiting[index].candidate
  }

  /// Sets the score, 0…1, from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    precondition(phraseIndex >= 0 && phraseIndex < phraseCount)
    thresholds[phraseIndex] = threshold
  }

  /// Resets the stream.
  public mutating func reset() {
    undecidedCount = 0
    lastEventEnd = 0
    eventEnds.fill(with: Int64.min / 2, count: phraseCount)
  }

  /// Continues in place of another decision over the same stream, which has not processed the candidates waiting here.
  ///
  /// Nothing that `other` reported is reported again.
  mutating func follow(_ other: borrowing Decision) {
    lastEventEnd = max(lastEventEnd, other.lastEventEnd)
    var count = 0
    for index in 0..<undecidedCount where waiting[index].candidate.startSample >= lastEventEnd {
      waiting[count] = waiting[index]
      count &+= 1
    }
    undecidedCount = count
  }

  /// Whether a waiting candidate overlaps a candidate of another decision.
  func hasUndecided(overlapping candidate: Candidate) -> Bool {
    for index in 0..<undecidedCount where Self.overlap(waiting[index].candidate, candidate) { return true }
    return false
  }

  /// Processes a candidate that closed at sample `now` of the stream.
  ///
  /// - Parameters:
  ///   - candidate: a closed candidate. If it scores below its threshold, it is decided at once.
  ///   - now: the sample that the stream has reached.
  ///   - containment: the relations of the same phrases.
  ///   - decided: called for each candidate, new or old, that is decided as a result.
  public mutating func consider(
    _ candidate: Candidate, now: Int64, containment: borrowing PhraseContainment, decided: (Candidate) -> Void
  ) {
    guard candidate.score >= thresholds[candidate.phraseIndex], !isSuppressed(candidate) else {
      decided(candidate)
      return
    }
    var entry = Waiting(
      candidate: candidate, deadline: now &+ waitingSamples, lastDeadline: now &+ continuationSamples)
    var beaten = 0
    var place = undecidedCount
    for index in 0..<undecidedCount where Self.overlap(waiting[index].candidate, candidate) {
      let other = waiting[index]
      // They belong to the same utterance.
      switch Self.longer(candidate, other.candidate, containment) {
      case .first: break
      case .second:
        decided(candidate)
        return
      case .neither:
        guard candidate.score > other.candidate.score else {
          decided(candidate)
          return
        }
        // The better one waits until the deadline of the first.
        entry.deadline = min(entry.deadline, other.deadline)
        entry.lastDeadline = min(entry.lastDeadline, other.lastDeadline)
      }
      if beaten == 0 { place = index }
      beaten &+= 1
    }
    if beaten > 0 {
      // Waiting candidates do not overlap each other, so those that overlap the new one are adjacent.
      for index in place..<place &+ beaten { decided(waiting[index].candidate) }
      waiting[place] = entry
      for index in place &+ beaten..<undecidedCount { waiting[index &+ 1 &- beaten] = waiting[index] }
      undecidedCount &-= beaten &- 1
      return
    }
    // The new candidate begins another utterance, unless it is a part of the same longer phrase.
    var settled = undecidedCount
    while settled > 0 && containment.isPart(waiting[settled &- 1].candidate.phraseIndex) { settled &-= 1 }
    if undecidedCount == Self.capacity { settled = max(settled, 1) }
    settle(settled, decided: decided)
    guard !isSuppressed(candidate) else {
      decided(candidate)
      return
    }
    waiting[undecidedCount] = entry
    undecidedCount &+= 1
  }

  /// Decides the waiting candidate at `index` and all before it, if no open candidate can beat it or its deadline has
  /// passed.
  ///
  /// - Parameters:
  ///   - index: an index of ``undecided(_:)``.
  ///   - now: the sample that the stream has reached.
  ///   - mayBeBeaten: whether an overlapping open candidate may still beat it.
  ///   - isContinued: whether a longer phrase that contains its phrase may still be in progress around it.
  ///   - decided: called for each candidate that is decided.
  /// - Returns: whether it was decided. The first candidate after the decided ones then has the index 0.
  @discardableResult
  public mutating func advance(
    _ index: Int = 0, now: Int64, mayBeBeaten: Bool, isContinued: Bool = false, decided: (Candidate) -> Void
  ) -> Bool {
    guard index < undecidedCount else { return false }
    let entry = waiting[index]
    guard !(mayBeBeaten && now < entry.deadline), !(isContinued && now < entry.lastDeadline) else { return false }
    settle(index &+ 1, decided: decided)
    return true
  }

  /// Decides every waiting candidate now, as at the end of a stream.
  public mutating func settle(decided: (Candidate) -> Void) { settle(undecidedCount, decided: decided) }

  /// Decides the first `count` waiting candidates.
  private mutating func settle(_ count: Int, decided: (Candidate) -> Void) {
    guard count > 0 else { return }
    for index in 0..<count {
      var candidate = waiting[index].candidate
      // The previous one may have been the same phrase.
      if !isSuppressed(candidate) {
        candidate.detected = true
        lastEventEnd = candidate.endSample
        eventEnds[candidate.phraseIndex] = candidate.endSample
      }
      decided(candidate)
    }
    for index in count..<undecidedCount { waiting[index &- count] = waiting[index] }
    undecidedCount &-= count
  }

  private enum Longer { case first, second, neither }

  /// Which of two candidates is a longer phrase that contains the other, both in its phonemes and in the stream.
  private static func longer(
    _ first: Candidate, _ second: Candidate, _ containment: borrowing PhraseContainment
  ) -> Longer {
    if covers(first, second), containment.isPart(second.phraseIndex, of: first.phraseIndex) { return .first }
    if covers(second, first), containment.isPart(first.phraseIndex, of: second.phraseIndex) { return .second }
    return .neither
  }

  private static func overlap(_ first: Candidate, _ second: Candidate) -> Bool {
    first.startSample < second.endSample && second.startSample < first.endSample
  }

  /// Whether at least half of the second candidate lies within the first.
  private static func covers(_ whole: Candidate, _ part: Candidate) -> Bool {
    let shared = min(whole.endSample, part.endSample) &- max(whole.startSample, part.startSample)
    return 2 &* shared >= part.endSample &- part.startSample
  }

  private func isSuppressed(_ candidate: Candidate) -> Bool {
    candidate.startSample < lastEventEnd
      || candidate.endSample < eventEnds[candidate.phraseIndex] &+ refractorySamples
  }
}
