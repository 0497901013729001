import CoreMemory

/// Chooses which candidates become events: at most one per utterance.
///
/// A candidate at or above its phrase's threshold is kept waiting while an overlapping one may still beat it, then it
/// becomes the event. It does not become one where
/// - a better candidate overlaps it, of any phrase or variant, waiting or waiting to be closed;
/// - it starts before the end of the event before it, which it then belongs to;
/// - it ends within the refractory period of its own phrase's last event.
///
/// Candidates must come in the order in which they are closed. All memory is taken by `init`, from a workspace or an
/// allocation of its own. One thread at a time.
public struct Decision: ~Copyable {
  private let refractorySamples: Int64
  private let waitingSamples: Int64
  private let phraseCount: Int
  /// `[phrases]`
  private let thresholds: UnsafeMutablePointer<Float>
  /// `[phrases]` where each phrase's last event ended, far in the past at the start.
  private let eventEnds: UnsafeMutablePointer<Int64>
  /// Where the last event of any phrase ended.
  private var lastEventEnd: Int64 = 0
  /// The best candidate that is not decided yet.
  private var waiting: Candidate?
  /// The sample at which it is decided at the latest.
  private var deadline: Int64 = 0

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
    self.phraseCount = phraseCount
    thresholds = workspace.take(phraseCount, repeating: .infinity)
    eventEnds = workspace.take(phraseCount, repeating: Int64.min / 2)
  }

  /// The candidate that waits to be decided, if any.
  public var undecided: Candidate? { waiting }

  /// Changes the score from which a phrase is detected.
  public mutating func setThreshold(_ threshold: Float, phraseIndex: Int) {
    precondition(phraseIndex >= 0 && phraseIndex < phraseCount)
    thresholds[phraseIndex] = threshold
  }

  /// Forgets the stream.
  public mutating func reset() {
    waiting = nil
    lastEventEnd = 0
    eventEnds.fill(with: Int64.min / 2, count: phraseCount)
  }

  /// Counts the last event of another decision over the same stream as one of its own, so that nothing of it is reported twice.
  mutating func follow(_ other: borrowing Decision) {
    lastEventEnd = max(lastEventEnd, other.lastEventEnd)
  }

  /// Takes in a candidate that was closed when the stream had reached sample `now`.
  ///
  /// `decided` is called for each candidate whose fate is settled by this, the new one or an older one.
  public mutating func consider(_ candidate: Candidate, now: Int64, decided: (Candidate) -> Void) {
    guard candidate.score >= thresholds[candidate.phraseIndex], !isSuppressed(candidate) else {
      decided(candidate)
      return
    }
    if let other = waiting {
      if candidate.startSample < other.endSample && other.startSample < candidate.endSample {
        // The same utterance: the better one waits on, until the time set for the first.
        if candidate.score > other.score {
          waiting = candidate
          decided(other)
        } else {
          decided(candidate)
        }
        return
      }
      settle(decided: decided)
      guard !isSuppressed(candidate) else {
        decided(candidate)
        return
      }
    }
    waiting = candidate
    deadline = now &+ waitingSamples
  }

  /// Decides the waiting candidate once nothing open could beat it, or at its deadline.
  ///
  /// - Parameters:
  ///   - now: the sample that the stream has reached.
  ///   - mayBeBeaten: whether a candidate is open that overlaps ``undecided`` and may still beat it.
  public mutating func advance(now: Int64, mayBeBeaten: Bool, decided: (Candidate) -> Void) {
    if waiting != nil && (!mayBeBeaten || now >= deadline) { settle(decided: decided) }
  }

  /// Decides the waiting candidate now, as at the end of a stream.
  public mutating func settle(decided: (Candidate) -> Void) {
    guard var candidate = waiting else { return }
    waiting = nil
    candidate.detected = true
    lastEventEnd = candidate.endSample
    eventEnds[candidate.phraseIndex] = candidate.endSample
    decided(candidate)
  }

  private func isSuppressed(_ candidate: Candidate) -> Bool {
    candidate.startSample < lastEventEnd
      || candidate.endSample < eventEnds[candidate.phraseIndex] &+ refractorySamples
  }
}
