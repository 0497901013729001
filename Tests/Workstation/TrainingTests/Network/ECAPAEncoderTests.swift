import Testing
import Training

@Suite struct ECAPAEncoderTests {
  private static let tiny: ECAPAConfiguration = {
    var configuration = ECAPAConfiguration()
    configuration.channels = 4
    configuration.scale = 2
    configuration.bottleneckCount = 3
    configuration.aggregationChannels = 5
    configuration.dimension = 3
    return configuration
  }()

  /// Ragged, with a sequence of one frame and lengths not divisible by the strides.
  @Test(
    "The gradient passes through the whole encoder to every parameter",
    arguments: [1011, 1012, 1016, 1017])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let encoder = ECAPAEncoder(Self.tiny, bank: bank)
    bank.seal()
    bank.disturb(&draws, by: 0.1)
    let bounds = SequenceBounds(lengths: [35, 1, 42, 6])
    let features = draws.matrix(rows: bounds.rowCount, columns: 40)
    let probe = Probe(&draws, rows: 9 + 1 + 11 + 2, columns: 3)
    let output = Matrix()
    encoder.forward(
      draws.matrix(rows: 157, columns: 40), SequenceBounds(lengths: [150, 7]), into: output, training: true)
    encoder.backward(draws.matrix(rows: output.rows, columns: 3))
    func forward() -> Evaluation {
      encoder.forward(features, bounds, into: output, training: true)
      return Evaluation(loss: probe.loss(output), open: encoder.openRectifiers)
    }
    _ = forward()
    let parameters = bank.added { encoder.backward(probe.gradient) }
    // The step is as large as rectifiers allow, because single precision blurs a small one.
    let check = GradientCheck(
      seed: seed, step: 8e-3, smallestStep: 5e-4, tolerance: 2e-2, skippedShare: 0.5, evaluate: forward)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("Embeddings have the positions of the streaming encoder's for any length", arguments: 0..<10)
  func bounds(length: Int) {
    let bank = ParameterBank(seed: 1013)
    let encoder = ECAPAEncoder(Self.tiny, bank: bank)
    bank.seal()
    let bounds = SequenceBounds(lengths: [length, 9])
    let output = Matrix()
    let found = encoder.forward(Matrix(rows: length + 9, columns: 40), bounds, into: output, training: true)
    #expect(found == bounds.strided(by: 2).strided(by: 2))
    #expect(output.rows == found.rowCount && output.columns == encoder.dimension)
  }

  @Test("In evaluation a sequence gives the same embeddings alone and in a batch, and depends on all of itself")
  func independence() {
    let seed: UInt64 = 1014
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let encoder = ECAPAEncoder(Self.tiny, bank: bank)
    bank.seal()
    bank.disturb(&draws, by: 0.1)
    let features = draws.matrix(rows: 111, columns: 40)
    let bounds = SequenceBounds(lengths: [10, 101])
    let batch = Matrix()
    encoder.forward(features, bounds, into: batch, training: false)
    let alone = Matrix(rows: 101, columns: 40, values: Array(features.values.suffix(101 * 40)))
    let output = Matrix()
    encoder.forward(alone, SequenceBounds(lengths: [101]), into: output, training: false)
    #expect(output.rows == 26)
    for index in 0..<output.count { #expect(abs(output.pointer[index] - batch.row(3)[index]) < 1e-5, "seed \(seed)") }
    let before = batch.values
    // Farther from the first embedding than the convolutions reach. The means carry it there.
    for frame in 90..<111 { for band in 0..<40 { features[frame, band] += 3 } }
    encoder.forward(features, bounds, into: batch, training: false)
    #expect((0..<9).allSatisfy { batch.pointer[$0] == before[$0] })
    #expect((9..<12).contains { abs(batch.pointer[$0] - before[$0]) > 1e-3 })
  }

  @Test("A block's input is the sum of all previous outputs") func sums() {
    let seed: UInt64 = 1015
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let encoder = ECAPAEncoder(Self.tiny, bank: bank)
    bank.seal()
    // Blocks with closed excitation pass their input through: x_k = 2^(k−1) · x_0.
    for block in encoder.blocks {
      for channel in 0..<4 { bank.value(block.excitation.excitation.bias!)[channel] = -80 }
    }
    let output = Matrix()
    encoder.forward(draws.matrix(rows: 20, columns: 40), SequenceBounds(lengths: [20]), into: output, training: true)
    let first = encoder.blocks[0].output.values
    for (index, factor) in [(1, Float(2)), (2, 4)] {
      let later = encoder.blocks[index].output.values
      #expect(zip(first, later).allSatisfy { abs($1 - factor * $0) < 1e-5 }, "block \(index), seed \(seed)")
    }
    #expect(first.contains { abs($0) > 0.1 })
  }
}
