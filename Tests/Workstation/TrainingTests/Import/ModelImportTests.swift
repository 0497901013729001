import AudioFrontEnd
import Foundation
import ModelFormat
import SeededRandom
import Testing
import TinyTrainingRun
import Training
import UntrainedModels

@Suite struct ModelImportTests {
  private static let released = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("models")

  /// Features of noise whose level and color change a few times a second, `[T, 40]`, in steps.
  private static func features(seconds: Double, means: [Float], seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    var extractor = FeatureExtractor(initialMeans: means)
    var state: Float = 0
    var (level, pole): (Float, Float) = (500, 0.5)
    let samples = (0..<Int(16_000 * seconds)).map { index -> Int16 in
      if index % 1_600 == 0 {
        level = 20 * expf(5 * generator.nextUniform())
        pole = 1.8 * generator.nextUniform() - 0.9
      }
      state = pole * state + generator.nextNormal() * level
      return Int16(max(-32_000, min(32_000, state)))
    }
    var values: [Float] = []
    samples.withUnsafeBufferPointer { samples in
      extractor.process(samples) { feature in for band in 0..<40 { values.append(Float(feature[band])) } }
    }
    return Matrix(rows: values.count / 40, columns: 40, values: values)
  }

  private static func inNepers(_ steps: Matrix) -> Matrix {
    Matrix(rows: steps.rows, columns: 40, values: steps.values.map { $0 * FeatureContract.quantizationStep })
  }

  private static func cosine(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var (product, first, second): (Float, Float, Float) = (0, 0, 0)
    for index in 0..<count {
      product += a[index] * b[index]
      first += a[index] * a[index]
      second += b[index] * b[index]
    }
    return product / (first * second).squareRoot()
  }

  private static func withModel<Result>(_ name: String, _ body: (AcousticModel) throws -> Result) throws -> Result {
    let bytes = [UInt8](try Data(contentsOf: released.appendingPathComponent(name)))
    return try bytes.withUnsafeBytes { try body(AcousticModel($0, expectedFeatureContract: FeatureContract.hash)) }
  }

  /// The engine rounds every activation to eight bits, the network does not.
  @Test("A network from a released model gives the engine's embeddings up to rounding", arguments: ["base", "tiny"])
  func releasedModel(name: String) throws {
    try Self.withModel(name + ".cooee") { model in
      let steps = Self.features(seconds: 6, means: Array(model.initialMeans), seed: 2701)
      let engine = SimulatedInt8Encoder(model).forward(steps)
      let network = try SpottingNetwork(restoring: Checkpoint(of: model))
      let features = Self.inNepers(steps)
      network.forward(features, SequenceBounds(lengths: [features.rows]), training: false)
      let cosines = (0..<engine.rows).map { Self.cosine(engine.row($0), network.embeddings.row($0), engine.columns) }
      #expect(cosines.count > 140)
      #expect(cosines.reduce(0, +) / Float(cosines.count) > 0.995)
      #expect(cosines.min()! > 0.95)
      #expect(network.classifier.scale == expf(logf(model.classVectors.scale)))
    }
  }

  /// The function is the same for any size, but the same learning rate turns small weights further.
  @Test("The weights of such a network are as large as trained ones: five times as large as initial ones")
  func size() throws {
    try Self.withModel("tiny.cooee") { model in
      let bank = try SpottingNetwork(restoring: Checkpoint(of: model)).bank
      func deviation(_ name: String) throws -> Float {
        let slot = try #require(bank.find(name))
        let squares = (0..<slot.count).reduce(Float(0)) { $0 + bank.value(slot)[$1] * bank.value(slot)[$1] }
        return (squares / Float(slot.count)).squareRoot()
      }
      #expect(abs(try deviation("encoder.block3.pointwise") / (5 * 1.4 / Float(128).squareRoot()) - 1) < 1e-4)
      #expect(abs(try deviation("encoder.block3.depthwise") / (1 / Float(7).squareRoot()) - 1) < 1e-4)
      #expect(abs(try deviation("encoder.projection") / (5 / Float(128).squareRoot()) - 1) < 1e-4)
      #expect(abs(try deviation("proxies") / (5 / Float(96).squareRoot()) - 1) < 1e-4)
    }
  }

  @Test("Exporting such a network gives back a model that computes the same") func roundTrip() throws {
    try Self.withModel("tiny.cooee") { model in
      let network = try SpottingNetwork(restoring: Checkpoint(of: model))
      let means = Array(model.initialMeans)
      let calibration = (0..<4).map { Self.inNepers(Self.features(seconds: 4, means: means, seed: 2710 + $0)) }
      let contents = ModelExporter(network: network, initialMeans: means).contents(
        calibration: calibration, streamHead: model.streamHead, pairHead: model.pairHead, provenance: "")
      #expect(contents.layers.map(\.shape) == model.layers.map(\.shape))
      #expect(zip(contents.classVectors, model.classVectors.vectors).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(abs(contents.classScale - model.classVectors.scale) < 1e-4)
      #expect(contents.textEncoder.forward.hiddenBiases == Array(model.textEncoder.forward.hiddenBiases))
      let steps = Self.features(seconds: 6, means: means, seed: 2702)
      let before = SimulatedInt8Encoder(model).forward(steps)
      let after = SimulatedInt8Encoder(contents.layers).forward(steps)
      let cosines = (0..<before.rows).map { Self.cosine(before.row($0), after.row($0), before.columns) }
      #expect(cosines.reduce(0, +) / Float(cosines.count) > 0.99)
    }
  }

  @Test("With anchored normalizations, a step in training computes what evaluation does") func anchors() throws {
    try Self.withModel("tiny.cooee") { model in
      let network = try SpottingNetwork(restoring: Checkpoint(of: model))
      let features = Self.inNepers(Self.features(seconds: 8, means: Array(model.initialMeans), seed: 2703))
      let bounds = SequenceBounds(lengths: [features.rows / 2, features.rows - features.rows / 2])
      func embeddings(training: Bool) -> Matrix {
        network.forward(features, bounds, training: training)
        return Matrix(
          rows: network.embeddings.rows, columns: network.embeddings.columns, values: network.embeddings.values)
      }
      let evaluated = embeddings(training: false)
      func worst(_ other: Matrix) -> Float {
        (0..<evaluated.rows).map { Self.cosine(evaluated.row($0), other.row($0), evaluated.columns) }.min()!
      }
      #expect(worst(embeddings(training: true)) < 0.9, "the test needs a network that training changes")
      network.encoder.anchorNormalizations(to: features, bounds)
      #expect(worst(embeddings(training: false)) > 0.9999)
      #expect(worst(embeddings(training: true)) > 0.9999)
    }
  }

  private static func trained() throws -> [UInt8] {
    let trainer = try TinyTrainingRun(seed: 2704).trainer()
    try trainer.run { _ in true }
    let network = try SpottingNetwork(restoring: trainer.checkpoint())
    let means = [Float](repeating: -8, count: 40)
    return try ModelExporter(network: network, initialMeans: means).contents(
      calibration: [inNepers(features(seconds: 3, means: means, seed: 2705))],
      streamHead: .init(weights: .init(repeating: 1, count: 12), bias: 0),
      pairHead: .init(weights: .init(repeating: 1, count: 14), bias: 0), provenance: "[training]\nhours = 12.5\n"
    ).encoded()
  }

  @Test("A run starts from a model with new parameters of the losses and counts the model's hours")
  func start() throws {
    try Self.trained().withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      let trainer = try TinyTrainingRun(seed: 2706).trainer()
      let new = Dictionary(uniqueKeysWithValues: trainer.bank.slots.map { ($0.name, trainer.bank.value($0)[0]) })
      try trainer.start(from: model, path: "tiny.cooee")
      #expect(trainer.secondsTrained == 12.5 * 3600 && trainer.stepCount == 0)
      for slot in trainer.bank.slots where SpottingNetwork.isTrainingOnly(slot.name) {
        #expect(trainer.bank.value(slot)[0] == new[slot.name], "\(slot.name)")
      }
      let steps = Self.features(seconds: 3, means: .init(repeating: -8, count: 40), seed: 2707)
      let features = Self.inNepers(steps)
      let engine = SimulatedInt8Encoder(model).forward(steps)
      trainer.network.forward(features, SequenceBounds(lengths: [features.rows]), training: false)
      let cosines = (0..<engine.rows).map {
        Self.cosine(engine.row($0), trainer.network.embeddings.row($0), engine.columns)
      }
      #expect(cosines.reduce(0, +) / Float(cosines.count) > 0.99)
    }
  }

  @Test("A recipe with another width is refused with both shapes; a larger one of the same width is accepted")
  func shapes() throws {
    try Self.trained().withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      var wider = try TinyTrainingRun(seed: 2708)
      wider.recipe.network.streaming.channels = 9
      let error = #expect(throws: ModelImportError.self) { try wider.trainer().start(from: model, path: "tiny.cooee") }
      #expect(error?.description.contains(TinyTrainingRun.configuration.name) == true)
      #expect(error?.description.contains(wider.recipe.network.name) == true)
      var ahead = try TinyTrainingRun(seed: 2709)
      ahead.recipe.network.streaming.blockRightContexts = [1, 1]
      try ahead.trainer().start(from: model, path: "tiny.cooee")
      ahead.recipe.network.streaming.blockKernels = ahead.recipe.network.streaming.blockKernels.map { $0 + 2 } + [3]
      ahead.recipe.network.streaming.blockRightContexts = [1, 1, 1]
      try ahead.trainer().start(from: model, path: "tiny.cooee")
    }
  }

  @Test("A model with other layers than the trainer's is refused") func otherLayers() throws {
    let shapes = [
      LayerShape(
        kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 12, kernelFrames: 4, stride: 4,
        rightContext: 3),
      LayerShape(kind: .dense, activation: .linear, inputChannels: 12, outputChannels: 16),
    ]
    let bytes = try AcousticModelContents.untrained(seed: 2711, shapes: shapes, featureContract: 7).encoded()
    try bytes.withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: 7)
      #expect(throws: ModelImportError.otherLayers) { try Checkpoint(of: model) }
    }
  }
}
