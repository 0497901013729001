import CoreMemory
import ModelFormat

/// Compares the audio of a candidate with the text embeddings of the phrase.
///
/// With the unit frame embeddings a_t of the segment, the phoneme embeddings p_u and the utterance embedding q of the
/// text:
///
/// ```text
/// Ẽ_u = normalize(Σ_t softmax_t(γ ⟨p_u, a_t⟩) a_t)                      f2 = mean_u ⟨p_u, Ẽ_u⟩   f3 = min_u ⟨p_u, Ẽ_u⟩
/// w = softmax_t(v · tanh(W₁ a_t + b₁))    μ = Σ w a    σ = √max(Σ w a² − μ², 10⁻⁶)
/// E = normalize(W_a [μ; σ] + b_a)                                       f4 = ⟨q, E⟩
/// ```
///
/// Keeps the latest frames of the stream. The pooling weight of a frame does not depend on the phrase, so it is
/// computed once, when first needed. All memory is taken in `init`, from a workspace or its own allocation. The other
/// functions are real-time safe. Use from one thread at a time. The model's bytes must outlive the verifier.
public struct Verifier: ~Copyable {
  private let pooling: AcousticModel.PoolingWeights
  private var history: FrameHistory
  /// `[capacity]` v · tanh(W₁ a_t + b₁) of each frame in the ring; NaN until it is needed.
  private let poolingLogits: UnsafeMutablePointer<Float>
  /// `[capacity]` log probability of the best class in each frame.
  private let certainties: UnsafeMutablePointer<Float>
  /// `[capacity]` probability of any phoneme in each frame.
  private let speech: UnsafeMutablePointer<Float>
  /// `[capacity rounded up to 8]` weights of the frames of the segment.
  private let weights: UnsafeMutablePointer<Float>
  /// `[A rounded up to 8]`
  private let units: UnsafeMutablePointer<Float>
  /// `[2D]` mean and standard deviation; the half of the mean also stores an aligned phoneme.
  private let statistics: UnsafeMutablePointer<Float>
  /// `[D]`
  private let utterance: UnsafeMutablePointer<Float>
  private let dimension: Int
  /// How clear recent speech was.
  var clarity = Clarity()

  private var memory = WorkspaceMemory()

  /// The number of workspace bytes that a verifier takes.
  public static func requiredByteCount(_ model: AcousticModel, historyFrames: Int) -> Int {
    var workspace = Workspace.measuring()
    _ = Verifier(model, historyFrames: historyFrames, in: &workspace)
    return workspace.usedBytes
  }

  /// Creates a verifier that allocates its own memory.
  ///
  /// - Parameter historyFrames: the number of past frames to keep, at least 1.
  public init(_ model: AcousticModel, historyFrames: Int) {
    let memory = WorkspaceMemory(byteCount: Self.requiredByteCount(model, historyFrames: historyFrames))
    var workspace = memory.workspace()
    self.init(model, historyFrames: historyFrames, in: &workspace)
    self.memory = memory
  }

  /// Creates a verifier in `workspace`, without allocating.
  ///
  /// - Parameter historyFrames: the number of past frames to keep, at least 1.
  public init(_ model: AcousticModel, historyFrames: Int, in workspace: inout Workspace) {
    pooling = model.pooling
    dimension = model.embeddingDimension
    history = FrameHistory(capacity: historyFrames, dimension: dimension, in: &workspace)
    poolingLogits = workspace.take(historyFrames, repeating: .nan)
    certainties = workspace.take(historyFrames, repeating: 0)
    speech = workspace.take(historyFrames, repeating: 0)
    weights = workspace.take((historyFrames + 7) / 8 * 8, repeating: 0)
    units = workspace.take((pooling.attentionUnits + 7) / 8 * 8, repeating: 0)
    statistics = workspace.take(2 * dimension, repeating: 0)
    utterance = workspace.take(dimension, repeating: 0)
  }

  /// The number of past frames that are kept.
  public var historyFrames: Int { history.capacity }

  /// Adds the next frame.
  ///
  /// | operand         | shape  | meaning                     |
  /// |-----------------|--------|-----------------------------|
  /// | `unit`          | `[D]`  | frame embedding of length 1 |
  /// | `logPosteriors` | `[40]` | log p of every class        |
  public mutating func append(_ unit: UnsafePointer<Float>, logPosteriors: UnsafePointer<Float>) {
    let slot = history.slot(of: history.frameCount)
    poolingLogits[slot] = .nan
    var largest = logPosteriors[0]
    for index in 1..<Phoneme.classCount { largest = max(largest, logPosteriors[index]) }
    certainties[slot] = largest
    speech[slot] = 1 - FloatFunctions.exponential(SIMD8(repeating: logPosteriors[Phoneme.blankIndex]))[0]
    clarity.hear(speech: speech[slot])
    history.append(unit)
  }

  /// Resets the stream. The next frame has the index `frame`.
  public mutating func reset(atFrame frame: Int64 = 0) {
    clarity = Clarity()
    history.reset(atFrame: frame)
  }

  /// The indices of the frames that are kept.
  var frames: Range<Int64> { history.oldestFrame..<history.frameCount }

  /// The embedding `[D]` of a kept frame.
  func embedding(_ frame: Int64) -> UnsafePointer<Float> { history.embedding(frame) }

  /// The features f0…f11 of a path through a variant.
  ///
  /// Frames of the path that are no longer kept do not count in the cosines and certainties.
  ///
  /// - Precondition: the last frame of the path is kept, and the variant's embeddings have the model's dimension.
  public mutating func features(of path: PhraseMatcher.Peak, variant: PhraseVariant) -> CandidateFeatures {
    variant.withView { features(of: path, variant: $0) }
  }

  /// The features f0…f11 of a path through a borrowed variant. Real-time safe.
  ///
  /// Frames of the path that are no longer kept do not count in the cosines and certainties.
  ///
  /// - Precondition: the last frame of the path is kept, and the variant's embeddings have the model's dimension.
  public mutating func features(of path: PhraseMatcher.Peak, variant: PhraseVariantView) -> CandidateFeatures {
    let phonemeCount = variant.phonemes.count
    precondition(
      variant.utteranceEmbedding.count == dimension && variant.phonemeEmbeddings.count == phonemeCount * dimension,
      "the phrase was enrolled with another model")
    precondition(path.endFrame < history.frameCount && path.endFrame >= history.oldestFrame)
    let first = max(path.startFrame, history.oldestFrame)
    let frameCount = Int(path.endFrame - first) + 1
    var features = CandidateFeatures()
    features.meanRatio = max(path.score, CandidateFeatures.ratioFloor)
    features.minimumRatio = max(path.minimumRatio, CandidateFeatures.ratioFloor)
    features.durationPlausibility = CandidateFeatures.durationPlausibility(
      frameCount: path.frameCount, phonemeCount: phonemeCount)
    features.length = CandidateFeatures.length(phonemeCount: phonemeCount)
    var certainty: Float = 0
    for index in 0..<frameCount { certainty += certainties[history.slot(of: first + Int64(index))] }
    features.phonemeCertainty = max(certainty / Float(phonemeCount), CandidateFeatures.ratioFloor)
    features.frameCertainty = max(certainty / Float(frameCount), CandidateFeatures.ratioFloor)
    features.clarity = clarity.value
    features.pauseBefore = -meanSpeech(path.startFrame - Self.framesBefore..<path.startFrame)
    features.pauseAfter = -meanSpeech(path.endFrame + 1..<path.endFrame + 1 + Self.framesAfter)

    var sum: Float = 0
    var smallest = Float.infinity
    let embeddings = variant.phonemeEmbeddings.baseAddress!
    for phoneme in 0..<phonemeCount {
      let cosine = alignedCosine(embeddings + phoneme * dimension, first: first, frameCount: frameCount)
      sum += cosine
      smallest = min(smallest, cosine)
    }
    features.meanCosine = sum / Float(phonemeCount)
    features.minimumCosine = smallest
    pool(first: first, frameCount: frameCount)
    features.utteranceCosine = cosine(variant.utteranceEmbedding.baseAddress!, utterance)
    return features
  }

  /// The frames before a path that `pauseBefore` covers: 240 ms.
  package static let framesBefore: Int64 = 6
  /// The frames after a path that `pauseAfter` covers: 160 ms, as long as a peak waits before it closes.
  package static let framesAfter: Int64 = 4

  /// Mean probability of speech over the given frames that are kept; 0 if there are none.
  private func meanSpeech(_ frames: Range<Int64>) -> Float {
    let first = max(frames.lowerBound, history.oldestFrame)
    let end = min(frames.upperBound, history.frameCount)
    guard first < end else { return 0 }
    var sum: Float = 0
    for frame in first..<end { sum += speech[history.slot(of: frame)] }
    return sum / Float(end - first)
  }

  /// The utterance embedding E `[D]` of the newest `frameCount` frames, of length 1.
  ///
  /// - Precondition: `frameCount` is at least 1, and that many frames are kept.
  public mutating func utteranceEmbedding(frameCount: Int) -> [Float] {
    precondition(frameCount >= 1 && Int64(frameCount) <= history.frameCount - history.oldestFrame)
    pool(first: history.frameCount - Int64(frameCount), frameCount: frameCount)
    let length = FloatFunctions.dot(utterance, utterance, dimension).squareRoot()
    var embedding = [Float](repeating: 0, count: dimension)
    for component in 0..<dimension { embedding[component] = length > 0 ? utterance[component] / length : 0 }
    return embedding
  }

  /// `⟨p, Ẽ⟩` of one phoneme embedding over the given frames.
  private func alignedCosine(_ phoneme: UnsafePointer<Float>, first: Int64, frameCount: Int) -> Float {
    for index in 0..<frameCount {
      let frame = history.embedding(first + Int64(index))
      weights[index] = pooling.attentionScale * FloatFunctions.dot(phoneme, frame, dimension)
    }
    softmax(frameCount)
    statistics.fill(with: 0, count: dimension)
    for index in 0..<frameCount {
      FloatFunctions.addScaled(
        history.embedding(first + Int64(index)), by: weights[index], to: statistics, dimension)
    }
    return cosine(phoneme, statistics)
  }

  /// Stores W_a [μ; σ] + b_a over the given frames in `utterance`.
  private func pool(first: Int64, frameCount: Int) {
    for index in 0..<frameCount {
      let slot = history.slot(of: first + Int64(index))
      if poolingLogits[slot].isNaN {
        poolingLogits[slot] = poolingLogit(history.embedding(first + Int64(index)))
      }
      weights[index] = poolingLogits[slot]
    }
    softmax(frameCount)
    let mean = statistics
    let deviation = statistics + dimension
    statistics.fill(with: 0, count: 2 * dimension)
    for index in 0..<frameCount {
      let frame = history.embedding(first + Int64(index))
      FloatFunctions.addScaled(frame, by: weights[index], to: mean, dimension)
      for component in 0..<dimension {
        deviation[component] += weights[index] * frame[component] * frame[component]
      }
    }
    for component in 0..<dimension {
      let variance = deviation[component] - mean[component] * mean[component]
      deviation[component] = max(variance, 1e-6).squareRoot()
    }
    pooling.projection.multiply(statistics, adding: pooling.projectionBiases, into: utterance)
  }

  /// v · tanh(W₁ a + b₁)
  private func poolingLogit(_ frame: UnsafePointer<Float>) -> Float {
    pooling.frameWeights.multiply(frame, adding: pooling.frameBiases, into: units)
    var index = 0
    while index < pooling.attentionUnits {
      units.setLanes(FloatFunctions.hyperbolicTangent(UnsafePointer(units).lanes(at: index)), at: index)
      index += 8
    }
    return FloatFunctions.dot(pooling.frameScorer.baseAddress!, units, pooling.attentionUnits)
  }

  /// Replaces the first `count` weights, which are logits, by their softmax.
  private func softmax(_ count: Int) {
    var largest = weights[0]
    for index in 1..<max(count, 1) { largest = max(largest, weights[index]) }
    // The lanes after the last frame are computed with it, but do not count in the sum.
    var index = count
    while index % 8 != 0 {
      weights[index] = -.infinity
      index += 1
    }
    let peak = SIMD8<Float>(repeating: largest)
    index = 0
    while index < count {
      weights.setLanes(FloatFunctions.exponential(UnsafePointer(weights).lanes(at: index) - peak), at: index)
      index += 8
    }
    var total: Float = 0
    for index in 0..<count { total += weights[index] }
    for index in 0..<count { weights[index] /= total }
  }

  /// `⟨unit, vector⟩ / ‖vector‖`; 0 if the vector is 0.
  private func cosine(_ unit: UnsafePointer<Float>, _ vector: UnsafeMutablePointer<Float>) -> Float {
    let squares = FloatFunctions.dot(vector, vector, dimension)
    return squares > 0 ? FloatFunctions.dot(unit, vector, dimension) / squares.squareRoot() : 0
  }
}
