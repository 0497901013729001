import CoreMemory

/// Chooses which candidates become events: at most one per utterance.
///
/// A candidate at or above its phrase's threshold is kept waiting while an overlapping one may still beat it, and while a
/// longer phrase that its own is part of may still be going on; then it becomes the event. It does not become one where
/// - a better candidate overlaps it, of any phrase or variant, waiting or waiting to be closed;
/// - it starts before the end of the event before it, which it then belongs to;
/// - it ends within the refractory period of its own phrase's last event.
///
/// Of two candidates of which one's phrase is part of the other's, and its stretch too, the longer phrase is the better one
/// whatever the scores: who says "turn on the lights" does not say "turn on". Of any other two it is the one with the higher score.
///
/// Candidates must come in the order in which they are closed. All memory is taken by `init`, from a workspace or an
/// allocation of its own. One thread at a time.
public struct Decision: ~Copyable {
  private struct Waiting {
    var candidate: Candidate
    /// The sample at which it is decided at the latest, unless a longer phrase is going on.
    var deadline: Int64
    /// The sample at which it is decided at the latest.
    var lastDeadline: Int64
  }

  /// How many candidates can wait at once: the parts of a longer phrase that follow each other in it.
  package static let capacity = 8

  private let refractorySamples: Int64
  private let waitingSamples: Int64
  private let continuationSamples: Int64
  private let phraseCount: Int
  /// `[phrases]`
  private let thresholds: UnsafeMutablePointer<Float>
  /// `[phrases]` where each phrase's last event ended, far in the past at the start.
  private let eventEnds: UnsafeMutablePointer<Int64>
  /// Where the last event of any phrase ended.
  private var lastEventEnd: Int64 = 0
  /// `[capacity]`, of which the first ``undecidedCount`` are in use: the best candidates that are not decided yet, in the order of
  /// the stream, no two of which overlap.
  private let waiting: UnsafeMutablePointer<Waiting>
  /// How many candidates wait to be decided.
  public private(set) var undecidedCount = 0

  private var memory = WorkspaceMemory()

  /// Bytes of workspace that the decision over so many phrases takes.
  public static func requiredByteCount(phraseCount: Int) -> Int {
    var workspace = Workspace.measuring()
    _ = Decision(phraseCount: phraseCount, configuration: SpotterConfiguration(), in: &workspace)
    return workspace.usedBytes
  }

  /// Allocates memory of its own.
  public init(thresholds: [Float], configuration: SpotterConfiguration) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(phraseCount: thresholds.count))
    var workspace = memory.workspace()
    self.init(phraseCount: thresholds.count, configuration: configuration, in: &workspace)
    self.memory = memory
    for (phrase, threshold) in thresholds.enumerated() { setThreshold(threshold, phraseIndex: phrase) }
  }

  /// Takes its memory from a workspace and allocates nothing. No phrase is detected before its threshold is set.
  public init(phraseCount: Int, configuration: SpotterConfiguration, in workspace: inout Workspace) {
    refractorySamples = Int64(configuration.refractoryMilliseconds) * 16
    waitingSamples = Int64(configuration.waitingFrames * FrameTiming.samplesPerFrame)
    continuationSamples = Int64(configuration.longestContinuationFrames * FrameTiming.samplesPerFrame)
    self.phraseCount = phraseCount
    thresholds = workspace.take(phraseCount, repeating: .infinity)
    eventEnds = workspace.take(phraseCount, repeating: Int64.min / 2)
    waiting = workspace.take(Self.capacity, of: Waiting.self)
  }

  /// A candidate that waits to be decided, in the order of the stream.
  ///
  /// - Precondition: `index` is below ``undecidedCount``.
  public func undecided(_ index: Int) -> Candidate {
    precondition(index >= 0 && index < undecidedCount)
    return waiting[index].candidate
  }

  /// Changes the score from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    precondition(phraseIndex >= 0 && phraseIndex < phraseCount)
    thresholds[phraseIndex] = threshold
  }

  /// Forgets the stream.
  public mutating func reset() {
    undecidedCount = 0
    lastEventEnd = 0
    eventEnds.fill(with: Int64.min / 2, count: phraseCount)
  }

  /// Goes on where another decision over the same stream is, which the candidates that wait here have not been part of.
  ///
  /// Nothing that the other one has reported is reported twice.
  mutating func follow(_ other: borrowing Decision) {
    lastEventEnd = max(lastEventEnd, other.lastEventEnd)
    var count = 0
    for index in 0..<undecidedCount where waiting[index].candidate.startSample >= lastEventEnd {
      waiting[count] = waiting[index]
      count &+= 1
    }
    undecidedCount = count
  }

  /// Whether a candidate that waits overlaps another decision's candidate.
  func hasUndecided(overlapping candidate: Candidate) -> Bool {
    for index in 0..<undecidedCount where Self.overlap(waiting[index].candidate, candidate) { return true }
    return false
  }

  /// Takes in a candidate that was closed when the stream had reached sample `now`.
  ///
  /// `decided` is called for each candidate whose fate is settled by this, the new one or an older one.
  ///
  /// - Parameter containment: of the same phrases.
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
      // The same utterance.
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
        // The better one waits on, until the time set for the first.
        entry.deadline = min(entry.deadline, other.deadline)
        entry.lastDeadline = min(entry.lastDeadline, other.lastDeadline)
      }
      if beaten == 0 { place = index }
      beaten &+= 1
    }
    if beaten > 0 {
      // No two of those that wait overlap, so those that overlap the new one follow each other.
      for index in place..<place &+ beaten { decided(waiting[index].candidate) }
      waiting[place] = entry
      for index in place &+ beaten..<undecidedCount { waiting[index &+ 1 &- beaten] = waiting[index] }
      undecidedCount &-= beaten &- 1
      return
    }
    // What follows is another utterance, except for parts of the same longer phrase.
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

  /// Decides the waiting candidate at `index`, and all before it, once nothing open could beat it, or at its deadline.
  ///
  /// - Parameters:
  ///   - index: that of ``undecided(_:)``.
  ///   - now: the sample that the stream has reached.
  ///   - mayBeBeaten: whether a candidate is open that overlaps it and may still beat it.
  ///   - isContinued: whether a longer phrase that its own is part of may still be going on around it.
  /// - Returns: whether it was decided; the one after the last decided is then the first.
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

  /// Decides the first `count` candidates that wait.
  private mutating func settle(_ count: Int, decided: (Candidate) -> Void) {
    guard count > 0 else { return }
    for index in 0..<count {
      var candidate = waiting[index].candidate
      // The one before it may have been of the same phrase.
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

  /// Which of two candidates is of a longer phrase that the other is part of, in its phonemes and in the stream.
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

  /// Whether at least half of the second candidate's stretch lies in the first's.
  private static func covers(_ whole: Candidate, _ part: Candidate) -> Bool {
    let shared = min(whole.endSample, part.endSample) &- max(whole.startSample, part.startSample)
    return 2 &* shared >= part.endSample &- part.startSample
  }

  private func isSuppressed(_ candidate: Candidate) -> Bool {
    candidate.startSample < lastEventEnd
      || candidate.endSample < eventEnds[candidate.phraseIndex] &+ refractorySamples
  }
}
