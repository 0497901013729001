extension PhraseMatcher {
  /// Whether a longer variant may still be in progress, or have an open peak, around a path of a variant that it
  /// contains.
  ///
  /// This is the case if one of its paths covers at least half of the frames of `part` and
  /// - has an open peak; or
  /// - has passed the shared phonemes and has not waited for the next phoneme for longer than
  ///   ``SpotterConfiguration/continuationPauseFrames``; or
  /// - has reached the last shared phoneme, and `part` ended at most that many frames ago;
  ///
  /// and its score is not too low: below the score of `part` by at most ``SpotterConfiguration/furtherPhonemeFloor``
  /// for each phoneme beyond those of `part`, plus one spare phoneme. Real-time safe; the cost is proportional to the
  /// number of phonemes of the variant.
  ///
  /// - Parameters:
  ///   - variantIndex: index of the longer variant.
  ///   - lastPhoneme: index in the longer variant of the last shared phoneme.
  ///   - part: a path of the contained variant.
  ///   - phonemeCount: the number of phonemes of the contained variant.
  public func mayContinue(variantIndex: Int, lastPhoneme: Int, part: Peak, phonemeCount: Int) -> Bool {
    let variant = variants[variantIndex]
    let partScore = part.score * Float(phonemeCount)
    func isLikely(_ score: Float, phonemes count: Int) -> Bool {
      score >= partScore + configuration.furtherPhonemeFloor * Float(count &- phonemeCount &+ 1)
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
    // A path in the last phoneme counts only through its peak.
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
