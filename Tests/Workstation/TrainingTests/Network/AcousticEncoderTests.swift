import Testing
import Training

@Suite struct AcousticEncoderTests {
  static let tiny: EncoderConfiguration = {
    var configuration = EncoderConfiguration()
    configuration.stemChannels = 3
    configuration.channels = 4
    configuration.dimension = 3
    configuration.blockKernels = [3, 5]
    configuration.blockRightContexts = [1, 0]
    return configuration
  }()

  private static func open(_ encoder: AcousticEncoder) -> [Bool] {
    encoder.stemOutput.open + encoder.reductionOutput.open + encoder.blocks.flatMap { $0.inner.open + $0.output.open }
  }

  /// Ragged, with a sequence of one frame and lengths not divisible by the strides.
  @Test("The gradient passes through the whole encoder to every parameter", arguments: [1001, 1002])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let encoder = AcousticEncoder(Self.tiny, bank: bank)
    bank.seal()
    bank.disturb(&draws, by: 0.1)
    let bounds = SequenceBounds(lengths: [11, 1, 18, 6])
    let features = draws.matrix(rows: bounds.rowCount, columns: 40)
    let probe = Probe(&draws, rows: 3 + 1 + 5 + 2, columns: 3)
    let output = Matrix()
    let larger = SequenceBounds(lengths: [50, 7])
    encoder.forward(draws.matrix(rows: 57, columns: 40), larger, into: output, training: true)
    encoder.backward(draws.matrix(rows: output.rows, columns: 3))
    func forward() -> Evaluation {
      encoder.forward(features, bounds, into: output, training: true)
      return Evaluation(loss: probe.loss(output), open: Self.open(encoder))
    }
    _ = forward()
    #expect(encoder.outputBounds == SequenceBounds(lengths: [3, 1, 5, 2]))
    #expect(output.rows == 11 && output.columns == 3)
    let parameters = bank.added { encoder.backward(probe.gradient) }
    // A small step, because a shift moves every row of its channel and a rectifier is always close.
    let check = GradientCheck(seed: seed, step: 5e-4, tolerance: 2e-2, skippedShare: 0.6, evaluate: forward)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("In evaluation a sequence gives the same embeddings alone and in a batch, within its look-ahead")
  func independence() {
    let seed: UInt64 = 1003
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let encoder = AcousticEncoder(Self.tiny, bank: bank)
    bank.seal()
    let features = draws.matrix(rows: 31, columns: 40)
    let batch = Matrix()
    encoder.forward(features, SequenceBounds(lengths: [10, 21]), into: batch, training: false)
    let alone = Matrix(rows: 21, columns: 40, values: Array(features.values.suffix(21 * 40)))
    let output = Matrix()
    encoder.forward(alone, SequenceBounds(lengths: [21]), into: output, training: false)
    #expect(output.rows == 6)
    for index in 0..<output.count { #expect(abs(output.pointer[index] - batch.row(3)[index]) < 1e-5) }
    // Embedding 1 corresponds to feature frame 4.
    let before = output.values
    let lookAhead = Self.tiny.lookAheadFrames
    for frame in (4 + lookAhead + 1)..<21 { for band in 0..<40 { alone[frame, band] += 3 } }
    encoder.forward(alone, SequenceBounds(lengths: [21]), into: output, training: false)
    #expect((0..<6).allSatisfy { abs(output.pointer[$0] - before[$0]) < 1e-5 })
    #expect((6..<18).contains { abs(output.pointer[$0] - before[$0]) > 1e-3 })
  }
}
