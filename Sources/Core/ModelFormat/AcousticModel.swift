/// A model file, parsed and checked: encoder, class vectors, text encoder, pooling, score heads.
///
/// Everything in it may be trusted: sizes agree with each other, every index stays inside the file, every float is
/// finite, every accumulator fits its type. Weights, scales, biases and vectors are borrowed from the file's bytes, which must
/// stay mapped and unchanged for as long as the model or anything made from it is in use: a model in flash costs no memory.
/// Nothing is allocated. Reading from several threads is safe.
public struct AcousticModel: @unchecked Sendable {
  /// One layer of the encoder with its tensors.
  public struct Layer: @unchecked Sendable {
    public let shape: LayerShape
    /// Weight of the residual input, in units of 2⁻³⁰ output steps; 0 where the layer has none.
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
    public let scale: Float
    public let blankBias: Float
    /// `[40, D]`, rows of unit length; rows 0…38 are the phonemes, 39 the blank.
    public let vectors: UnsafeBufferPointer<Float>
  }

  /// One direction of the text encoder's gated recurrent unit; gates in the order reset, update, new.
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

  /// Phonemes → one embedding per phoneme and one per phrase.
  public struct TextEncoderWeights: @unchecked Sendable {
    /// E: size of a phoneme's input embedding.
    public let inputDimension: Int
    /// H: units of each direction.
    public let hiddenUnits: Int
    /// `[40, E]`; row 39 is added to the row of a phoneme that begins a word.
    public let inputEmbedding: RowQuantizedMatrix
    public let forward: RecurrentUnit
    public let backward: RecurrentUnit
    /// `[D, 2H]`, per phoneme.
    public let projection: RowQuantizedMatrix
    public let projectionBiases: UnsafeBufferPointer<Float>
    /// `[D, 2H]`, over the mean of all phonemes.
    public let utterance: RowQuantizedMatrix
    public let utteranceBiases: UnsafeBufferPointer<Float>
  }

  /// Segment of frame embeddings → one utterance embedding, and the sharpness of the phoneme alignment.
  public struct PoolingWeights: @unchecked Sendable {
    /// γ: phoneme u weighs frame t by `exp(γ · ⟨E_phn[u], a_t⟩)`.
    public let attentionScale: Float
    /// A: units of the frame scorer.
    public let attentionUnits: Int
    /// `[A, D]`
    public let frameWeights: RowQuantizedMatrix
    /// `[A]`
    public let frameBiases: UnsafeBufferPointer<Float>
    /// `[A]`
    public let frameScorer: UnsafeBufferPointer<Float>
    /// `[D, 2D]`, over mean and standard deviation.
    public let projection: RowQuantizedMatrix
    /// `[D]`
    public let projectionBiases: UnsafeBufferPointer<Float>
  }

  /// In the order in which they run.
  public let layers: Layers
  /// D: the dimension of frame, phoneme and utterance embeddings.
  public let embeddingDimension: Int
  public let featureContract: UInt64
  /// Mean log energy of each of the 40 mel bands, in nepers, which the front end's level and color start from.
  public let initialMeans: UnsafeBufferPointer<Float>
  public let classVectors: ClassVectors
  public let textEncoder: TextEncoderWeights
  public let pooling: PoolingWeights
  /// Over f0…f11 of a candidate in a stream.
  public let streamHead: ScoreHead
  /// Over f0…f9, c0…c2, f11 of a whole clip.
  public let pairHead: ScoreHead
  /// How the model was made, as UTF-8 text in TOML; empty where the file does not say.
  public let provenance: UnsafeRawBufferPointer
  /// FNV-1a over the file; binds phrase files to their model.
  public let contentHash: UInt64

  /// Where a file's bytes may start in memory: its numbers are read where they stand.
  public static let byteAlignment = 4
  /// Features of the stream head.
  public static let streamFeatureCount = 12
  /// Features of the pair head.
  public static let pairFeatureCount = 14

  /// Feature frames that an embedding waits for beyond its own.
  public var lookaheadFeatureFrames: Int {
    var lookahead = 0
    var hop = 1
    for layer in layers {
      lookahead += layer.shape.rightContext * hop
      hop *= layer.shape.stride
    }
    return lookahead
  }

  /// Multiply-accumulates per embedding.
  public var operationsPerEmbedding: Int {
    var total = 0
    var framesPerEmbedding = LayerLimits.timeReduction
    for layer in layers {
      framesPerEmbedding /= layer.shape.stride
      total += layer.shape.weightCount * framesPerEmbedding
    }
    return total
  }

  /// Parses and checks a model file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, starting at a multiple of ``byteAlignment`` in memory.
  ///   - expectedFeatureContract: the hash of the front end that will feed the model.
  /// - Throws: the first ``ModelFileError`` met.
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
