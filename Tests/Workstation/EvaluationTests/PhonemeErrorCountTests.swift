import Evaluation
import SeededRandom
import Testing
import Training

@Suite struct PhonemeErrorCountTests {
  @Test("The nearest pronunciation is the reference") func nearest() {
    let words: [[[UInt8]]] = [[[1, 2], [1, 3, 3]], [[4], [5]]]
    #expect(PhonemeErrorCount(words: words, hypothesis: [1, 3, 3, 5]).edits.total == 0)
    #expect(PhonemeErrorCount(words: words, hypothesis: [1, 3, 3, 5]).referenceCount == 4)
    let one = PhonemeErrorCount(words: words, hypothesis: [1, 2, 9, 4])
    #expect(one.edits.total == 1 && one.edits.insertions == 1 && one.referenceCount == 3)
    #expect(PhonemeErrorCount(words: words, hypothesis: []).edits.deletions == 3)
    #expect(PhonemeErrorCount(words: [], hypothesis: [7]).edits.insertions == 1)
  }

  /// The oracle tries every choice of pronunciations.
  @Test("The cost over all choices is that of the best choice", arguments: 0..<30) func exhaustive(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    func word(_ longest: Int) -> [UInt8] {
      (0...generator.nextIndex(longest)).map { _ in UInt8(generator.nextIndex(3)) }
    }
    let words = (0..<3).map { _ in (0...generator.nextIndex(3)).map { _ in word(3) } }
    let hypothesis = word(9)
    var choices: [[UInt8]] = [[]]
    for variants in words { choices = choices.flatMap { prefix in variants.map { prefix + $0 } } }
    let best = choices.map { EditDistance(reference: $0, hypothesis: hypothesis).total }.min()!
    let found = PhonemeErrorCount(words: words, hypothesis: hypothesis)
    #expect(found.edits.total == best, "seed \(seed)")
    #expect(choices.contains { $0.count == found.referenceCount })
  }

  @Test("Greedy decoding merges repeats and drops blanks") func greedy() {
    let path: [Int] = [39, 4, 4, 39, 4, 7, 7, 39, 39]
    let posteriors = path.flatMap { winner in (0..<40).map { $0 == winner ? Float(-0.1) : -5 } }
    #expect(PhonemeProtocol.greedyPhonemes(logPosteriors: posteriors) == [4, 4, 7])
  }
}
