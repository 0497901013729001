import Evaluation
import Testing

@Suite struct EditDistanceTests {
  @Test("Textbook pairs have the textbook edits") func textbook() {
    let kitten = EditDistance(reference: "kitten", hypothesis: "sitting")
    #expect((kitten.substitutions, kitten.insertions, kitten.deletions) == (2, 1, 0))
    let saturday = EditDistance(reference: "saturday", hypothesis: "sunday")
    #expect((saturday.substitutions, saturday.insertions, saturday.deletions) == (1, 0, 2))
    #expect(EditDistance(reference: "", hypothesis: "abc").insertions == 3)
    #expect(EditDistance(reference: "abc", hypothesis: "").deletions == 3)
    #expect(EditDistance(reference: "abc", hypothesis: "abc").total == 0)
  }

  /// The oracle is the recursive definition.
  @Test("The edits are as many as by the recursive definition", arguments: 0..<40) func recursion(seed: Int) {
    func word(_ salt: Int) -> [UInt8] {
      (0..<((seed * 7 + salt) % 6)).map { UInt8((seed * 31 + salt * 17 + $0 * $0 * 5) % 3) }
    }
    func distance(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Int {
      guard let a = left.first, let b = right.first else { return left.count + right.count }
      return min(
        distance(left.dropFirst(), right.dropFirst()) + (a == b ? 0 : 1),
        distance(left.dropFirst(), right) + 1, distance(left, right.dropFirst()) + 1)
    }
    let (left, right) = (word(1), word(2))
    #expect(EditDistance(reference: left, hypothesis: right).total == distance(left[...], right[...]))
  }
}
