import Foundation
import SeededRandom
import Testing
import Training

@Suite struct MuonTests {
  /// Orthonormal columns by Gram-Schmidt: `[size, count]`.
  private static func basis(_ size: Int, _ count: Int, _ generator: inout SplitMix64) -> [[Double]] {
    var columns: [[Double]] = []
    while columns.count < count {
      var column = (0..<size).map { _ in Double(generator.nextNormal()) }
      for _ in 0..<2 {
        for other in columns {
          let along = zip(column, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in column.indices { column[index] -= along * other[index] }
        }
      }
      let length = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
      columns.append(column.map { $0 / length })
    }
    return columns
  }

  @Test(
    "Singular values move close to 1 and singular vectors are preserved",
    arguments: [(rows: 40, columns: 40), (rows: 33, columns: 70), (rows: 70, columns: 33)])
  func orthogonal(shape: (rows: Int, columns: Int)) {
    let seed: UInt64 = 3101
    var generator = SplitMix64(seed: seed)
    let rank = min(shape.rows, shape.columns)
    let left = Self.basis(shape.rows, rank, &generator)
    let right = Self.basis(shape.columns, rank, &generator)
    // From 1 to 1/300 of the largest.
    let values = (0..<rank).map { 5 * pow(300, -Double($0) / Double(rank - 1)) }
    let workspace = Orthogonalizer(rows: shape.rows, columns: shape.columns)
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        workspace.matrix[row, column] = Float(
          (0..<rank).reduce(0.0) { $0 + values[$1] * left[$1][row] * right[$1][column] })
      }
    }
    workspace.orthogonalize(.float)
    for first in 0..<rank {
      for second in 0..<rank {
        var product = 0.0
        for row in 0..<shape.rows {
          for column in 0..<shape.columns {
            product += left[first][row] * Double(workspace.matrix[row, column]) * right[second][column]
          }
        }
        if first == second {
          #expect((0.43...1.57).contains(product), "value \(values[first]) became \(product), seed \(seed)")
        } else {
          #expect(abs(product) < 1e-3, "vectors \(first) and \(second) mix, seed \(seed)")
        }
      }
    }
  }

  private static func bank() -> ParameterBank {
    let bank = ParameterBank(seed: 3)
    let start = Initialization.scaledNormal(fanIn: 8, gain: 1)
    _ = bank.slot("encoder.block0.pointwise", rows: 40, columns: 36, decays: true, start)
    _ = bank.slot("encoder.block0.depthwise", rows: 5, columns: 40, decays: true, start)
    _ = bank.slot("encoder.block0.norm", rows: 1, columns: 40, decays: false, start)
    _ = bank.slot("text.projection", rows: 40, columns: 40, decays: true, start)
    bank.seal()
    return bank
  }

  @Test("It updates the encoder's matrices by 0.2 of the rate per value and leaves all others to AdamW") func shares() {
    let seed: UInt64 = 3102
    var generator = SplitMix64(seed: seed)
    let (bank, plain) = (Self.bank(), Self.bank())
    let moved = Muon.matrices(of: bank)
    #expect(moved.map(\.name) == ["encoder.block0.pointwise"])
    let optimizer = AdamW(valueCount: bank.valueCount, weightDecay: 0, muon: Muon(slots: moved))
    let reference = AdamW(valueCount: bank.valueCount, weightDecay: 0)
    let before = (0..<moved[0].count).map { bank.value(moved[0])[$0] }
    for _ in 0..<3 {
      for index in 0..<bank.valueCount {
        let gradient = generator.nextNormal()
        bank.gradients[index] = gradient
        plain.gradients[index] = gradient
      }
      optimizer.step(bank, learningRate: 0.01)
      reference.step(plain, learningRate: 0.01)
    }
    for slot in bank.slots.dropFirst() {
      for index in 0..<slot.count {
        #expect(bank.value(slot)[index] == plain.value(slot)[index], "\(slot.name) \(index), seed \(seed)")
      }
    }
    let squares = (0..<moved[0].count).reduce(0.0) { $0 + pow(Double(bank.value(moved[0])[$1] - before[$1]), 2) }
    let step = (squares / Double(moved[0].count)).squareRoot()
    // Three steps that mostly agree, as with momentum.
    #expect((0.002...0.0075).contains(step), "moved by \(step), seed \(seed)")
  }

  @Test("Its rate is a multiple of the rate of all others") func rateFactor() {
    let seed: UInt64 = 3104
    var generator = SplitMix64(seed: seed)
    let (bank, plain) = (Self.bank(), Self.bank())
    let moved = Muon.matrices(of: bank)
    let optimizer = AdamW(valueCount: bank.valueCount, weightDecay: 0.1, muon: Muon(slots: moved, rateFactor: 3))
    let reference = AdamW(valueCount: bank.valueCount, weightDecay: 0.1, muon: Muon(slots: moved))
    let before = (0..<bank.valueCount).map { bank.values[$0] }
    for index in 0..<bank.valueCount {
      let gradient = generator.nextNormal()
      bank.gradients[index] = gradient
      plain.gradients[index] = gradient
    }
    optimizer.step(bank, learningRate: 0.01)
    reference.step(plain, learningRate: 0.01)
    for slot in bank.slots {
      let factor: Float = slot.offset == moved[0].offset ? 3 : 1
      for index in slot.offset..<slot.offset + slot.count {
        let (step, expected) = (bank.values[index] - before[index], factor * (plain.values[index] - before[index]))
        #expect(abs(step - expected) <= 1e-6 + 1e-4 * abs(expected), "\(slot.name) \(index), seed \(seed)")
      }
    }
  }

  @Test("The momentum of a channel without gradients ends at 0, not at subnormal numbers") func silentChannel() {
    let seed: UInt64 = 3105
    var generator = SplitMix64(seed: seed)
    let bank = Self.bank()
    let slot = Muon.matrices(of: bank)[0]
    let optimizer = AdamW(valueCount: bank.valueCount, weightDecay: 0, muon: Muon(slots: [slot]))
    for step in 0..<2_000 {
      for index in 0..<slot.count {
        let isSilent = index < slot.columns && step > 0
        bank.gradients[slot.offset + index] = isSilent ? 0 : generator.nextNormal()
      }
      optimizer.step(bank, learningRate: 0.001)
      let moments = optimizer.firstMoment[slot.offset..<slot.offset + slot.count]
      #expect(!moments.contains { $0.isSubnormal }, "step \(step), seed \(seed)")
      if step == 10 { #expect(moments.prefix(slot.columns).allSatisfy { $0 != 0 }, "seed \(seed)") }
    }
    #expect(optimizer.firstMoment[slot.offset..<slot.offset + slot.columns].allSatisfy { $0 == 0 }, "seed \(seed)")
  }

  @Test("It descends a valley that is a thousand times steeper across than along") func valley() {
    // f(W) = ½ Σᵢ cᵢ ‖row i of W − T‖²
    let seed: UInt64 = 3103
    var generator = SplitMix64(seed: seed)
    let bank = ParameterBank(seed: 4)
    let slot = bank.slot("encoder.matrix", rows: 32, columns: 32, decays: true, .constant(0))
    bank.seal()
    let target = (0..<slot.count).map { _ in generator.nextNormal() }
    let optimizer = AdamW(valueCount: bank.valueCount, weightDecay: 0, muon: Muon(slots: Muon.matrices(of: bank)))
    func curvature(_ row: Int) -> Float { powf(1_000, -Float(row) / 31) }
    func loss() -> Double {
      (0..<slot.count).reduce(0.0) { $0 + Double(curvature($1 / 32)) * pow(Double(bank.values[$1] - target[$1]), 2) }
    }
    let start = loss()
    for step in 0..<800 {
      for index in 0..<slot.count {
        bank.gradients[index] = curvature(index / 32) * (bank.values[index] - target[index])
      }
      optimizer.step(bank, learningRate: 0.05 * (1 - Float(step) / 800))
    }
    #expect(loss() < 0.01 * start, "from \(start) to \(loss())")
  }
}
