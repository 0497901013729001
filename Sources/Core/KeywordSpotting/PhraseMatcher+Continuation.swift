extension PhraseMatcher {
  /// Whether a variant may still be going on, or wait to be closed, around a path of another that it contains.
  ///
  /// So it is where one of its paths covers at least half of the other's frames, and
  /// - has ended in a peak that is open yet; or
  /// - has gone on beyond the phonemes that both have, and has not waited for its next one for longer than
  ///   ``SpotterConfiguration/continuationPauseFrames``; or
  /// - has come to the last of the phonemes that both have, and the other's path has ended no longer ago than that;
  ///
  /// and its score is not so far below the other's that what it has beyond it, with one phoneme to spare, falls below
  /// ``SpotterConfiguration/candidateFloor`` a phoneme. Real-time safe; its cost is proportional to the variant's phonemes.
  ///
  /// - Parameters:
  ///   - variantIndex: of the longer variant.
  ///   - lastPhoneme: index in it of the last phoneme that both have.
  ///   - part: a path of the variant contained in it.
  ///   - phonemeCount: that variant's.
  public func mayContinue(variantIndex: Int, lastPhoneme: Int, part: Peak, phonemeCount: Int) -> Bool {
    let variant = variants[variantIndex]
    let partScore = part.score * Float(phonemeCount)
    func isLikely(_ score: Float, phonemes count: Int) -> Bool {
      score >= partScore + configuration.candidateFloor * Float(count &- phonemeCount &+ 1)
    }
    func covers(startFrame: Int64, endFrame: Int64) -> Bool {
      let shared = min(endFrame, part.endFrame) &- max(startFrame, part.startFrame) &+ 1
      return 2 &* shared >= Int64(part.frameCount)
    }
    if variant.isOpen, covers(startFrame: variant.peak.startFrame, endFrame: variant.peak.endFrame),
      isLikely(variant.peak.score * Float(variant.phonemeCount), phonemes: variant.phonemeCount)
    {
      return true
    }
    let now = frameIndex &- 1
    let longestPause = configuration.continuationPauseFrames
    let first = variant.lastPosition &- variant.phonemeCount &+ 1
    var index = lastPhoneme
    // A path in the last phoneme has a peak, if any.
    while index &+ 1 < variant.phonemeCount {
      let position = first &+ index
      let isBeyond = index > lastPhoneme
      if isBeyond || now &- part.endFrame <= Int64(longestPause) {
        if isLikely(blanks.score[position], phonemes: index &+ 1), Int(blanks.dwell[position]) <= longestPause,
          covers(startFrame: now &- Int64(blanks.age[position]) &+ 1, endFrame: now)
        {
          return true
        }
        if isBeyond, isLikely(phonemes.score[position], phonemes: index &+ 1),
          covers(startFrame: now &- Int64(phonemes.age[position]) &+ 1, endFrame: now)
        {
          return true
        }
      }
      index &+= 1
    }
    return false
  }
}
