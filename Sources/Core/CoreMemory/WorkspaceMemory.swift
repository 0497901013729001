/// Memory for a ``Workspace`` that belongs to whoever holds this, or no memory at all.
///
/// Types that live in a workspace hold one: an empty one where their memory is the caller's, a full one where the host's
/// initialiser allocated it for them. How the memory is given back is kept as a function's address, so that a program that
/// only ever makes empty ones is linked without an allocator.
public struct WorkspaceMemory: ~Copyable {
  private let memory: UnsafeMutableRawPointer?
  private let byteCount: Int
  private let release: (@convention(c) (UnsafeMutableRawPointer) -> Void)?

  /// No memory.
  public init() {
    memory = nil
    byteCount = 0
    release = nil
  }

  /// Allocates memory, which is freed with the value.
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
