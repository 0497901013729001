extension AcousticModel {
  /// A logistic score over a candidate's features: `σ(Σ weights[i] · feature[i] + bias)`.
  ///
  /// A plain value that borrows nothing.
  public struct ScoreHead: Equatable, Sendable {
    public let weights: Weights
    public var bias: Float

    /// One weight a feature, kept in the value itself.
    public struct Weights: RandomAccessCollection, Equatable, Sendable {
      /// More features than this no head has.
      public static let limit = 16

      private var values = SIMD16<Float>.zero
      public let endIndex: Int

      public var startIndex: Int { 0 }

      fileprivate init(_ weights: UnsafeBufferPointer<Float>) {
        precondition(weights.count <= Self.limit, "a score head has at most 16 weights")
        endIndex = weights.count
        for index in 0..<weights.count { values[index] = weights[index] }
      }

      @inline(__always)
      public subscript(index: Int) -> Float {
        precondition(index >= 0 && index < endIndex)
        return values[index]
      }
    }

    /// - Precondition: there are at most ``Weights/limit`` weights.
    public init(weights: [Float], bias: Float) {
      self.weights = weights.withUnsafeBufferPointer { Weights($0) }
      self.bias = bias
    }

    /// The same from weights that are copied out of borrowed memory.
    init(borrowing weights: UnsafeBufferPointer<Float>, bias: Float) {
      self.weights = Weights(weights)
      self.bias = bias
    }
  }
}

extension AcousticModel.ScoreHead.Weights: CustomStringConvertible {
  public var description: String {
    var text = "["
    for index in indices {
      if index > 0 { text += ", " }
      text += "\(self[index])"
    }
    return text + "]"
  }
}
