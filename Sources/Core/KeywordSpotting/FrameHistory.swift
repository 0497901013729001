import CoreMemory

/// The latest frame embeddings of a stream, by frame index.
///
/// A ring in a block of a workspace that keeps the newest `capacity` frames. Use from one thread at a time.
public struct FrameHistory: ~Copyable {
  /// The length D of an embedding.
  public let dimension: Int
  /// The number of frames kept.
  public let capacity: Int
  /// The index of the next frame, which is the number of frames added if the index started at 0.
  public private(set) var frameCount: Int64 = 0
  /// The index of the first frame after the last reset.
  private var firstFrame: Int64 = 0
  /// `[capacity, D]`
  private let frames: UnsafeMutablePointer<Float>

  /// Creates an empty history in `workspace`, without allocating.
  ///
  /// - Precondition: `capacity` and `dimension` are at least 1.
  public init(capacity: Int, dimension: Int, in workspace: inout Workspace) {
    precondition(capacity >= 1 && dimension >= 1)
    self.capacity = capacity
    self.dimension = dimension
    frames = workspace.take(capacity * dimension, repeating: 0)
  }

  /// Adds the next frame, a unit vector `[D]`.
  public mutating func append(_ unit: UnsafePointer<Float>) {
    (frames + slot(of: frameCount) &* dimension).copy(from: unit, count: dimension)
    frameCount &+= 1
  }

  /// Removes every frame. The next frame has the index `frame`.
  public mutating func reset(atFrame frame: Int64 = 0) {
    frameCount = frame
    firstFrame = frame
  }

  /// The index of the oldest frame kept.
  public var oldestFrame: Int64 { max(firstFrame, frameCount - Int64(capacity)) }

  /// The position of a frame in the ring.
  func slot(of frame: Int64) -> Int { Int(frame % Int64(capacity)) }

  /// The embedding `[D]` of a kept frame.
  func embedding(_ frame: Int64) -> UnsafePointer<Float> {
    UnsafePointer(frames + slot(of: frame) &* dimension)
  }
}
