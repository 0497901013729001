import Messages
import ModelFormat
import SeededRandom

/// One layer and its input, drawn from a seed, for comparing a kernel path with the reference.
public struct KernelCase: Sendable {
  public enum Operation: UInt8, Sendable {
    case dense, depthwise
  }

  /// The distribution of weights, inputs, biases and multipliers. Weights include −128, which models do not contain.
  public enum Values: UInt8, CaseIterable, Sendable {
    /// Anything in range.
    case any
    /// The largest magnitudes with any signs, saturating multipliers.
    case extreme
    /// The largest magnitudes, all products with the same sign: pair sums come close to 16 bits, accumulators to 2³⁰.
    case aligned
    /// Zeros and ones with a multiplier of one half: results are on the boundary between two integers.
    case halves
    /// Multipliers of zero: only the residual and the rounding remain.
    case zeroMultipliers

    var name: String {
      switch self {
      case .any: "any"
      case .extreme: "extreme"
      case .aligned: "aligned"
      case .halves: "halves"
      case .zeroMultipliers: "zero multipliers"
      }
    }
  }

  public var operation: Operation
  public var values: Values
  public var seed: UInt64
  /// Products per output value.
  public var depth: Int
  public var outputCount: Int
  /// Frames between taps; 1 for a dense layer.
  public var dilation = 1
  /// Whether there is a residual; never in a depthwise layer.
  public var addsResidual = false
  /// Whether the lower bound is 0 instead of −127.
  public var isReLU = false
  /// Whether operands touch a guard page with their first byte instead of their last.
  public var touchesGuardAtStart = false

  /// The number of input values that the layer reads.
  var inputCount: Int {
    operation == .dense ? depth : (depth - 1) * dilation * outputCount + outputCount
  }

  /// The values that a failure message needs so the case can be reproduced.
  public var description: String {
    "\(operation == .dense ? "dense" : "depthwise"), seed \(seed), values \(values.name), depth \(depth), "
      + "outputs \(outputCount), dilation \(dilation), residual \(addsResidual), ReLU \(isReLU), "
      + "guard at the \(touchesGuardAtStart ? "start" : "end")"
  }
}

extension KernelCase {
  /// Depths: 1, around each path's vector (8, 16, 32) and twice that, those of the released models (128, 200, 256,
  /// 384), and deep ones.
  private static let depths = [
    1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 128, 200, 255, 256, 257, 384, 1000, 1 << 15,
  ]
  /// Outputs: 1, around the tiles of four and eight rows, around the block of 64, narrow and wide ones.
  private static let outputCounts = [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 63, 64, 65, 71, 72, 73, 131]
  private static let tapCounts = [1, 2, 3, 4, 5, 7, 8, 9, 64]
  private static let channelCounts = [1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 100, 256]

  /// Calls `body` with every edge shape and all kinds of values, then with random shapes.
  ///
  /// - Parameter randomCount: the number of random shapes.
  public static func forEach(seed: UInt64, randomCount: Int, _ body: (KernelCase) -> Void) {
    var generator = SplitMix64(seed: seed)
    func run(_ template: KernelCase) {
      var drawn = template
      drawn.seed = generator.next() >> 32
      let bits = generator.next()
      drawn.addsResidual = drawn.operation == .dense && bits & 1 == 1
      drawn.isReLU = bits & 2 == 2
      drawn.touchesGuardAtStart = bits & 4 == 4
      body(drawn)
    }
    for values in Values.allCases {
      for depth in depths {
        for outputCount in outputCounts where depth < 1 << 15 || outputCount < 10 {
          run(KernelCase(operation: .dense, values: values, seed: 0, depth: depth, outputCount: outputCount))
        }
      }
      for taps in tapCounts {
        for channels in channelCounts where taps < 64 || channels < 40 {
          for dilation in [1, 2, 5] {
            run(
              KernelCase(
                operation: .depthwise, values: values, seed: 0, depth: taps, outputCount: channels, dilation: dilation))
          }
        }
      }
    }
    for index in 0..<randomCount {
      let values = Values.allCases[index % Values.allCases.count]
      if index % 4 == 3 {
        run(
          KernelCase(
            operation: .depthwise, values: values, seed: 0, depth: generator.integer(in: 1...20),
            outputCount: generator.integer(in: 1...150), dilation: generator.integer(in: 1...4)))
      } else {
        run(
          KernelCase(
            operation: .dense, values: values, seed: 0, depth: generator.integer(in: 1...600),
            outputCount: generator.integer(in: 1...150)))
      }
    }
  }
}
