import CoreMemory

/// The last frame embeddings of a stream, by the index of their frame.
///
/// A ring over a block of a workspace: the newest `capacity` frames are there, older ones are overwritten. One thread at a
/// time.
public struct FrameHistory: ~Copyable {
  /// D
  public let dimension: Int
  /// Frames kept.
  public let capacity: Int
  /// The index of the next frame, which is the count of those taken in where they count from 0.
  public private(set) var frameCount: Int64 = 0
  /// The index that counting began with.
  private var firstFrame: Int64 = 0
  /// `[capacity, D]`
  private let frames: UnsafeMutablePointer<Float>

  /// - Precondition: both are at least 1.
  public init(capacity: Int, dimension: Int, in workspace: inout Workspace) {
    precondition(capacity >= 1 && dimension >= 1)
    self.capacity = capacity
    self.dimension = dimension
    frames = workspace.take(capacity * dimension, repeating: 0)
  }

  /// Takes in the next frame: a unit vector `[D]`.
  public mutating func append(_ unit: UnsafePointer<Float>) {
    (frames + slot(of: frameCount) &* dimension).copy(from: unit, count: dimension)
    frameCount &+= 1
  }

  /// Forgets every frame; the next one has this index.
  public mutating func reset(atFrame frame: Int64 = 0) {
    frameCount = frame
    firstFrame = frame
  }

  /// The first frame that is still there.
  public var oldestFrame: Int64 { max(firstFrame, frameCount - Int64(capacity)) }

  /// Where in the ring a frame lies.
  func slot(of frame: Int64) -> Int { Int(frame % Int64(capacity)) }

  /// The embedding `[D]` of a frame that is still there.
  func embedding(_ frame: Int64) -> UnsafePointer<Float> {
    UnsafePointer(frames + slot(of: frame) &* dimension)
  }
}
