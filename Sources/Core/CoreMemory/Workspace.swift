/// Memory that a caller provides, handed out in blocks during initialization.
///
/// A bump allocator: blocks are adjacent, each at a multiple of ``alignment`` bytes, and are never freed. The caller
/// must keep the memory as long as anything created in it is in use.
///
/// A *measuring* workspace has no memory and only counts. The same initialization code runs in it: it takes its blocks,
/// checks ``isMeasuring``, and does not touch them. The size that a caller must provide is therefore known beforehand
/// and cannot differ from the size that the initialization takes.
///
/// ```swift
/// var measuring = Workspace.measuring()
/// _ = FeatureExtractor(initialMeans: model.initialMeans, in: &measuring)
/// // measuring.usedBytes is the size that a FeatureExtractor needs
/// ```
///
/// Allocates nothing. Use from one thread at a time.
public struct Workspace: ~Copyable {
  /// Alignment of the blocks in bytes: enough for every vector type of the core.
  public static let alignment = 16

  private let memory: UnsafeMutableRawPointer?
  private let capacity: Int
  /// Bytes handed out so far, a multiple of ``alignment``.
  public private(set) var usedBytes = 0

  /// Creates a workspace over borrowed memory, whose contents are overwritten block by block.
  ///
  /// - Precondition: the memory starts at a multiple of ``alignment``.
  public init(over memory: UnsafeMutableRawBufferPointer) {
    self.init(memory.baseAddress, capacity: memory.count)
    precondition(Self.isAligned(memory), "a workspace must start at a multiple of 16 bytes")
  }

  private init(_ memory: UnsafeMutableRawPointer?, capacity: Int) {
    self.memory = memory
    self.capacity = capacity
  }

  /// Creates a workspace that only counts, without memory and without a limit.
  public static func measuring() -> Workspace { Workspace(nil, capacity: .max) }

  /// Whether the memory is aligned for a workspace.
  public static func isAligned(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    UInt(bitPattern: memory.baseAddress) % UInt(alignment) == 0
  }

  /// Whether the workspace only counts. Its blocks have no memory and must not be touched.
  public var isMeasuring: Bool { memory == nil && capacity == .max }

  /// Takes the next block, uninitialized.
  ///
  /// - Parameter type: a type without references, because values in a workspace are never deinitialized.
  /// - Precondition: the block fits into the remaining memory.
  public mutating func take<Value: ~Copyable>(_ count: Int, of type: Value.Type) -> UnsafeMutablePointer<Value> {
    precondition(count >= 0 && MemoryLayout<Value>.alignment <= Self.alignment)
    let start = usedBytes
    let byteCount = (count * MemoryLayout<Value>.stride + Self.alignment - 1) / Self.alignment * Self.alignment
    precondition(byteCount <= capacity - start, "the workspace is smaller than the required size")
    usedBytes = start + byteCount
    guard let memory else { return UnsafeMutablePointer(bitPattern: Self.alignment)! }
    return (memory + start).bindMemory(to: Value.self, capacity: count)
  }

  /// Takes the next block and initializes every value to `value`.
  ///
  /// - Precondition: the block fits into the remaining memory.
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
