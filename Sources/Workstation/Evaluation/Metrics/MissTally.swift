/// The misses of recordings by condition.
struct MissTally {
  let phraseCount: Int
  /// The phrase of each recording.
  let clips: [Int]
  /// `[condition][recording]`, 1 for a miss and 0 for a detection.
  let misses: [[Double]]
  /// Phrases with enough recordings for the mean.
  let averaged: [Int]

  init(phraseCount: Int, clips: [Int], occurrencesForMean: Int, misses: [[Double]]) {
    self.phraseCount = phraseCount
    self.clips = clips
    self.misses = misses
    averaged = (0..<phraseCount).filter { phrase in clips.count { $0 == phrase } >= occurrencesForMean }
  }

  /// Miss rate of each phrase over the drawn recordings; NaN for a phrase without drawn recordings.
  func rates(_ condition: Int, _ drawn: [Int]) -> [Double] {
    var sums = [Double](repeating: 0, count: phraseCount)
    var counts = sums
    for clip in drawn {
      sums[clips[clip]] += misses[condition][clip]
      counts[clips[clip]] += 1
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  /// Mean miss rate of the averaged phrases with drawn recordings.
  func mean(_ condition: Int, _ drawn: [Int]) -> Double {
    let all = rates(condition, drawn)
    let rates = averaged.map { all[$0] }.filter { !$0.isNaN }
    return rates.reduce(0, +) / Double(max(1, rates.count))
  }
}
