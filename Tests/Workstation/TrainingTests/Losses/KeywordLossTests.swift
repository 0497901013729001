import Foundation
import Testing
import Training

@Suite struct KeywordLossTests {
  /// Word 0 occurs three times, word 2 twice, words 3 and 4 once, word 1 never.
  private static let labels = [0, 2, 0, 3, 2, 0, 4]

  private struct Fixture {
    let bank: ParameterBank
    let loss: KeywordLoss
    let embeddings: Matrix

    init(_ objective: KeywordObjective, seed: UInt64) {
      var draws = Draws(seed: seed)
      bank = ParameterBank(seed: seed)
      loss = KeywordLoss("keyword", bank: bank, objective: objective, classCount: 5, dimension: 6)
      bank.seal()
      if objective != .triplet { bank.disturb(&draws) }
      embeddings = draws.unitRows(7, 6)
    }

    func run(weight: Float, _ gradient: Matrix) -> Double {
      Double(loss.accumulate(embeddings: embeddings, labels: labels, weight: weight, gradient: gradient))
    }

    func cosine(_ row: Int, _ label: Int) -> Double {
      let weights = (0..<6).map { Double(bank.value(loss.weights!)[6 * label + $0]) }
      return zip(embeddings.wide(row), weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.norm
    }

    /// The formulas of ``KeywordLoss``, and which branches of a triplet's maxima were taken.
    func expected() -> (loss: Double, open: [Bool]) {
      switch loss.objective {
      case .none: return (0, [])
      case .triplet: return triplet()
      case .aamSoftmax:
        return (
          mean(
            (0..<7).map { row in
              let label = labels[row]
              let own = exp(30 * cos(acos(cosine(row, label)) + 0.2))
              let others = (0..<5).filter { $0 != label }.map { exp(30 * cosine(row, $0)) }
              return -log(own / (own + others.reduce(0, +)))
            }), []
        )
      case .sphereFace2:
        let bias = Double(bank.value(loss.bias!)[0])
        return (
          mean(
            (0..<7).map { row in
              (0..<5).map { label in
                let stretched = 2 * pow((cosine(row, label) + 1) / 2, 3) - 1
                return label == labels[row]
                  ? 0.7 / 32 * softplus(-32 * (stretched - 0.2) - bias)
                  : 0.3 / 32 * softplus(32 * (stretched + 0.2) + bias)
              }.reduce(0, +)
            }), []
        )
      }
    }

    private func triplet() -> (loss: Double, open: [Bool]) {
      var terms: [Double] = []
      var open: [Bool] = []
      for anchor in 0..<7 {
        let same = (0..<7).filter { labels[$0] == labels[anchor] }
        guard same.count > 1 else { continue }
        let others = (0..<7).filter { labels[$0] != labels[anchor] }.map { embeddings.product(anchor, embeddings, $0) }
        let offsets = same.map { others.max()! - embeddings.product(anchor, embeddings, $0) + 0.2 }
        terms.append(mean(offsets.map { max($0, 0) }))
        open += others.map { $0 == others.max()! } + offsets.map { $0 > 0 }
      }
      return (mean(terms), open)
    }
  }

  private static let objectives: [KeywordObjective] = [.triplet, .aamSoftmax, .sphereFace2]

  @Test("The value equals the formula in the table", arguments: objectives)
  func value(objective: KeywordObjective) {
    for seed: UInt64 in 941...944 {
      let fixture = Fixture(objective, seed: seed)
      let (found, expected) = (fixture.run(weight: 1, fixture.embeddings.zeros), fixture.expected().loss)
      #expect(abs(found - expected) < 1e-5 * expected, "\(found), expected \(expected), seed \(seed)")
    }
  }

  @Test("The gradient reaches embeddings, class vectors and bias", arguments: objectives)
  func gradient(objective: KeywordObjective) {
    for seed: UInt64 in 945...947 {
      let fixture = Fixture(objective, seed: seed)
      var gradient = Matrix()
      let parameters = fixture.bank.added {
        gradient = fixture.embeddings.added { _ = fixture.run(weight: 0.6, $0) }
      }
      let check = GradientCheck(seed: seed, step: 3e-3) {
        Evaluation(loss: 0.6 * fixture.run(weight: 1, fixture.embeddings.zeros), open: fixture.expected().open)
      }
      check.expect("embeddings", fixture.embeddings, gradient: gradient)
      if objective == .triplet {
        #expect(parameters.allSatisfy { $0 == 0 })
      } else {
        check.expectParameters(of: fixture.bank, gradients: parameters)
      }
    }
  }

  @Test("Only the direction of class vectors matters", arguments: [KeywordObjective.aamSoftmax, .sphereFace2])
  func direction(objective: KeywordObjective) {
    let fixture = Fixture(objective, seed: 948)
    let before = fixture.run(weight: 1, fixture.embeddings.zeros)
    for index in 0..<6 { fixture.bank.value(fixture.loss.weights!)[index] *= 7 }
    let after = fixture.run(weight: 1, fixture.embeddings.zeros)
    #expect(abs(before - after) < 1e-5 * before)
  }

  @Test("Without an objective there are no parameters, no loss and no gradient") func none() {
    let bank = ParameterBank(seed: 949)
    let loss = KeywordLoss("keyword", bank: bank, objective: .none, classCount: 0, dimension: 4)
    bank.seal()
    #expect(bank.slots.isEmpty)
    let gradient = Matrix(rows: 2, columns: 4)
    var draws = Draws(seed: 949)
    #expect(loss.accumulate(embeddings: draws.unitRows(2, 4), labels: [0, 1], weight: 1, gradient: gradient) == 0)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  @Test("Without words there is no loss, and without repeated words no triplet", arguments: objectives)
  func empty(objective: KeywordObjective) {
    let fixture = Fixture(objective, seed: 950)
    let none = Matrix(rows: 0, columns: 6)
    #expect(fixture.loss.accumulate(embeddings: none, labels: [], weight: 1, gradient: none.zeros) == 0)
    guard objective == .triplet else { return }
    let gradient = fixture.embeddings.zeros
    let found = fixture.loss.accumulate(
      embeddings: fixture.embeddings, labels: [0, 1, 2, 3, 4, 5, 6], weight: 1, gradient: gradient)
    #expect(found == 0)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }

  /// Rounding gives cosines slightly above 1 and below −1.
  @Test("An embedding equal or opposite to its class vector stays finite", arguments: objectives)
  func poles(objective: KeywordObjective) {
    let fixture = Fixture(objective, seed: 951)
    for column in 0..<6 {
      let direction = fixture.loss.weights.map { fixture.bank.value($0)[column] } ?? fixture.embeddings[0, column]
      for (row, sign): (Int, Float) in [(0, 1), (2, -1)] { fixture.embeddings[row, column] = sign * direction }
    }
    for row in [0, 2] {
      let norm = Float(fixture.embeddings.wide(row).norm) * 0.999_999
      for column in 0..<6 { fixture.embeddings[row, column] /= norm }
    }
    let gradient = fixture.embeddings.zeros
    #expect(fixture.run(weight: 1, gradient).isFinite)
    #expect(gradient.values.allSatisfy { $0.isFinite })
    #expect((0..<fixture.bank.valueCount).allSatisfy { fixture.bank.gradients[$0].isFinite })
  }
}
