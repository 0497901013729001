import AudioFrontEnd

extension FeatureExtractor {
  /// Processes the next samples and appends the features of each frame as float networks take them.
  ///
  /// - Parameter features: `[T, 40]`, row-major, nepers.
  public mutating func process(_ samples: UnsafeBufferPointer<Int16>, appendingTo features: inout [Float]) {
    process(samples) { feature in
      for band in 0..<40 { features.append(Float(feature[band]) * FeatureContract.quantizationStep) }
    }
  }
}
