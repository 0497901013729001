import KeywordSpotting

extension Pronouncer {
  /// The ways to say a phrase of these words, the most likely first, without duplicates.
  ///
  /// The weight of a variant is the product of the weights of its words. Variants that are too long are dropped.
  ///
  /// - Throws: ``EnrollmentError/tooManyPhonemes(count:maximum:)`` if the most likely variant is too long.
  public static func variants(
    of words: [WordPronunciation], maximumCount: Int = Enrollment.maximumVariantCount
  ) throws(EnrollmentError) -> [PhonemeSequence] {
    try weighted(words, maximumCount).map { $0.sequence }
  }

  /// The ways to say a phrase of these readings, the most likely first, without duplicates, and the index of the reading
  /// of each.
  ///
  /// Each of the first ``assuredReadingCount`` readings has at least its most likely variant. The others have the
  /// greatest products of the weights of the reading and its words. Readings that are too long have no variant.
  ///
  /// - Throws: ``EnrollmentError/tooManyPhonemes(count:maximum:)`` if all readings are too long.
  public static func variants(
    of readings: [PhraseReading], maximumCount: Int = Enrollment.maximumVariantCount
  ) throws(EnrollmentError) -> [(sequence: PhonemeSequence, readingIndex: Int)] {
    var candidates: [Candidate] = []
    var failure: EnrollmentError?
    var assuredCount = 0
    for (index, reading) in readings.enumerated() {
      do throws(EnrollmentError) {
        var isFirst = true
        for (sequence, weight) in try weighted(reading.words, maximumCount) {
          guard !candidates.contains(where: { $0.sequence.phonemes == sequence.phonemes }) else { continue }
          let isAssured = isFirst && assuredCount < assuredReadingCount
          if isAssured { assuredCount += 1 }
          isFirst = false
          candidates.append(
            Candidate(sequence: sequence, weight: weight * reading.weight, index: index, isAssured: isAssured))
        }
      } catch {
        failure = failure ?? error
      }
    }
    if let failure, candidates.isEmpty { throw failure }
    // Sorting may not be stable.
    let order = candidates.indices.sorted { (-candidates[$0].weight, $0) < (-candidates[$1].weight, $1) }
    var freeCount = maximumCount - assuredCount
    var variants: [(sequence: PhonemeSequence, readingIndex: Int)] = []
    for index in order {
      let candidate = candidates[index]
      if !candidate.isAssured {
        guard freeCount > 0 else { continue }
        freeCount -= 1
      }
      variants.append((candidate.sequence, candidate.index))
    }
    return variants
  }

  /// The readings that a phrase is listened for with at least one variant, even if it has more variants than can be.
  public static let assuredReadingCount = 6

  private struct Candidate {
    var sequence: PhonemeSequence
    var weight: Float
    var index: Int
    var isAssured: Bool
  }

  private static func weighted(
    _ words: [WordPronunciation], _ maximumCount: Int
  ) throws(EnrollmentError) -> [(sequence: PhonemeSequence, weight: Float)] {
    var beam = [(sequence: PhonemeSequence(words: []), weight: Float(1))]
    for word in words {
      var longer: [(sequence: PhonemeSequence, weight: Float)] = []
      for (sequence, weight) in beam {
        for (index, pronunciation) in word.pronunciations.enumerated() {
          var extended = sequence
          extended.append(word: pronunciation)
          guard !longer.contains(where: { $0.sequence.phonemes == extended.phonemes }) else { continue }
          longer.append((extended, weight * word.weights[index]))
        }
      }
      // Keeps the order of equal weights, because sorting may not be stable.
      let order = longer.indices.sorted { (-longer[$0].weight, $0) < (-longer[$1].weight, $1) }
      beam = order.prefix(maximumCount).map { longer[$0] }
    }
    let likeliest = beam[0].sequence.phonemes.count
    guard likeliest <= maximumPhonemeCount else {
      throw .tooManyPhonemes(count: likeliest, maximum: maximumPhonemeCount)
    }
    return beam.filter { $0.sequence.phonemes.count <= maximumPhonemeCount }
  }
}
