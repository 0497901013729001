import Foundation
import Testing
import Training

@Suite struct RelationalStructureTests {
  /// Two more texts than audio rows: hard negatives, which are ignored.
  private static func draw(_ seed: UInt64, phrases: Int = 6) -> (audio: Matrix, text: Matrix) {
    var draws = Draws(seed: seed)
    return (draws.unitRows(phrases, 5), draws.unitRows(phrases + 2, 5))
  }

  private static func huber(_ x: Double) -> Double { abs(x) < 1 ? x * x / 2 : abs(x) - 0.5 }

  private static func distances(_ matrix: Matrix, rows: Int) -> [Double] {
    let raw = (0..<rows).flatMap { i in (i + 1..<rows).map { (matrix.wide(i) - matrix.wide($0)).norm } }
    return raw.map { $0 / mean(raw) }
  }

  /// Cosines of the angles at `j` between `i` and `k`, for every middle and every pair of others.
  private static func angles(_ matrix: Matrix, rows: Int) -> [Double] {
    var result: [Double] = []
    for j in 0..<rows {
      for i in 0..<rows where i != j {
        for k in i + 1..<max(rows, i + 1) where k != j {
          let (a, b) = (matrix.wide(i) - matrix.wide(j), matrix.wide(k) - matrix.wide(j))
          result.append(zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / (a.norm * b.norm))
        }
      }
    }
    return result
  }

  @Test("The distance term is the mean loss between the normalized distances of both sides", arguments: 520...523)
  func distanceValue(seed: UInt64) {
    let (audio, text) = Self.draw(seed)
    let found = RelationalStructure.accumulateDistances(
      audio: audio, text: text, weight: 1, audioGradient: audio.zeros)
    let differences = Self.distances(audio, rows: 6) - Self.distances(text, rows: 6)
    let expected = mean(differences.map(Self.huber))
    #expect(abs(Double(found) - expected) < 1e-5 * expected, "\(found), expected \(expected), seed \(seed)")
  }

  @Test("The angle term is the mean loss over all triples of phrases", arguments: 525...527)
  func angleValue(seed: UInt64) {
    let (audio, text) = Self.draw(seed)
    let found = RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 1, audioGradient: audio.zeros)
    let differences = Self.angles(audio, rows: 6) - Self.angles(text, rows: 6)
    #expect(differences.count == 60)
    #expect(differences.contains { abs($0) > 1 }, "seed \(seed): no difference in the straight part")
    let expected = mean(differences.map(Self.huber))
    #expect(abs(Double(found) - expected) < 1e-4 * expected, "\(found), expected \(expected), seed \(seed)")
  }

  @Test("The gradient of the distance term reaches the audio", arguments: [530, 531, 532])
  func distanceGradient(seed: UInt64) {
    let (audio, text) = Self.draw(seed)
    func run(_ gradient: Matrix) -> Double {
      Double(RelationalStructure.accumulateDistances(audio: audio, text: text, weight: 0.7, audioGradient: gradient))
    }
    let gradient = audio.added { _ = run($0) }
    GradientCheck(seed: seed, step: 4e-3) { Evaluation(loss: 0.7 * run(audio.zeros)) }
      .expect("audio", audio, gradient: gradient)
  }

  @Test("The gradient of the angle term reaches the audio", arguments: [533, 534, 535])
  func angleGradient(seed: UInt64) {
    let (audio, text) = Self.draw(seed)
    func run(_ gradient: Matrix) -> Double {
      Double(RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 0.7, audioGradient: gradient))
    }
    let gradient = audio.added { _ = run($0) }
    GradientCheck(seed: seed, step: 4e-3) { Evaluation(loss: 0.7 * run(audio.zeros)) }
      .expect("audio", audio, gradient: gradient)
  }

  @Test("Equal structures have no loss, regardless of position") func sameStructure() {
    let (audio, _) = Self.draw(536)
    // Rotating the first two coordinates and mirroring the third preserves every distance and angle.
    let text = audio.zeros
    for row in 0..<6 {
      text[row, 0] = 0.6 * audio[row, 0] - 0.8 * audio[row, 1]
      text[row, 1] = 0.8 * audio[row, 0] + 0.6 * audio[row, 1]
      text[row, 2] = -audio[row, 2]
      for column in 3..<5 { text[row, column] = audio[row, column] }
    }
    let gradient = audio.zeros
    let distances = RelationalStructure.accumulateDistances(
      audio: audio, text: text, weight: 1, audioGradient: gradient)
    let angles = RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 1, audioGradient: gradient)
    #expect(distances < 1e-10 && angles < 1e-10, "\(distances), \(angles)")
    #expect(gradient.values.allSatisfy { abs($0) < 1e-5 })
  }

  @Test("Rows past the limit are excluded from the angles") func rowLimit() {
    let limit = RelationalStructure.angleRowLimit
    let (audio, text) = Self.draw(537, phrases: limit + 3)
    let gradient = audio.zeros
    let found = RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 1, audioGradient: gradient)
    let first = Matrix(rows: limit, columns: 5, values: Array(audio.values.prefix(5 * limit)))
    let firstGradient = first.zeros
    let alone = RelationalStructure.accumulateAngles(audio: first, text: text, weight: 1, audioGradient: firstGradient)
    #expect(found == alone)
    #expect(Array(gradient.values.prefix(5 * limit)) == firstGradient.values)
    #expect(gradient.values.suffix(15).allSatisfy { $0 == 0 })
    #expect((gradient.row(limit - 1)[0]).magnitude > 0)
  }

  @Test("Phrases with identical audio give finite values") func equalRows() {
    let (audio, text) = Self.draw(538)
    audio.row(1).update(from: audio.row(4), count: 5)
    let gradient = audio.zeros
    let distances = RelationalStructure.accumulateDistances(
      audio: audio, text: text, weight: 1, audioGradient: gradient)
    let angles = RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 1, audioGradient: gradient)
    #expect(distances.isFinite && angles.isFinite)
    #expect(gradient.values.allSatisfy { $0.isFinite })
  }

  @Test("One phrase has no distance, and two have no angle") func tooFew() {
    let (audio, text) = Self.draw(539, phrases: 2)
    let one = Matrix(rows: 1, columns: 5, values: Array(audio.values.prefix(5)))
    let gradient = audio.zeros
    #expect(RelationalStructure.accumulateDistances(audio: one, text: text, weight: 1, audioGradient: gradient) == 0)
    #expect(RelationalStructure.accumulateAngles(audio: audio, text: text, weight: 1, audioGradient: gradient) == 0)
    #expect(gradient.values.allSatisfy { $0 == 0 })
  }
}
