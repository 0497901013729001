import AudioFrontEnd
import KeywordSpotting
import Training

/// The features of a recording and of the silence after it, which a network's look-ahead needs.
struct PaddedFeatures {
  /// `[T, 40]`, row-major.
  var values: [Float]
  /// Embeddings of the recording alone.
  var frameCount: Int

  /// Feature frames of silence: more than any encoder looks ahead.
  private static let silentFrames = 24

  init(_ samples: UnsafeBufferPointer<Int16>, initialMeans: [Float]) {
    var extractor = FeatureExtractor(initialMeans: initialMeans)
    var values: [Float] = []
    extractor.process(samples, appendingTo: &values)
    let silence = [Int16](repeating: 0, count: Self.silentFrames * FeatureContract.hopSamples + 1_040)
    silence.withUnsafeBufferPointer { extractor.process($0, appendingTo: &values) }
    self.values = values
    let frames = (samples.count + FrameTiming.samplesPerFrame - 1) / FrameTiming.samplesPerFrame
    frameCount = min(frames, values.count / 160)
  }
}

extension SpottingNetwork {
  /// Runs the encoder and the classifier over several recordings.
  ///
  /// - Returns: the rows of ``SpottingNetwork/embeddings`` and ``SpottingNetwork/logits`` of each recording, without
  ///   those of the silence.
  func forward(_ recordings: [PaddedFeatures]) -> [Range<Int>] {
    let lengths = recordings.map { $0.values.count / 40 }
    let features = Matrix(rows: lengths.reduce(0, +), columns: 40, values: recordings.flatMap(\.values))
    let bounds = forward(features, SequenceBounds(lengths: lengths), training: false)
    return recordings.enumerated().map { bounds.starts[$0]..<bounds.starts[$0] + $1.frameCount }
  }
}
