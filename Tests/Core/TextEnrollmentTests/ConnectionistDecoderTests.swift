import Foundation
import Testing
import TextEnrollment

@Suite struct ConnectionistDecoderTests {
  /// Sums every path of every label sequence.
  private func enumerated(_ probabilities: [Float], frameCount: Int, classCount: Int, blank: Int) -> [[UInt8]: Double] {
    var sums: [[UInt8]: Double] = [:]
    var path = [Int](repeating: 0, count: frameCount)
    while true {
      var labels: [UInt8] = []
      var probability = 1.0
      for (frame, label) in path.enumerated() {
        probability *= Double(probabilities[frame * classCount + label])
        if label != blank && (frame == 0 || path[frame - 1] != label) { labels.append(UInt8(label)) }
      }
      sums[labels, default: 0] += probability
      guard let frame = path.firstIndex(where: { $0 < classCount - 1 }) else { return sums }
      for earlier in 0..<frame { path[earlier] = 0 }
      path[frame] += 1
    }
  }

  @Test("The search returns the sums over all paths, best first", arguments: 1...40)
  func allPaths(seed: Int) {
    var generator = TestGenerator(seed: UInt64(seed))
    let (frameCount, classCount, blank) = (1 + generator.next(below: 5), 3, 2)
    var probabilities: [Float] = []
    for _ in 0..<frameCount {
      let row = (0..<classCount).map { _ in 0.05 + abs(generator.nextFloat()) }
      probabilities += row.map { $0 / row.reduce(0, +) }
    }
    let sums = enumerated(probabilities, frameCount: frameCount, classCount: classCount, blank: blank)
    let found = ConnectionistDecoder.decode(
      probabilities, frameCount: frameCount, classCount: classCount, blank: blank, beamWidth: 1_000)
    #expect(found.count == sums.count)
    for hypothesis in found {
      #expect(abs(hypothesis.probability - sums[hypothesis.labels, default: -1]) < 1e-6, "seed \(seed)")
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.probability >= $1.probability })
  }

  @Test("A repeated label needs a blank between")
  func repeatedLabel() {
    let oneHot: [Float] = [1, 0, 1, 0, 0, 1, 1, 0]
    let found = ConnectionistDecoder.decode(oneHot, frameCount: 4, classCount: 2, blank: 1)
    #expect(found.map(\.labels) == [[0, 0]])
    #expect(ConnectionistDecoder.decode([1, 0, 1, 0], frameCount: 2, classCount: 2, blank: 1).map(\.labels) == [[0]])
  }

  @Test("The logarithm of a sequence's probability is that of the sum over its paths", arguments: 1...40)
  func logProbability(seed: Int) throws {
    var generator = TestGenerator(seed: UInt64(seed))
    let (frameCount, classCount, blank) = (1 + generator.next(below: 5), 3, 2)
    var probabilities: [Float] = []
    for _ in 0..<frameCount {
      let row = (0..<classCount).map { _ in 0.05 + abs(generator.nextFloat()) }
      probabilities += row.map { $0 / row.reduce(0, +) }
    }
    let sums = enumerated(probabilities, frameCount: frameCount, classCount: classCount, blank: blank)
    for (labels, sum) in sums {
      let found = try #require(
        ConnectionistDecoder.logProbability(
          of: labels, probabilities, frameCount: frameCount, classCount: classCount, blank: blank))
      #expect(abs(exp(Double(found)) - sum) < 1e-5, "seed \(seed), \(labels)")
    }
    // More labels than frames.
    let impossible = [UInt8](repeating: 0, count: frameCount + 1)
    #expect(
      ConnectionistDecoder.logProbability(
        of: impossible, probabilities, frameCount: frameCount, classCount: classCount, blank: blank) == nil)
  }
}
