import Int8Kernels
import ModelFormat
import SeededRandom

/// The operands of a ``KernelCase`` in guarded memory, reused from case to case.
struct KernelDraw {
  /// Bytes before and after an output that must not change.
  static let marginCount = 64
  private static let marginByte: Int8 = 99

  private let weightMemory = GuardedBytes(capacity: 10 << 15)
  private let inputMemory = GuardedBytes(capacity: 1 << 17)
  private let residualMemory = GuardedBytes(capacity: 1 << 12)
  private let biasMemory = GuardedBytes(capacity: 1 << 12)
  private let multiplierMemory = GuardedBytes(capacity: 1 << 12)
  private let outputMemory = GuardedBytes(capacity: 1 << 12)

  private var shape = KernelCase(operation: .dense, values: .any, seed: 0, depth: 1, outputCount: 1)
  private var residualMultiplier: Int32 = 0

  private var placement: GuardedBytes.Placement { shape.touchesGuardAtStart ? .atStart : .atEnd }

  /// Draws the operands of a case.
  mutating func fill(_ shape: KernelCase) {
    self.shape = shape
    var generator = SplitMix64(seed: shape.seed)
    func oneOf(_ values: Int...) -> Int { values[generator.integer(in: 0...(values.count - 1))] }
    let input = inputMemory.region(of: Int8.self, count: shape.inputCount, placement)
    let weights = weightMemory.region(of: Int8.self, count: shape.depth * shape.outputCount, placement)
    let residual = residualMemory.region(of: Int8.self, count: shape.outputCount, placement)
    for index in 0..<shape.inputCount {
      let value =
        switch shape.values {
        case .any, .zeroMultipliers: generator.integer(in: -127...127)
        case .extreme, .aligned: oneOf(-127, 127)
        case .halves: oneOf(-1, 0, 1)
        }
      input[index] = Int8(value)
    }
    // In a dense layer, the products of a row have the same sign; in a depthwise layer, signs are independent.
    var sign = 1
    for index in 0..<shape.depth * shape.outputCount {
      let value: Int
      switch shape.values {
      case .any, .zeroMultipliers: value = generator.integer(in: -128...127)
      case .extreme: value = oneOf(-128, -127, 127)
      case .aligned:
        let position = index % shape.depth
        if position == 0 { sign = oneOf(-1, 1) }
        let isNegative = shape.operation == .dense ? input[position] < 0 : sign < 0
        value = isNegative == (sign > 0) ? -128 : 127
      case .halves: value = oneOf(-1, 0, 1)
      }
      weights[index] = Int8(value)
    }
    let biases = biasMemory.region(of: Int32.self, count: shape.outputCount, placement)
    let multipliers = multiplierMemory.region(of: Int32.self, count: shape.outputCount, placement)
    let largest = 1 << 29 - 1
    for output in 0..<shape.outputCount {
      residual[output] = Int8(shape.values == .halves ? oneOf(-1, 0, 1) : generator.integer(in: -127...127))
      let bias: Int
      let multiplier: Int
      switch shape.values {
      case .any:
        bias = generator.integer(in: -1 << 20...1 << 20)
        // Results of all sizes, mostly within 8 bits, some far outside.
        multiplier = generator.integer(in: 0...1 << generator.integer(in: 8...30))
      case .extreme, .aligned:
        bias = oneOf(-largest, 0, largest)
        multiplier = oneOf(0, 1, 1 << 12, 1 << 30, Int(Int32.max))
      case .halves:
        bias = generator.integer(in: -2...2)
        multiplier = 1 << 29
      case .zeroMultipliers:
        bias = generator.integer(in: -largest...largest)
        multiplier = 0
      }
      biases[output] = Int32(bias)
      multipliers[output] = Int32(multiplier)
    }
    residualMultiplier =
      switch shape.values {
      case .any, .zeroMultipliers: Int32(generator.integer(in: 0...1 << 30))
      case .extreme, .aligned: .max
      case .halves: 1 << 29
      }
  }

  /// Runs the case on a path and passes on the output with its margins, `[marginCount + outputs + marginCount]` without
  /// the margin at the guard.
  func run(_ table: KernelTable, _ body: (_ memory: UnsafeBufferPointer<Int8>, _ outputs: Range<Int>) -> Void) {
    let count = shape.outputCount
    let memory = outputMemory.region(of: Int8.self, count: count + Self.marginCount, placement)
    memory.update(repeating: Self.marginByte, count: count + Self.marginCount)
    let first = placement == .atStart ? 0 : Self.marginCount
    let operands = LayerOperands(
      weights: weightMemory.region(of: Int8.self, count: shape.depth * count, placement),
      biases: biasMemory.region(of: Int32.self, count: count, placement),
      multipliersQ30: multiplierMemory.region(of: Int32.self, count: count, placement), depth: shape.depth,
      outputCount: count, lowerBound: shape.isReLU ? 0 : -127, residualMultiplierQ30: residualMultiplier)
    let input = inputMemory.region(of: Int8.self, count: shape.inputCount, placement)
    switch shape.operation {
    case .dense:
      let residual = residualMemory.region(of: Int8.self, count: count, placement)
      table.dense(
        operands, input: input, residual: shape.addsResidual ? UnsafePointer(residual) : nil, output: memory + first)
    case .depthwise:
      table.depthwise(operands, input: input, tapStride: shape.dilation * count, output: memory + first)
    }
    body(UnsafeBufferPointer(start: memory, count: count + Self.marginCount), first..<first + count)
  }

  /// Whether a byte outside the output was written.
  static func marginIsWritten(_ memory: UnsafeBufferPointer<Int8>, outputs: Range<Int>) -> Bool {
    for index in memory.indices where !outputs.contains(index) && memory[index] != marginByte { return true }
    return false
  }
}
