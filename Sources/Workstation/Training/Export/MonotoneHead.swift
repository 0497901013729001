import Foundation
import ModelFormat

/// Fits `σ(w · f + b)` to labeled features, with `w ≥ 0` for all but the last one. The score never falls as evidence
/// grows.
///
/// The loss is weighted cross-entropy with a small ridge term. Projected gradient descent on standardized features
/// minimizes it; the problem is convex.
public enum MonotoneHead {
  /// Index of the clarity among the features of a stream candidate.
  static let clarityIndex = 10

  /// A feature vector and its label.
  public struct Sample: Sendable {
    /// The evidence of a candidate. All samples of a fit have the same number of values.
    public var features: [Float]
    /// Whether the candidate is the phrase.
    public var isMatch: Bool

    /// Creates a labeled feature vector.
    public init(features: [Float], isMatch: Bool) {
      self.features = features
      self.isMatch = isMatch
    }
  }

  /// Fits a head. Matches and mismatches have the same total weight.
  /// - Returns: weights and bias for features as given, not standardised.
  public static func fit(_ samples: [Sample], iterations: Int = 600) -> AcousticModel.ScoreHead {
    let count = samples.first?.features.count ?? 0
    let matches = Double(samples.count { $0.isMatch })
    let mismatches = Double(samples.count) - matches
    precondition(matches > 0 && mismatches > 0, "a head needs matches and mismatches")
    var mean = [Double](repeating: 0, count: count)
    var deviation = [Double](repeating: 0, count: count)
    for sample in samples { for i in 0..<count { mean[i] += Double(sample.features[i]) / Double(samples.count) } }
    for sample in samples {
      for i in 0..<count { deviation[i] += pow(Double(sample.features[i]) - mean[i], 2) / Double(samples.count) }
    }
    for i in 0..<count { deviation[i] = max(deviation[i].squareRoot(), 1e-6) }
    let rows = samples.map { sample in (0..<count).map { (Double(sample.features[$0]) - mean[$0]) / deviation[$0] } }
    var weights = [Double](repeating: 0.5, count: count)
    var bias = 0.0
    var velocity = [Double](repeating: 0, count: count + 1)
    for _ in 0..<iterations {
      var gradient = [Double](repeating: 0, count: count + 1)
      for (row, sample) in zip(rows, samples) {
        var logit = bias
        for i in 0..<count { logit += weights[i] * row[i] }
        let probability = 1 / (1 + exp(-logit))
        let error = (probability - (sample.isMatch ? 1 : 0)) * 0.5 / (sample.isMatch ? matches : mismatches)
        for i in 0..<count { gradient[i] += error * row[i] }
        gradient[count] += error
      }
      for i in 0..<count {
        velocity[i] = 0.9 * velocity[i] - 1.0 * (gradient[i] + 1e-4 * weights[i])
        weights[i] += velocity[i]
        if i < count - 1 && weights[i] < 0 {
          weights[i] = 0
          velocity[i] = 0
        }
      }
      velocity[count] = 0.9 * velocity[count] - 1.0 * gradient[count]
      bias += velocity[count]
    }
    for i in 0..<count { bias -= weights[i] * mean[i] / deviation[i] }
    return .init(weights: (0..<count).map { Float(weights[$0] / deviation[$0]) }, bias: Float(bias))
  }

  /// `w · f + b`.
  public static func logit(_ head: AcousticModel.ScoreHead, _ features: [Float]) -> Float {
    zip(head.weights, features).reduce(head.bias) { $0 + $1.0 * $1.1 }
  }
}
