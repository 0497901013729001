import AudioFrontEnd
import Evaluation
import Foundation
import ModelFormat
import SeededRandom
import Testing
import Training

@Suite struct ParityTests {
  private static let configuration: EncoderConfiguration = {
    var configuration = EncoderConfiguration()
    configuration.stemChannels = 12
    configuration.channels = 16
    configuration.dimension = 16
    configuration.blockKernels = [3, 5]
    configuration.blockRightContexts = [1, 0]
    return configuration
  }()

  private static func features(_ samples: [Int16]) -> Matrix {
    var extractor = FeatureExtractor(initialMeans: [Float](repeating: 0, count: 40))
    var values: [Float] = []
    samples.withUnsafeBufferPointer { samples in
      extractor.process(samples) { feature in
        for band in 0..<40 { values.append(Float(feature[band]) * FeatureContract.quantizationStep) }
      }
    }
    return Matrix(rows: values.count / 40, columns: 40, values: values)
  }

  /// A network with random weights, and the model exported from it.
  private static func exported(seed: UInt64) throws -> (network: SpottingNetwork, model: EvaluatedModel) {
    let bank = ParameterBank(seed: seed)
    let network = SpottingNetwork(NetworkConfiguration(streaming: configuration), bank: bank)
    bank.seal()
    let calibration = (0..<6).map { clip in
      features(SquareWaveSpeech.samples((0..<12).map { UInt8((clip * 7 + $0 * $0) % 39) }))
    }
    // Running averages as after training, to fill the ranges of the activations.
    for features in calibration {
      network.encoder.forward(features, SequenceBounds(lengths: [features.rows]), into: Matrix(), training: true)
      for _ in 0..<100 { BatchNormalization.updateRunningStatistics(of: bank, from: [bank]) }
    }
    let contents = ModelExporter(network: network, initialMeans: [Float](repeating: 0, count: 40)).contents(
      calibration: calibration, streamHead: .init(weights: .init(repeating: 1, count: 12), bias: 0),
      pairHead: .init(weights: .init(repeating: 1, count: 14), bias: 0), provenance: "")
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let language = try Data(contentsOf: repository.appendingPathComponent("models/english.cooee"))
    return (network, try EvaluatedModel(modelBytes: contents.encoded(), languageBytes: [UInt8](language)))
  }

  @Test("A stream of the float network has the frames of the clip, to its end") func floatStream() throws {
    let (network, model) = try Self.exported(seed: 3103)
    var generator = SplitMix64(seed: 8)
    // More than a block of ten seconds, and not a whole number of frames.
    let samples = (0..<230_123).map { _ in Int16(generator.nextIndex(4_001)) - 2_000 }
    func frames(_ scorer: some AcousticScorer, ends: Bool) -> EncodedClip {
      var clip = EncodedClip(units: [], logPosteriors: [])
      let take = { (unit: UnsafePointer<Float>, logPosteriors: UnsafePointer<Float>) in
        clip.units += UnsafeBufferPointer(start: unit, count: 16)
        clip.logPosteriors += UnsafeBufferPointer(start: logPosteriors, count: 40)
      }
      for start in stride(from: 0, to: samples.count, by: 777) {
        samples[start..<min(start + 777, samples.count)].withUnsafeBufferPointer { scorer.encode(stream: $0, take) }
      }
      if ends { scorer.finishStream(take) }
      return clip
    }
    let float = FloatScorer(network: network, model: model.model)
    #expect(frames(float, ends: false).frameCount == 250)
    float.resetStream()
    let stream = frames(float, ends: true)
    let engine = frames(Int8Scorer(model.model), ends: true)
    #expect(stream.frameCount > 350 && abs(stream.frameCount - engine.frameCount) <= 1)
    let clip = samples.withUnsafeBufferPointer { float.encode(clip: $0) }
    for (a, b) in zip(stream.logPosteriors, clip.logPosteriors) { #expect(abs(a - b) < 1e-3) }
  }

  @Test(
    "For a random network, simulation and engine are equal and float is close", arguments: [3101, 3102])
  func agreement(seed: UInt64) throws {
    let (network, model) = try Self.exported(seed: seed)
    try withCorpus(model, ["THE GARDEN WINDOW", "SEVEN CANDLES", "A YELLOW BASKET", "MY NEIGHBOUR"]) { corpus in
      let report = try ParityProtocol.run(corpora: [corpus], model: model, network: network, limit: 3)
      #expect(report.utteranceCount == 3 && report.skippedCount == 0)
      #expect(report.frameCount > 30 && report.phonemeCount > 15)
      #expect(report.forms.map(\.name) == ["float", "simulated int8", "int8 engine"])
      #expect(report.forms[1].phonemeErrorRate == report.forms[2].phonemeErrorRate)
      #expect(report.differences[1].maximumAbsoluteDifference == 0, "seed \(seed)")
      #expect(abs(report.differences[1].meanCosine - 1) < 1e-6)
      #expect(report.differences[0].meanAbsoluteDifference > 0)
      #expect(report.differences[0].meanAbsoluteDifference < 0.2, "seed \(seed)")
      #expect(report.differences[0].meanCosine > 0.995, "seed \(seed)")
      #expect(report.layers.count == 7 && report.layers[0].layer == "stem" && report.layers[6].layer == "projection")
      for layer in report.layers {
        #expect((15..<70).contains(layer.signalToQuantizationNoiseDecibels), "seed \(seed): \(layer)")
      }
      #expect(report.markdown.contains("int8 engine against simulated int8"))
    }
  }

  @Test("Another network is recognized by the noise of its layers") func otherNetwork() throws {
    let (_, model) = try Self.exported(seed: 3103)
    let (other, _) = try Self.exported(seed: 3104)
    try withCorpus(model, ["THE GARDEN WINDOW"]) { corpus in
      let report = try ParityProtocol.run(corpora: [corpus], model: model, network: other)
      #expect(report.layers[6].signalToQuantizationNoiseDecibels < 6)
    }
  }

  @Test("A model with other layers than the network is rejected") func otherShape() throws {
    let (network, _) = try Self.exported(seed: 3105)
    let model = try untrainedModel()
    _ = try withCorpus(model, ["THE GARDEN WINDOW"]) { corpus in
      #expect(throws: EvaluationError.self) {
        try ParityProtocol.run(corpora: [corpus], model: model, network: network)
      }
    }
  }
}
