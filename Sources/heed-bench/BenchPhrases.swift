import KeywordSpotting
import ModelFormat
import TextEnrollment

/// Made-up phrases: as many phonemes as asked for, consonants and vowels in turn, embedded by the model's text encoder.
enum BenchPhrases {
  static func make(
    _ count: Int, variantCount: Int, phonemeCount: Int, model: AcousticModel, seed: UInt64
  ) -> [Enrollment] {
    var generator = SeededGenerator(seed: seed)
    let vowels = Phoneme.allCases.filter(\.isVowel)
    let consonants = Phoneme.allCases.filter { !$0.isVowel }
    let encoder = TextEncoder(model)
    return (0..<count).map { phrase in
      let variants = (0..<variantCount).map { _ in
        let phonemes = (0..<phonemeCount).map { index in
          (index % 2 == 0 ? consonants : vowels).randomElement(using: &generator)!
        }
        let words = stride(from: 0, to: phonemeCount, by: 5).map { start in
          phonemes[start..<min(start + 5, phonemeCount)].map(\.rawValue)
        }
        return encoder.encode(PhonemeSequence(words: words))
      }
      return Enrollment(text: "phrase \(phrase)", variants: variants, threshold: 0.999)
    }
  }
}
