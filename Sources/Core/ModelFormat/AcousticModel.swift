/// A model file, read and checked: encoder, class vectors, text encoder, pooling, score heads.
///
/// All contents are valid: sizes are consistent, every index is within the file, every float is finite, and every
/// accumulator fits its type. Weights, scales, biases and vectors are borrowed from the file's bytes, which must stay
/// mapped and unchanged while the model, or anything created from it, is in use. A model in flash takes no memory.
/// Nothing is allocated. Safe to read from several threads.
public struct AcousticModel: @unchecked Sendable {
  /// One layer of the encoder with its tensors.
  public struct Layer: @unchecked Sendable {
    /// The geometry.
    public let shape: LayerShape
    /// Weight of the residual input, in units of 2⁻³⁰ output steps; 0 without a residual.
    public let residualMultiplierQ30: Int32
    /// `[output][kernel][input]` for a dense layer, `[kernel][channel]` for a depthwise one.
    public let weights: UnsafeBufferPointer<Int8>
    /// One per output channel, in accumulator steps.
    public let biases: UnsafeBufferPointer<Int32>
    /// One per output channel: output steps per accumulator step, in units of 2⁻³⁰.
    public let multipliersQ30: UnsafeBufferPointer<Int32>
  }

  /// The class vectors: `logit[k] = scale · ⟨a, vector k⟩`, plus `blankBias` for class 39, the blank.
  public struct ClassVectors: @unchecked Sendable {
    /// Scale of the logits.
    public let scale: Float
    /// Added to the logit of the blank.
    public let blankBias: Float
    /// `[40, D]`, rows of unit length. Rows 0…38 are the phonemes, 39 is the blank.
    public let vectors: UnsafeBufferPointer<Float>
  }

  /// One direction of the text encoder's gated recurrent unit. Gates are in the order reset, update, new.
  public struct RecurrentUnit: @unchecked Sendable {
    /// `[3H, E]`
    public let inputWeights: RowQuantizedMatrix
    /// `[3H, H]`
    public let hiddenWeights: RowQuantizedMatrix
    /// `[3H]`
    public let inputBiases: UnsafeBufferPointer<Float>
    /// `[3H]`
    public let hiddenBiases: UnsafeBufferPointer<Float>
  }

  /// The text encoder: phonemes → one embedding per phoneme and one per phrase.
  public struct TextEncoderWeights: @unchecked Sendable {
    /// E: length of a phoneme's input embedding.
    public let inputDimension: Int
    /// H: units of each direction.
    public let hiddenUnits: Int
    /// `[40, E]`. Row 39 is added to the row of a phoneme that begins a word.
    public let inputEmbedding: RowQuantizedMatrix
    /// The forward direction.
    public let forward: RecurrentUnit
    /// The backward direction.
    public let backward: RecurrentUnit
    /// `[D, 2H]`, for each phoneme.
    public let projection: RowQuantizedMatrix
    /// `[D]`.
    public let projectionBiases: UnsafeBufferPointer<Float>
    /// `[D, 2H]`, for the mean over all phonemes.
    public let utterance: RowQuantizedMatrix
    /// `[D]`.
    public let utteranceBiases: UnsafeBufferPointer<Float>
  }

  /// The pooling: a segment of frame embeddings → one utterance embedding. Also contains the sharpness of the phoneme
  /// alignment.
  public struct PoolingWeights: @unchecked Sendable {
    /// γ: phoneme u weights frame t by `exp(γ · ⟨E_phn[u], a_t⟩)`.
    public let attentionScale: Float
    /// A: units of the frame scorer.
    public let attentionUnits: Int
    /// `[A, D]`
    public let frameWeights: RowQuantizedMatrix
    /// `[A]`
    public let frameBiases: UnsafeBufferPointer<Float>
    /// `[A]`
    public let frameScorer: UnsafeBufferPointer<Float>
    /// `[D, 2D]`, for mean and standard deviation.
    public let projection: RowQuantizedMatrix
    /// `[D]`
    public let projectionBiases: UnsafeBufferPointer<Float>
  }

  /// The layers in the order in which they run.
  public let layers: Layers
  /// D: the dimension of frame, phoneme and utterance embeddings.
  public let embeddingDimension: Int
  /// The hash of the front end that the model was trained on.
  public let featureContract: UInt64
  /// Mean log energy of each of the 40 mel bands, in nepers: the starting point of the front end's level and color.
  public let initialMeans: UnsafeBufferPointer<Float>
  /// The class vectors.
  public let classVectors: ClassVectors
  /// The weights of the text encoder.
  public let textEncoder: TextEncoderWeights
  /// The weights of the pooling.
  public let pooling: PoolingWeights
  /// Score over f0…f11 of a candidate in a stream.
  public let streamHead: ScoreHead
  /// Score over f0…f9, c0…c2, f11 of a whole clip.
  public let pairHead: ScoreHead
  /// How the model was made: UTF-8 text in TOML; empty if the file does not contain it.
  public let provenance: UnsafeRawBufferPointer
  /// FNV-1a over the file. Phrase files store it to identify their model.
  public let contentHash: UInt64

  /// Required alignment of a file in memory, because its numbers are read in place.
  public static let byteAlignment = 4
  /// Features of the stream head.
  public static let streamFeatureCount = 12
  /// Features of the pair head.
  public static let pairFeatureCount = 14

  /// The look-ahead: feature frames after its own that an embedding waits for.
  public var lookaheadFeatureFrames: Int {
    var lookahead = 0
    var hop = 1
    for layer in layers {
      lookahead += layer.shape.rightContext * hop
      hop *= layer.shape.stride
    }
    return lookahead
  }

  /// Multiply-accumulate operations per embedding.
  public var operationsPerEmbedding: Int {
    var total = 0
    var framesPerEmbedding = LayerLimits.timeReduction
    for layer in layers {
      framesPerEmbedding /= layer.shape.stride
      total += layer.shape.weightCount * framesPerEmbedding
    }
    return total
  }

  /// Reads and checks a model file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, at an address that is a multiple of ``byteAlignment``.
  ///   - expectedFeatureContract: the hash of the front end that will feed the model.
  /// - Throws: the first ``ModelFileError`` found.
  public init(_ bytes: UnsafeRawBufferPointer, expectedFeatureContract: UInt64) throws(ModelFileError) {
    guard UInt(bitPattern: bytes.baseAddress) % UInt(Self.byteAlignment) == 0 else {
      throw .misaligned(alignment: Self.byteAlignment)
    }
    let container = try reading { () throws(ContainerError) in try ContainerReader(bytes, expecting: .model) }
    let features = try FeatureSection(container)
    guard features.contract == expectedFeatureContract else {
      throw .featureContractMismatch(model: features.contract, frontEnd: expectedFeatureContract)
    }
    let encoder = try EncoderSection(container)
    let dimension = encoder.embeddingDimension
    let pooling = try Self.pooling(container, dimension: dimension)
    let heads = try Self.scoreHeads(container)
    layers = encoder.layers
    embeddingDimension = dimension
    featureContract = features.contract
    initialMeans = features.initialMeans
    classVectors = try Self.classVectors(container, dimension: dimension)
    textEncoder = try Self.textEncoder(container, dimension: dimension)
    self.pooling = pooling
    streamHead = heads.stream
    pairHead = heads.pair
    provenance = container.bytes(of: "PROV") ?? UnsafeRawBufferPointer(start: nil, count: 0)
    contentHash = container.contentHash
  }
}
