import Int8Kernels
import Testing

/// Random operands and inputs of a layer, in arrays.
private struct Draw {
  var weights: [Int8]
  var biases: [Int32]
  var multipliers: [Int32]
  var input: [Int8]
  var residual: [Int8]
  var residualMultiplier: Int32
  var lowerBound: Int32
  var depth: Int
  var outputs: Int

  enum Values: CaseIterable {
    /// Anything in range.
    case any
    /// Only the largest magnitudes: sums are close to the limits of exactness.
    case extreme
    /// Zeros, ones and halves: results are on the boundaries between two integers.
    case edges
  }

  init(seed: UInt64, values: Values, depth: Int, outputs: Int, inputCount: Int, relu: Bool) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int((state >> 20) % UInt64(bound))
    }
    func byte() -> Int8 {
      switch values {
      case .any: Int8(next(255) - 127)
      case .extreme: next(2) == 0 ? -127 : 127
      case .edges: Int8(next(3) - 1)
      }
    }
    weights = (0..<depth * outputs).map { _ in byte() }
    input = (0..<inputCount).map { _ in byte() }
    residual = (0..<outputs).map { _ in byte() }
    biases = (0..<outputs).map { _ in
      switch values {
      case .any: Int32(next(1 << 21) - 1 << 20)
      case .extreme: next(2) == 0 ? 1 - 1 << 29 : 1 << 29 - 1
      case .edges: Int32(next(5) - 2)
      }
    }
    multipliers = (0..<outputs).map { _ in
      switch values {
      case .any: Int32(next(1 << 24))
      case .extreme: [0, 1, .max, 1 << 30][next(4)]
      case .edges: 1 << 29
      }
    }
    residualMultiplier = values == .extreme ? .max : 1 << 29
    lowerBound = relu ? 0 : -127
    self.depth = depth
    self.outputs = outputs
  }

  func withOperands<Result>(_ body: (LayerOperands) -> Result) -> Result {
    weights.withUnsafeBufferPointer { weights in
      biases.withUnsafeBufferPointer { biases in
        multipliers.withUnsafeBufferPointer { multipliers in
          body(
            LayerOperands(
              weights: weights.baseAddress!, biases: biases.baseAddress!, multipliersQ30: multipliers.baseAddress!,
              depth: depth, outputCount: outputs, lowerBound: lowerBound, residualMultiplierQ30: residualMultiplier))
        }
      }
    }
  }

  /// The formula over arrays, in steps of arbitrary size: `floor((2·v + 2³⁰) / 2³¹)` by division.
  func requantized(_ accumulator: Int, _ output: Int, residual: Int) -> Int8 {
    let value = accumulator * Int(multipliers[output]) + residual * Int(residualMultiplier) + 536_870_912
    let quotient = value / 1_073_741_824
    let floor = value < 0 && quotient * 1_073_741_824 != value ? quotient - 1 : quotient
    return Int8(Swift.max(Int(lowerBound), Swift.min(127, floor)))
  }
}

private let paths = KernelPath.available

@Suite struct KernelTableTests {
  /// Depths: 1, around a half and a whole vector, around the AVX2 and NEON steps, the first layer's, deep.
  static let depths = [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 200, 256, 1000, 1 << 15]
  /// Outputs: 1, around the block of four rows, narrow and wide.
  static let outputCounts = [1, 3, 4, 5, 24, 63]

  @Test("The dense operator matches the formula on every path", arguments: paths)
  func dense(path: KernelPath) {
    let table = KernelTable(path)
    for depth in Self.depths {
      for outputs in Self.outputCounts where depth < 1 << 15 || outputs < 6 {
        for values in Draw.Values.allCases {
          for usesResidual in [false, true] {
            let seed = UInt64(depth * 100 + outputs)
            let draw = Draw(
              seed: seed, values: values, depth: depth, outputs: outputs, inputCount: depth, relu: !usesResidual)
            var output = [Int8](repeating: 99, count: outputs + 1)
            draw.withOperands { operands in
              draw.residual.withUnsafeBufferPointer { residual in
                table.dense(
                  operands, input: draw.input, residual: usesResidual ? residual.baseAddress! : nil, output: &output)
              }
            }
            let expected = (0..<outputs).map { row in
              var sum = Int(draw.biases[row])
              for index in 0..<depth { sum += Int(draw.weights[row * depth + index]) * Int(draw.input[index]) }
              return draw.requantized(sum, row, residual: usesResidual ? Int(draw.residual[row]) : 0)
            }
            #expect(
              output == expected + [99],
              "path \(path.name), seed \(seed), \(values), depth \(depth), outputs \(outputs), residual \(usesResidual)"
            )
          }
        }
      }
    }
  }

  @Test("The depthwise operator matches the formula on every path", arguments: paths)
  func depthwise(path: KernelPath) {
    let table = KernelTable(path)
    for taps in [1, 2, 3, 4, 9, 64] {
      for channels in [1, 7, 8, 9, 15, 16, 17, 32, 33, 100] {
        for dilation in [1, 2, 5] {
          for values in Draw.Values.allCases {
            let seed = UInt64(taps * 1000 + channels * 10 + dilation)
            let stride = dilation * channels
            let draw = Draw(
              seed: seed, values: values, depth: taps, outputs: channels, inputCount: (taps - 1) * stride + channels,
              relu: dilation == 2)
            var output = [Int8](repeating: 99, count: channels + 1)
            draw.withOperands { operands in
              table.depthwise(operands, input: draw.input, tapStride: stride, output: &output)
            }
            let expected = (0..<channels).map { channel in
              var sum = Int(draw.biases[channel])
              for tap in 0..<taps {
                sum += Int(draw.weights[tap * channels + channel]) * Int(draw.input[tap * stride + channel])
              }
              return draw.requantized(sum, channel, residual: 0)
            }
            #expect(
              output == expected + [99],
              "path \(path.name), seed \(seed), \(values), taps \(taps), channels \(channels), dilation \(dilation)")
          }
        }
      }
    }
  }

  @Test("Halves are rounded up, toward plus infinity", arguments: paths)
  func halves(path: KernelPath) {
    // A multiplier of one half over accumulators −3 … 4: −1.5 becomes −1, 1.5 becomes 2.
    let table = KernelTable(path)
    for (accumulator, expected) in zip(-3...4, [-1, -1, 0, 0, 1, 1, 2, 2] as [Int8]) {
      var draw = Draw(seed: 1, values: .edges, depth: 1, outputs: 1, inputCount: 1, relu: false)
      draw.weights = [0]
      draw.biases = [Int32(accumulator)]
      var output: [Int8] = [99]
      draw.withOperands { table.dense($0, input: draw.input, output: &output) }
      #expect(output == [expected], "accumulator \(accumulator)")
      draw.withOperands { table.depthwise($0, input: draw.input, tapStride: 1, output: &output) }
      #expect(output == [expected], "accumulator \(accumulator)")
    }
  }

  @Test("A path can be listed, named and selected")
  func names() {
    #expect(paths.starts(with: [.reference, .portable]))
    #expect(paths.contains(.best) && KernelPath.best != .reference)
    for path in KernelPath.allCases { #expect(KernelPath(name: path.name) == path) }
    #expect(KernelPath(name: "abacus") == nil)
    #expect(KernelTable(.portable).path == .portable)
    #if arch(x86_64)
      #expect(!KernelPath.neon.isAvailable)
    #endif
  }
}
