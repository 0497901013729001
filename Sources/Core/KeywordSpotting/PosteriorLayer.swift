import CoreMemory
import ModelFormat

/// Turns an embedding into a unit vector and the log posteriors of the 40 classes.
///
/// With a = embedding / ‖embedding‖: `logit[k] = scale · ⟨a, p[k]⟩`, plus the bias of the blank for class 39, and
/// `log p[k] = logit[k] − ln Σⱼ exp(logit[j])`. An embedding of zeros stays a vector of zeros.
///
/// All memory is taken in `init`, from a workspace or its own allocation. Both `process` functions are real-time safe
/// and change nothing. The model's bytes are not needed afterwards.
public struct PosteriorLayer: ~Copyable {
  /// The length D of an embedding.
  public let embeddingDimension: Int
  private let scale: Float
  private let blankBias: Float
  /// `[D, 40]`: the class vectors, transposed so that eight classes are adjacent.
  private let vectors: UnsafeMutablePointer<Float>

  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that the layer of a model takes.
  public static func requiredByteCount(_ model: AcousticModel) -> Int {
    var workspace = Workspace.measuring()
    _ = PosteriorLayer(model, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a layer that allocates its own memory.
  public init(_ model: AcousticModel) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(model))
    var workspace = memory.workspace()
    self.init(model, in: &workspace)
    self.memory = memory
  }

  /// Creates a layer in `workspace`, without allocating.
  public init(_ model: AcousticModel, in workspace: inout Workspace) {
    let dimension = model.embeddingDimension
    embeddingDimension = dimension
    scale = model.classVectors.scale
    blankBias = model.classVectors.blankBias
    vectors = workspace.take(dimension * Phoneme.classCount, of: Float.self)
    guard !workspace.isMeasuring else { return }
    for component in 0..<dimension {
      for classIndex in 0..<Phoneme.classCount {
        (vectors + component * Phoneme.classCount + classIndex).initialize(
          to: model.classVectors.vectors[classIndex * dimension + component])
      }
    }
  }

  /// Computes the unit vector and the log posteriors of an embedding.
  ///
  /// | operand         | shape  | type    |
  /// |-----------------|--------|---------|
  /// | `embedding`     | `[D]`  | `Int8`  |
  /// | `unit`          | `[D]`  | `Float` |
  /// | `logPosteriors` | `[40]` | `Float` |
  public func process(
    _ embedding: UnsafePointer<Int8>, unit: UnsafeMutablePointer<Float>, logPosteriors: UnsafeMutablePointer<Float>
  ) {
    var squares: Int32 = 0
    var index = 0
    while index < embeddingDimension {
      let value = Int32(embedding[index])
      squares &+= value &* value
      index &+= 1
    }
    let factor = squares == 0 ? 0 : 1 / Float(squares).squareRoot()
    index = 0
    while index < embeddingDimension {
      unit[index] = Float(embedding[index]) * factor
      index &+= 1
    }
    process(unit: UnsafePointer(unit), logPosteriors: logPosteriors)
  }

  /// Computes the log posteriors `[40]` of a vector `[D]` that already has unit length.
  public func process(unit: UnsafePointer<Float>, logPosteriors: UnsafeMutablePointer<Float>) {
    var sums = (
      SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
    )
    var row = UnsafePointer(vectors)
    var index = 0
    while index < embeddingDimension {
      let value = unit[index] * scale
      sums.0 += row.lanes(at: 0) * value
      sums.1 += row.lanes(at: 8) * value
      sums.2 += row.lanes(at: 16) * value
      sums.3 += row.lanes(at: 24) * value
      sums.4 += row.lanes(at: 32) * value
      row += Phoneme.classCount
      index &+= 1
    }
    sums.4[7] += blankBias
    var largest = pointwiseMax(pointwiseMax(sums.0, sums.1), pointwiseMax(sums.2, sums.3))
    largest = pointwiseMax(largest, sums.4)
    let peak = SIMD8<Float>(repeating: largest.max())
    var total = FloatFunctions.exponential(sums.0 - peak) + FloatFunctions.exponential(sums.1 - peak)
    total += FloatFunctions.exponential(sums.2 - peak) + FloatFunctions.exponential(sums.3 - peak)
    total += FloatFunctions.exponential(sums.4 - peak)
    let normalizer = peak + FloatFunctions.naturalLogarithm(FloatFunctions.sum(total))
    logPosteriors.setLanes(sums.0 - normalizer, at: 0)
    logPosteriors.setLanes(sums.1 - normalizer, at: 8)
    logPosteriors.setLanes(sums.2 - normalizer, at: 16)
    logPosteriors.setLanes(sums.3 - normalizer, at: 24)
    logPosteriors.setLanes(sums.4 - normalizer, at: 32)
  }
}
