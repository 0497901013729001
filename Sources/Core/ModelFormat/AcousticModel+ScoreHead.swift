extension AcousticModel {
  /// A logistic score over features: `σ(Σ weights[i] · feature[i] + bias)`.
  ///
  /// A plain value that borrows nothing.
  public struct ScoreHead: Equatable, Sendable {
    /// One weight per feature.
    public let weights: Weights
    /// The bias.
    public var bias: Float

    /// The weights, stored in the value itself.
    public struct Weights: RandomAccessCollection, Equatable, Sendable {
      /// Maximum number of weights.
      public static let limit = 16

      private var values = SIMD16<Float>.zero
      /// The number of weights.
      public let endIndex: Int

      /// Always 0.
      public var startIndex: Int { 0 }

      fileprivate init(_ weights: UnsafeBufferPointer<Float>) {
        precondition(weights.count <= Self.limit, "a score head has at most 16 weights")
        endIndex = weights.count
        for index in 0..<weights.count { values[index] = weights[index] }
      }

      /// The weight at `index`.
      ///
      /// - Precondition: `index` is below ``endIndex``.
      @inline(__always)
      public subscript(index: Int) -> Float {
        precondition(index >= 0 && index < endIndex)
        return values[index]
      }
    }

    /// Creates a head from its members.
    ///
    /// - Precondition: there are at most ``Weights/limit`` weights.
    public init(weights: [Float], bias: Float) {
      self.weights = weights.withUnsafeBufferPointer { Weights($0) }
      self.bias = bias
    }

    /// Creates a head with a copy of borrowed weights.
    init(borrowing weights: UnsafeBufferPointer<Float>, bias: Float) {
      self.weights = Weights(weights)
      self.bias = bias
    }
  }
}

extension AcousticModel.ScoreHead.Weights: CustomStringConvertible {
  /// The weights, as an array is printed.
  public var description: String {
    var text = "["
    for index in indices {
      if index > 0 { text += ", " }
      text += "\(self[index])"
    }
    return text + "]"
  }
}
