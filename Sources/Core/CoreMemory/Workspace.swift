/// Memory that a caller provides, handed out block by block to whoever starts up in it.
///
/// A bump allocator: blocks lie one after the other, each at a multiple of ``alignment`` bytes, and nothing is ever given
/// back. Whoever provides the memory keeps it for as long as anything made in it is in use.
///
/// A *measuring* workspace has no memory and only counts. The same start-up code runs in it: it takes its blocks, sees
/// that the workspace ``isMeasuring``, and leaves them alone. So the size that a caller must provide is known beforehand,
/// and can never differ from what the start-up code takes.
///
/// ```swift
/// var measuring = Workspace.measuring()
/// _ = FeatureExtractor(initialMeans: model.initialMeans, in: &measuring)
/// // measuring.usedBytes is what a FeatureExtractor needs
/// ```
///
/// Allocates nothing. One thread at a time.
public struct Workspace: ~Copyable {
  /// Bytes to whose multiples blocks are aligned: enough for every vector type of the core.
  public static let alignment = 16

  private let memory: UnsafeMutableRawPointer?
  private let capacity: Int
  /// Bytes handed out so far, a multiple of ``alignment``.
  public private(set) var usedBytes = 0

  /// - Parameter memory: borrowed; what it holds is overwritten block by block.
  /// - Precondition: the memory starts at a multiple of ``alignment``.
  public init(over memory: UnsafeMutableRawBufferPointer) {
    self.init(memory.baseAddress, capacity: memory.count)
    precondition(Self.isAligned(memory), "a workspace starts at a multiple of 16 bytes")
  }

  private init(_ memory: UnsafeMutableRawPointer?, capacity: Int) {
    self.memory = memory
    self.capacity = capacity
  }

  /// A workspace that has no memory and no end.
  public static func measuring() -> Workspace { Workspace(nil, capacity: .max) }

  /// Whether a workspace can be made over the memory.
  public static func isAligned(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    UInt(bitPattern: memory.baseAddress) % UInt(alignment) == 0
  }

  /// Whether the blocks handed out have no memory behind them and must not be touched.
  public var isMeasuring: Bool { memory == nil && capacity == .max }

  /// The next block, which holds nothing yet.
  ///
  /// - Parameter type: a type without references: nothing taken from a workspace is ever deinitialised.
  /// - Precondition: the block fits into what is left of the memory.
  public mutating func take<Value: ~Copyable>(_ count: Int, of type: Value.Type) -> UnsafeMutablePointer<Value> {
    precondition(count >= 0 && MemoryLayout<Value>.alignment <= Self.alignment)
    let start = usedBytes
    let byteCount = (count * MemoryLayout<Value>.stride + Self.alignment - 1) / Self.alignment * Self.alignment
    precondition(byteCount <= capacity - start, "the workspace is too small: ask for the required size beforehand")
    usedBytes = start + byteCount
    guard let memory else { return UnsafeMutablePointer(bitPattern: Self.alignment)! }
    return (memory + start).bindMemory(to: Value.self, capacity: count)
  }

  /// The next block, every value of it the same.
  ///
  /// - Precondition: the block fits into what is left of the memory.
  public mutating func take<Value>(_ count: Int, repeating value: Value) -> UnsafeMutablePointer<Value> {
    let block = take(count, of: Value.self)
    if !isMeasuring {
      var index = 0
      while index < count {
        (block + index).initialize(to: value)
        index &+= 1
      }
    }
    return block
  }
}
