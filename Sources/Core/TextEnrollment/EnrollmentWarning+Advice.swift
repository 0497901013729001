import KeywordSpotting

extension PhraseAdvice {
  /// The warnings about the phrase at a threshold, from running speech.
  ///
  /// - Parameter isAdvised: whether the threshold was set for a rate of false alarms, not manually.
  public func warnings(threshold: Float, isAdvised: Bool, reference: ReferencePhrases?) -> [EnrollmentWarning] {
    var warnings: [EnrollmentWarning] = []
    // False alarms in noise have little to do with the words.
    let alarms = heard.filter { $0.logit >= 0 && !$0.words.isEmpty && !$0.isAugmented }
    if !alarms.isEmpty { warnings.append(.heardInSpeech(Array(alarms.prefix(3)))) }
    let missShare = reference?.missShare(belowLogit: FalseAlarmRate.logit(ofScore: threshold))
    if isAdvised, threshold > 0.5, (missShare ?? threshold) >= (missShare == nil ? 0.95 : 0.5) {
      warnings.append(
        .highThreshold(
          threshold: threshold, perHourAtHalf: falseAlarms.perHour(atLogit: 0), missShare: missShare))
    }
    return warnings
  }
}

extension EnrollmentReport {
  /// A warning about words that a short phrase can be mistaken for; `nil` if it is long enough or there are none.
  ///
  /// - Parameter background: running speech. Its words are the common ones and come first.
  @export(interface)
  public func soundAlikeWarning(_ lexicon: Lexicon, background: BackgroundSpeech?) -> EnrollmentWarning? {
    guard variants.contains(where: { $0.phonemes.count <= Enroller.recommendedPhonemeCount }) else { return nil }
    var spelling = ""
    for word in words { spelling += word.word }
    let alikes = lexicon.soundAlikes(
      of: variants.map { $0.phonemes }, except: words.count == 1 ? [words[0].word] : [spelling])
    guard !alikes.isEmpty else { return nil }
    var common: [SoundAlike] = []
    var rare: [SoundAlike] = []
    for alike in alikes {
      if background?.says(alike.word) == true { common.append(alike) } else { rare.append(alike) }
    }
    return .soundsLike(words: Array((common + rare).prefix(6)))
  }
}

extension BackgroundSpeech {
  /// Whether a word is said.
  func says(_ word: String) -> Bool {
    for utterance in utterances {
      for said in utterance.words where said.spelling.utf8.elementsEqual(word.utf8) { return true }
    }
    return false
  }
}
