import Foundation
import Testing
import Training

@Suite struct CTCLossTests {
  private static let blank = 3

  /// `−ln Σ p(path)` over all `classCount^frameCount` paths that collapse to `labels`; nil without such paths.
  private static func enumerated(_ logits: Matrix, _ labels: [UInt8]) -> Double? {
    let classCount = logits.columns
    let posteriors = (0..<logits.rows).map { frame -> [Double] in
      let weights = (0..<classCount).map { exp(Double(logits[frame, $0])) }
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    }
    var sum = 0.0
    var path = [Int](repeating: 0, count: logits.rows)
    search: while true {
      var collapsed: [UInt8] = []
      for frame in path.indices where path[frame] != blank && (frame == 0 || path[frame] != path[frame - 1]) {
        collapsed.append(UInt8(path[frame]))
      }
      if collapsed == labels { sum += path.indices.reduce(1.0) { $0 * posteriors[$1][path[$1]] } }
      for frame in path.indices {
        path[frame] += 1
        if path[frame] < classCount { continue search }
        path[frame] = 0
      }
      break
    }
    return sum > 0 ? -log(sum) : nil
  }

  private static func loss(
    _ ctc: CTCLoss, _ logits: Matrix, _ labels: [UInt8], weight: Float = 1, into gradient: Matrix
  )
    -> Float?
  {
    ctc.accumulate(
      logits: logits.pointer, frameCount: logits.rows, classCount: logits.columns, labels: labels, blank: blank,
      weight: weight, gradient: gradient.pointer)
  }

  /// No label, one, different ones, repeated ones, as many as frames, and more than frames.
  @Test(
    "The loss equals that of explicit enumeration of all paths",
    arguments: [
      [], [0], [0, 1], [0, 0], [2, 2, 2], [0, 1, 0], [1, 1, 0, 2], [0, 1, 2, 0, 1, 2], [0, 0, 1, 1], [2, 1, 0, 1, 2],
    ] as [[UInt8]], [1, 2, 3, 5, 6])
  func enumeration(labels: [UInt8], frameCount: Int) {
    let seed = UInt64(600 + frameCount)
    var draws = Draws(seed: seed)
    let ctc = CTCLoss()
    // A larger sequence first, of which nothing may remain.
    let larger = draws.matrix(rows: 12, columns: 4)
    _ = Self.loss(ctc, larger, [0, 1, 1, 2], into: Matrix(rows: 12, columns: 4))
    let logits = draws.matrix(rows: frameCount, columns: 4, size: 2)
    let gradient = Matrix(rows: frameCount, columns: 4)
    let found = Self.loss(ctc, logits, labels, into: gradient)
    let expected = Self.enumerated(logits, labels)
    guard let expected else {
      #expect(found == nil)
      #expect(gradient.values.allSatisfy { $0 == 0 }, "an impossible sequence leaves the gradient alone")
      return
    }
    guard let found else {
      Issue.record("possible, but reported as impossible")
      return
    }
    #expect(abs(Double(found) - expected) < 1e-5 * (1 + expected), "\(found), expected \(expected), seed \(seed)")
  }

  /// Lengths: exactly the frames that the labels need, a few more, many more.
  @Test(
    "The gradient is that of the loss, times the weight, and is accumulated",
    arguments: [([], 4), ([1], 1), ([0, 0], 3), ([0, 1, 2], 3), ([2, 2, 1, 2, 0], 9), ([0, 1, 0, 0, 2, 1], 25)]
      as [([UInt8], Int)])
  func gradient(labels: [UInt8], frameCount: Int) {
    let seed = UInt64(650 + frameCount)
    var draws = Draws(seed: seed)
    let ctc = CTCLoss()
    let logits = draws.matrix(rows: frameCount, columns: 4, size: 2)
    let weight: Float = 0.6
    let gradient = Matrix(rows: frameCount, columns: 4)
    gradient.pointer.update(repeating: 0.5, count: gradient.count)
    let first = Self.loss(ctc, logits, labels, weight: weight, into: gradient)
    #expect(first != nil)
    for index in 0..<gradient.count { gradient.pointer[index] -= 0.5 }
    let scratch = Matrix(rows: frameCount, columns: 4)
    let check = GradientCheck(seed: seed, step: 2e-2) {
      Evaluation(loss: Double(weight * (Self.loss(ctc, logits, labels, into: scratch) ?? .nan)))
    }
    check.expect("logits", logits, gradient: gradient)
    for frame in 0..<frameCount {
      let sum = (0..<4).reduce(Float(0)) { $0 + gradient[frame, $1] }
      #expect(abs(sum) < 1e-5, "the softmax takes no constant: frame \(frame), seed \(seed)")
    }
  }

  /// The forward recursion on logarithms, in double precision.
  private static func logarithmic(_ logits: Matrix, _ labels: [UInt8]) -> Double {
    func plus(_ a: Double, _ b: Double) -> Double {
      let (high, low) = (max(a, b), min(a, b))
      return low == -.infinity ? high : high + log1p(exp(low - high))
    }
    let states = [blank] + labels.flatMap { [Int($0), blank] }
    var scores = [Double](repeating: -.infinity, count: states.count)
    for frame in 0..<logits.rows {
      let total = log((0..<logits.columns).map { exp(Double(logits[frame, $0])) }.reduce(0, +))
      var next = scores
      for state in states.indices {
        var score = frame == 0 ? (state < 2 ? 0 : -.infinity) : scores[state]
        if frame > 0 && state > 0 { score = plus(score, scores[state - 1]) }
        if frame > 0 && state > 1 && states[state] != blank && states[state] != states[state - 2] {
          score = plus(score, scores[state - 2])
        }
        next[state] = score + Double(logits[frame, states[state]]) - total
      }
      scores = next
    }
    return -plus(scores[states.count - 1], scores[states.count - 2])
  }

  /// The network is certain of something other than the labels, as for a wrong transcript. The probabilities of
  /// matching paths
  /// and of their prefixes differ by hundreds of orders of magnitude.
  @Test("Loss and gradient of a long sequence are exact if the network contradicts the labels", arguments: [699])
  func contradiction(seed: UInt64) throws {
    var draws = Draws(seed: seed)
    let labels = (0..<120).map { _ in UInt8(draws.generator.nextIndex(3)) }
    let logits = draws.matrix(rows: 1_000, columns: 4, size: 6)
    let gradient = Matrix(rows: 1_000, columns: 4)
    let found = try #require(Self.loss(CTCLoss(), logits, labels, into: gradient))
    let expected = Self.logarithmic(logits, labels)
    #expect(abs(Double(found) - expected) < 1e-4 * expected, "\(found), expected \(expected), seed \(seed)")
    var odd: [Int] = []
    for frame in 0..<1_000 {
      let sum = (0..<4).reduce(Float(0)) { $0 + gradient[frame, $1] }
      if !(abs(sum) < 1e-4) { odd.append(frame) }
    }
    #expect(odd.isEmpty, "the gradients of a frame do not cancel: frames \(odd.prefix(5)), seed \(seed)")
    let check = GradientCheck(seed: seed, step: 2e-2) { Evaluation(loss: Self.logarithmic(logits, labels)) }
    for first in [0, 303, 668, 998] {
      check.expect(
        "frames from \(first)", logits.row(first), gradient: Array(gradient.values[first * 4..<first * 4 + 8]))
    }
  }
}

@Suite struct FrameCrossEntropyTests {
  @Test("Frames with a target give value and gradient of the cross-entropy, others nothing", arguments: [701, 702])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let logits = draws.matrix(rows: 5, columns: 6, size: 2)
    let targets: [Int16] = [3, -1, 0, 5, 3]
    func run(_ gradient: Matrix) -> (loss: Float, count: Int) {
      FrameCrossEntropy.accumulate(
        logits: logits.pointer, targets: targets, classCount: 6, weight: 0.3, gradient: gradient.pointer)
    }
    let gradient = Matrix(rows: 5, columns: 6)
    let result = run(gradient)
    #expect(result.count == 4)
    let expected = [0, 2, 3, 4].reduce(0.0) { sum, frame in
      sum - Double(logits[frame, Int(targets[frame])])
        + log((0..<6).map { exp(Double(logits[frame, $0])) }.reduce(0, +))
    }
    #expect(abs(Double(result.loss) - expected) < 1e-5 * expected, "seed \(seed)")
    #expect((0..<6).allSatisfy { gradient[1, $0] == 0 })
    let scratch = Matrix(rows: 5, columns: 6)
    let check = GradientCheck(seed: seed, step: 2e-2) { Evaluation(loss: 0.3 * Double(run(scratch).loss)) }
    check.expect("logits", logits, gradient: gradient)
  }

  @Test(
    "A teacher's probabilities give value and gradient of the weighted cross-entropy", arguments: [703, 704])
  func taught(seed: UInt64) {
    var draws = Draws(seed: seed)
    let logits = draws.matrix(rows: 4, columns: 3, size: 2)
    // In any unit. The third frame has no target.
    let targets: [UInt8] = [255, 0, 0, 50, 100, 50, 0, 0, 0, 1, 2, 1]
    func run(_ gradient: Matrix) -> Float {
      FrameCrossEntropy.accumulate(
        logits: logits.pointer, probabilities: targets, classCount: 3, weight: 0.3, gradient: gradient.pointer)
    }
    let gradient = Matrix(rows: 4, columns: 3)
    let loss = run(gradient)
    let shares = [[1, 0, 0], [0.25, 0.5, 0.25], [0, 0, 0], [0.25, 0.5, 0.25]]
    var expected = 0.0
    for (frame, row) in shares.enumerated() where frame != 2 {
      let total = log((0..<3).map { exp(Double(logits[frame, $0])) }.reduce(0, +))
      for label in 0..<3 { expected -= row[label] * (Double(logits[frame, label]) - total) }
    }
    #expect(abs(Double(loss) - expected) < 1e-5 * expected, "seed \(seed)")
    #expect((0..<3).allSatisfy { gradient[2, $0] == 0 })
    let scratch = Matrix(rows: 4, columns: 3)
    let check = GradientCheck(seed: seed, step: 2e-2) { Evaluation(loss: 0.3 * Double(run(scratch))) }
    check.expect("logits", logits, gradient: gradient)
  }
}
