import AudioFrontEnd
import ModelFormat
import SeededRandom
import Testing
import TinyTrainingRun
import Training

@Suite struct QuantizationAwareTrainingTests {
  private static let head = AcousticModel.ScoreHead(weights: .init(repeating: 1, count: 12), bias: 0)
  private static let pairHead = AcousticModel.ScoreHead(weights: .init(repeating: 1, count: 14), bias: 0)

  private static func run(seed: UInt64, start: Double) throws -> TinyTrainingRun {
    var run = try TinyTrainingRun(seed: seed)
    run.recipe.epochs = 4
    run.recipe.quantizationStart = start
    return run
  }

  /// Features on their grid.
  private static func features(_ rows: Int, seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    return Matrix(
      rows: rows, columns: 40, values: (0..<rows * 40).map { _ in Float(generator.nextIndex(101) - 50) })
  }

  /// Both round the same values to the same grid, but for biases and multipliers that the file keeps as integers and sums
  /// that are added up in another order: where those fall on either side of a rounding, a value may be one step off, and rarely
  /// two behind inputs that are off.
  @Test("Training computes the same values as the exported model")
  func exportedGrid() throws {
    let seed: UInt64 = 2501
    let trainer = try Self.run(seed: seed, start: 0.25).trainer()
    try trainer.run { _ in true }
    let network = try SpottingNetwork(restoring: trainer.checkpoint())
    let encoder = network.encoder
    let exporter = ModelExporter(network: network, initialMeans: .init(repeating: 0, count: 40))
    // No calibration audio: the ranges must be those of the training.
    let layers = exporter.contents(
      calibration: [], streamHead: Self.head, pairHead: Self.pairHead, provenance: ""
    ).layers
    let steps = Self.features(160, seed: seed)
    let simulation = SimulatedInt8Encoder(layers)
    simulation.forward(steps)
    let features = Matrix(
      rows: steps.rows, columns: 40, values: steps.values.map { $0 * FeatureContract.quantizationStep })
    let output = Matrix()
    let grid = try #require(encoder.quantizationGrid)
    let training = QuantizationAwareTraining(bank: network.bank, encoders: [encoder])
    training.beginStep()
    encoder.forward(features, SequenceBounds(lengths: [features.rows]), into: output, training: false)
    let tensors =
      [encoder.stemOutput, encoder.reductionOutput] + encoder.blocks.flatMap { [$0.inner, $0.output] } + [output]
    for (layer, tensor) in tensors.enumerated() {
      let simulated = simulation.outputs[layer]
      var distances: [Int: Int] = [:]
      for row in 0..<simulated.rows {
        for channel in 0..<simulated.columns {
          let unit = grid.steps[layer] * grid.factors[layer][channel]
          let value = tensor[row, channel] / unit
          #expect(abs(value - value.rounded()) < 1e-2, "layer \(layer), seed \(seed): \(value) is off the grid")
          distances[abs(Int(value.rounded()) - Int(simulated[row, channel])), default: 0] += 1
        }
      }
      let other = distances.filter { $0.key > 0 }.values.reduce(0, +)
      // The first layer's inputs are equal; a later one adds what its inputs are off to its own rounding.
      #expect(distances.keys.allSatisfy { $0 <= (layer == 0 ? 1 : 2) }, "layer \(layer), seed \(seed): \(distances)")
      #expect(
        Double(distances[2] ?? 0) < 0.005 * Double(simulated.count), "layer \(layer), seed \(seed): \(distances)")
      #expect(Double(other) < 0.05 * Double(simulated.count), "layer \(layer), seed \(seed): \(distances)")
    }
    training.endStep()
  }

  @Test("A run that starts from a quantized one measures its own ranges, and so does the export of a mean of such runs")
  func ownRanges() throws {
    let first = try Self.run(seed: 2510, start: 0.25).trainer()
    try first.run { _ in true }
    let trained = first.checkpoint()
    #expect(first.network.encoder.quantizationGrid != nil)
    let second = try Self.run(seed: 2510, start: 0.75).trainer()
    try second.start(from: trained, path: "first")
    #expect(second.network.encoder.quantizationGrid == nil)
    var norms: [Float] = []
    try second.run { summary in
      norms.append(summary.gradientNorm)
      return true
    }
    #expect(norms.allSatisfy { $0.isFinite })
    let grid = try #require(second.network.encoder.quantizationGrid)
    #expect(grid.steps.allSatisfy { $0 > 1e-6 })

    // One of the two runs is not quantized.
    let third = try Self.run(seed: 2510, start: 1).trainer()
    try third.start(from: trained, path: "first")
    let mean = try Checkpoint.mean(of: [("first", trained), ("third", third.checkpoint())], shares: [1, 1])
    #expect(try SpottingNetwork(restoring: mean).encoder.quantizationGrid == nil)
  }

  @Test("The float weights return after a step, and a network in evaluation is not rounded")
  func restoration() throws {
    let trainer = try Self.run(seed: 2502, start: 0.25).trainer()
    try trainer.run { _ in true }
    let encoder = trainer.network.encoder
    let features = Self.features(40, seed: 2502)
    let bounds = SequenceBounds(lengths: [40])
    let output = Matrix()
    encoder.forward(features, bounds, into: output, training: false)
    let before = output.values
    let weights = (0..<trainer.bank.valueCount).map { trainer.bank.values[$0] }
    let training = QuantizationAwareTraining(bank: trainer.bank, encoders: [encoder])
    training.beginStep()
    #expect((0..<trainer.bank.valueCount).contains { trainer.bank.values[$0] != weights[$0] })
    encoder.forward(features, bounds, into: output, training: false)
    #expect(output.values != before)
    training.endStep()
    #expect((0..<trainer.bank.valueCount).allSatisfy { trainer.bank.values[$0] == weights[$0] })
    encoder.forward(features, bounds, into: output, training: false)
    #expect(output.values == before)
  }

  @Test("A resumed run with quantization gives the same bits")
  func resumption() throws {
    let run = try Self.run(seed: 2503, start: 0.25)
    let whole = try run.trainer()
    try whole.run { _ in true }
    let first = try run.trainer()
    let half = first.totalSteps * 5 / 8
    try first.run { $0.step < half }
    let second = try run.trainer()
    try second.restore(first.checkpoint(), path: "memory")
    try second.run { _ in true }
    #expect(second.checkpoint().values == whole.checkpoint().values)
    #expect(second.checkpoint().statistics == whole.checkpoint().statistics)
    #expect(half < whole.totalSteps)
  }

  @Test("A run starts from a float run's checkpoint, and steps before the start equal those of a float run")
  func start() throws {
    let float = try Self.run(seed: 2504, start: 1).trainer()
    let quantized = try Self.run(seed: 2504, start: 0.5).trainer()
    let half = float.totalSteps / 2
    try float.run { $0.step < half }
    try quantized.run { $0.step < half }
    #expect(half > 1)
    #expect(quantized.checkpoint().values == float.checkpoint().values)
    try quantized.start(from: float.checkpoint(), path: "memory")
    try float.start(from: quantized.checkpoint(), path: "memory")
    try quantized.run { _ in true }
    #expect(quantized.checkpoint().values.allSatisfy { $0.isFinite })
    #expect(quantized.checkpoint().values != float.checkpoint().values)
  }
}
