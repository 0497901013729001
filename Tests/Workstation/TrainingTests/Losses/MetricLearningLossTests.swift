import Foundation
import Testing
import Training

@Suite struct MetricLearningLossTests {
  /// Five anchors and seven candidates. Class 0 has three candidates and class 2 one. No candidate has class 3 of the
  /// last
  /// anchor, and no anchor has class 4 of the last candidate. Parameters are independent of the labels.
  private static let anchorLabels = [0, 1, 0, 2, 3]
  private static let candidateLabels = [0, 1, 0, 2, 1, 0, 4]
  private static let parameterClasses = [0, 1, 2, 0, 1]

  private struct Fixture {
    let bank: ParameterBank
    let loss: MetricLearningLoss
    let anchors: Matrix
    let candidates: Matrix

    init(_ objective: MetricObjective, isAdaptive: Bool, seed: UInt64) {
      var draws = Draws(seed: seed)
      bank = ParameterBank(seed: seed)
      loss = MetricLearningLoss("metric", bank: bank, classCount: 3, objective: objective, isAdaptive: isAdaptive)
      bank.seal()
      if isAdaptive {
        for label in 0..<3 {
          bank.value(loss.logAlpha)[label] = log(draws.generator.nextUniform(in: 2...6))
          bank.value(loss.logBeta)[label] = log(draws.generator.nextUniform(in: 2...6))
          bank.value(loss.margin)[label] = draws.generator.nextUniform(in: 0.1...0.6)
        }
      }
      anchors = draws.unitRows(5, 4)
      candidates = draws.unitRows(7, 4)
    }

    func run(weight: Float, _ anchorGradient: Matrix, _ candidateGradient: Matrix) -> Double {
      Double(
        loss.accumulate(
          anchors: anchors, candidates: candidates, anchorLabels: anchorLabels, candidateLabels: candidateLabels,
          parameterClasses: parameterClasses, weight: weight, anchorGradient: anchorGradient,
          candidateGradient: candidateGradient))
    }

    func value() -> Double { run(weight: 1, anchors.zeros, candidates.zeros) }

    /// The formulas of ``MetricObjective``, row by row, and which branches of a triplet's maxima were taken.
    func expected() -> (loss: Double, open: [Bool]) {
      var sum = 0.0
      var open: [Bool] = []
      let delta = Double(loss.objective.constants.separation)
      for anchor in 0..<5 {
        let parameters = parameterClasses[anchor]
        let alpha = exp(Double(bank.value(loss.logAlpha)[parameters]))
        let beta = exp(Double(bank.value(loss.logBeta)[parameters]))
        let lambda = Double(bank.value(loss.margin)[parameters])
        let cosines = (0..<7).map { anchors.product(anchor, candidates, $0) }
        let p = (0..<7).filter { candidateLabels[$0] == anchorLabels[anchor] }.map { cosines[$0] }
        let n = (0..<7).filter { candidateLabels[$0] != anchorLabels[anchor] }.map { cosines[$0] }
        let positiveSum = { (shift: Double) in log(1 + p.map { exp(-alpha * ($0 - shift)) }.reduce(0, +)) / alpha }
        let negativeSum = { (shift: Double) in log(1 + n.map { exp(beta * ($0 - shift)) }.reduce(0, +)) / beta }
        let negativeMean = mean(n.map { softplus(beta * ($0 - lambda)) / beta })
        switch loss.objective {
        case .triplet:
          let offsets = p.map { n.max()! - $0 + lambda }
          let terms = offsets.map { loss.isAdaptive ? softplus(beta * $0) / beta : max($0, 0) }
          sum += p.isEmpty ? 0 : mean(terms)
          open += n.map { $0 == n.max()! } + offsets.map { loss.isAdaptive || $0 > 0 }
        case .infoNCE:
          let negatives = n.map { exp(alpha * $0) }.reduce(0, +)
          sum += p.isEmpty ? 0 : mean(p.map { -log(exp(alpha * $0) / (exp(alpha * $0) + negatives)) })
        case .proxyAnchor: sum += positiveSum(lambda + delta) + negativeSum(lambda - delta)
        case .proxyMS: sum += positiveSum(lambda) + negativeSum(lambda)
        case .proxyBD:
          sum += p.isEmpty ? 0 : mean(p.map { softplus(-alpha * ($0 - lambda)) / alpha })
          sum += negativeMean
        case .asyP: sum += positiveSum(lambda) + negativeMean
        }
      }
      return (sum / 5, open)
    }

    /// The parameters that the adaptive objective learns.
    var learned: [ParameterSlot] {
      switch loss.objective {
      case .triplet: [loss.logBeta]
      case .infoNCE: [loss.logAlpha]
      default: [loss.logAlpha, loss.logBeta, loss.margin]
      }
    }
  }

  @Test("The value equals the formula in the table", arguments: MetricObjective.allCases, [true, false])
  func value(objective: MetricObjective, isAdaptive: Bool) {
    for seed: UInt64 in 901...903 {
      let fixture = Fixture(objective, isAdaptive: isAdaptive, seed: seed)
      let (found, expected) = (fixture.value(), fixture.expected().loss)
      #expect(abs(found - expected) < 1e-5 * expected, "\(found), expected \(expected), seed \(seed)")
    }
  }

  @Test(
    "The gradient reaches anchors and candidates, and parameters if they are learned",
    arguments: MetricObjective.allCases, [true, false])
  func gradient(objective: MetricObjective, isAdaptive: Bool) {
    for seed: UInt64 in 904...906 {
      let fixture = Fixture(objective, isAdaptive: isAdaptive, seed: seed)
      var anchorGradient = Matrix()
      var candidateGradient = Matrix()
      let parameters = fixture.bank.added {
        candidateGradient = fixture.candidates.added { candidates in
          anchorGradient = fixture.anchors.added { _ = fixture.run(weight: 0.6, $0, candidates) }
        }
      }
      // Without learning, cosines have scales of up to 32. Steps must be small compared with the inverse.
      let check = GradientCheck(seed: seed, step: isAdaptive ? 1e-2 : 4e-3) {
        Evaluation(loss: 0.6 * fixture.value(), open: fixture.expected().open)
      }
      check.expect("anchors", fixture.anchors, gradient: anchorGradient)
      check.expect("candidates", fixture.candidates, gradient: candidateGradient)
      let learned = isAdaptive ? fixture.learned : []
      check.expectParameters(of: fixture.bank, gradients: parameters) { learned.contains($0) }
      for slot in fixture.bank.slots where !learned.contains(slot) {
        let gradients = parameters[slot.offset..<slot.offset + slot.count]
        #expect(gradients.allSatisfy { $0 == 0 }, "\(slot.name), seed \(seed)")
      }
    }
  }

  @Test("Without learning, scales and margins are the objective's constants", arguments: MetricObjective.allCases)
  func constants(objective: MetricObjective) {
    let fixture = Fixture(objective, isAdaptive: false, seed: 907)
    for label in 0..<3 {
      let constants = objective.constants
      #expect(abs(exp(fixture.bank.value(fixture.loss.logAlpha)[label]) - constants.alpha) < 1e-4)
      #expect(abs(exp(fixture.bank.value(fixture.loss.logBeta)[label]) - constants.beta) < 1e-4)
      #expect(fixture.bank.value(fixture.loss.margin)[label] == constants.margin)
    }
  }

  @Test(
    "An anchor without candidates of its label is pushed from all or skipped", arguments: MetricObjective.allCases)
  func noPositives(objective: MetricObjective) {
    var draws = Draws(seed: 908)
    let bank = ParameterBank(seed: 908)
    let loss = MetricLearningLoss("metric", bank: bank, classCount: 1, objective: objective)
    bank.seal()
    let (anchors, candidates) = (draws.unitRows(1, 4), draws.unitRows(3, 4))
    let (anchorGradient, candidateGradient) = (anchors.zeros, candidates.zeros)
    let found = loss.accumulate(
      anchors: anchors, candidates: candidates, anchorLabels: [5], candidateLabels: [1, 2, 1], parameterClasses: [0],
      weight: 1, anchorGradient: anchorGradient, candidateGradient: candidateGradient)
    if objective == .triplet || objective == .infoNCE {
      #expect(found == 0)
      #expect((anchorGradient.values + candidateGradient.values).allSatisfy { $0 == 0 })
      #expect((0..<bank.valueCount).allSatisfy { bank.gradients[$0] == 0 })
    } else {
      #expect(found > 0)
      for row in 0..<3 { #expect(candidateGradient.product(row, anchors, 0) > 0, "candidate \(row)") }
    }
  }

  /// Cosines of 1, −1 and −0.8: the nearest candidate is so close that the terms of the others vanish.
  @Test("Large scales give the formula's value and finite gradients", arguments: MetricObjective.allCases)
  func largeScales(objective: MetricObjective) {
    let bank = ParameterBank(seed: 909)
    let loss = MetricLearningLoss("metric", bank: bank, classCount: 1, objective: objective)
    bank.seal()
    bank.value(loss.logAlpha)[0] = log(300)
    bank.value(loss.logBeta)[0] = log(300)
    bank.value(loss.margin)[0] = 0.1
    let anchors = Matrix(rows: 1, columns: 2, values: [1, 0])
    let candidates = Matrix(rows: 3, columns: 2, values: [1, 0, -1, 0, -0.8, 0.6])
    let (anchorGradient, candidateGradient) = (anchors.zeros, candidates.zeros)
    let found = loss.accumulate(
      anchors: anchors, candidates: candidates, anchorLabels: [0], candidateLabels: [0, 0, 1], parameterClasses: [0],
      weight: 1, anchorGradient: anchorGradient, candidateGradient: candidateGradient)
    // In the limit of large scales softplus(κ x)/κ is the larger of x and 0.
    let expected: Float =
      switch objective {
      case .triplet: (0 + 0.3) / 2
      case .infoNCE: (0 + 300 * 0.2) / 2
      case .proxyAnchor: 1.2
      case .proxyMS, .asyP: 1.1
      case .proxyBD: (0 + 1.1) / 2
      }
    #expect(abs(found - expected) < 1e-3 * expected, "\(found), expected \(expected)")
    #expect((0..<bank.valueCount).allSatisfy { bank.gradients[$0].isFinite })
    #expect((anchorGradient.values + candidateGradient.values).allSatisfy { $0.isFinite })
    // The distant positive is pulled with its whole share.
    #expect(candidateGradient[1, 0] < -0.4)
  }

  @Test("With fewer than two candidates there is nothing to compare", arguments: MetricObjective.allCases)
  func oneCandidate(objective: MetricObjective) {
    var draws = Draws(seed: 910)
    let bank = ParameterBank(seed: 910)
    let loss = MetricLearningLoss("metric", bank: bank, classCount: 1, objective: objective)
    bank.seal()
    let gradient = Matrix(rows: 2, columns: 4)
    let found = loss.accumulate(
      anchors: draws.unitRows(2, 4), candidates: draws.unitRows(1, 4), anchorLabels: [0, 1], candidateLabels: [0],
      parameterClasses: [0, 0], weight: 1, anchorGradient: gradient, candidateGradient: Matrix(rows: 1, columns: 4))
    #expect(found == 0)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }
}
