import Int8Kernels
import KeywordSpotting
import ModelFormat
import SeededRandom
import Testing
import UntrainedModels

@Suite struct StreamingEncoderTests {
  /// Architectures that cover different cases.
  enum Architecture: String, CaseIterable {
    /// Strides 2 and 2, a residual, dilation, look-ahead.
    case small
    /// Everything in one pointwise layer of stride 4.
    case pointwise
    /// A depthwise first layer, strides in depthwise layers, look-ahead over the whole kernel, no left context.
    case lookingAhead
    /// A residual around a depthwise layer of one tap, which keeps no past frames.
    case oneTap
    /// Wide, with a long dilated left context.
    case wide

    var shapes: [LayerShape] {
      switch self {
      case .small: AcousticModelContents.testShapes
      case .pointwise:
        [LayerShape(kind: .dense, activation: .linear, inputChannels: 40, outputChannels: 5, stride: 4)]
      case .lookingAhead:
        [
          LayerShape(
            kind: .depthwise, activation: .linear, inputChannels: 40, outputChannels: 40, kernelFrames: 4, stride: 2,
            dilation: 3, rightContext: 9),
          LayerShape(
            kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 17, kernelFrames: 5, rightContext: 4),
          LayerShape(
            kind: .dense, activation: .linear, inputChannels: 17, outputChannels: 9, kernelFrames: 2, stride: 2),
        ]
      case .oneTap:
        [
          LayerShape(kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 16, stride: 4),
          LayerShape(kind: .depthwise, activation: .linear, inputChannels: 16, outputChannels: 16),
          LayerShape(kind: .dense, activation: .linear, addsResidual: true, inputChannels: 16, outputChannels: 16),
        ]
      case .wide:
        [
          LayerShape(
            kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 130, kernelFrames: 4, stride: 4),
          LayerShape(
            kind: .depthwise, activation: .linear, inputChannels: 130, outputChannels: 130, kernelFrames: 7,
            dilation: 4, rightContext: 4),
          LayerShape(kind: .dense, activation: .relu, addsResidual: true, inputChannels: 130, outputChannels: 130),
          LayerShape(
            kind: .depthwise, activation: .relu, inputChannels: 130, outputChannels: 130, kernelFrames: 2,
            rightContext: 1),
          LayerShape(kind: .dense, activation: .linear, addsResidual: true, inputChannels: 130, outputChannels: 130),
        ]
      }
    }
  }

  private static func features(_ count: Int, seed: UInt64) -> [[Int8]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in (0..<40).map { _ in Int8(generator.integer(in: -127...127)) } }
  }

  private static func stream(_ encoder: inout StreamingEncoder, _ features: [[Int8]], dimension: Int) -> [[Int8]] {
    var embeddings: [[Int8]] = []
    for feature in features {
      encoder.process(feature: feature) { embeddings.append(Array(UnsafeBufferPointer(start: $0, count: dimension))) }
    }
    return embeddings
  }

  @Test(
    "The stream gives the bytes of the whole sequence on every path",
    arguments: Architecture.allCases, KernelPath.available)
  func equalsReference(architecture: Architecture, path: KernelPath) throws {
    let model = try TestModel.make(seed: 5, shapes: architecture.shapes)
    let features = Self.features(121, seed: 6)
    var encoder = StreamingEncoder(model, path: path)
    let embeddings = Self.stream(&encoder, features, dimension: model.embeddingDimension)
    #expect(embeddings == ReferenceEncoder.encode(model, features: features))
    // The result varies, so differences are visible.
    #expect(Set(embeddings).count > embeddings.count / 2)
  }

  @Test("An embedding is emitted with the last frame of its look-ahead", arguments: Architecture.allCases)
  func latency(architecture: Architecture) throws {
    let model = try TestModel.make(seed: 5, shapes: architecture.shapes)
    var encoder = StreamingEncoder(model, path: .reference)
    var arrivals: [Int] = []
    for (index, feature) in Self.features(60, seed: 6).enumerated() {
      encoder.process(feature: feature) { _ in arrivals.append(index) }
    }
    for (frame, arrival) in arrivals.enumerated() { #expect(arrival == 4 * frame + model.lookaheadFeatureFrames) }
    #expect(arrivals.count == (60 - model.lookaheadFeatureFrames + 3) / 4)
  }

  @Test("After a reset, it gives the bytes of a new encoder", arguments: [0, 1, 2, 3, 4, 17])
  func reset(framesBefore: Int) throws {
    let model = try TestModel.make(seed: 5)
    let features = Self.features(50, seed: 7)
    var fresh = StreamingEncoder(model)
    let expected = Self.stream(&fresh, features, dimension: model.embeddingDimension)
    var used = StreamingEncoder(model)
    _ = Self.stream(&used, Self.features(framesBefore, seed: 8), dimension: model.embeddingDimension)
    used.reset()
    #expect(Self.stream(&used, features, dimension: model.embeddingDimension) == expected)
  }
}
