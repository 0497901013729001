/// Memory for a ``Workspace``, freed with this value; or no memory.
///
/// Types that live in a workspace store one: an empty one if the caller owns their memory, and a full one if their
/// initializer allocated it. The function that frees the memory is stored as an address, so a program that creates only
/// empty ones links no allocator.
public struct WorkspaceMemory: ~Copyable {
  private let memory: UnsafeMutableRawPointer?
  private let byteCount: Int
  private let release: (@convention(c) (UnsafeMutableRawPointer) -> Void)?

  /// Creates a value without memory.
  public init() {
    memory = nil
    byteCount = 0
    release = nil
  }

  /// Allocates memory. It is freed with the value.
  public init(byteCount: Int) {
    memory = .allocate(byteCount: max(byteCount, 1), alignment: Workspace.alignment)
    self.byteCount = byteCount
    release = { $0.deallocate() }
  }

  deinit {
    if let memory, let release { release(memory) }
  }

  /// A workspace over the memory, from its start.
  public func workspace() -> Workspace {
    Workspace(over: UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
  }
}
