/// Everything a model file holds, as plain arrays of floats and integers: what an exporter fills in and writes.
///
/// Shapes and meanings are those of ``AcousticModel``; matrices that the file keeps row-quantised are given as floats,
/// row-major.
public struct AcousticModelContents: Sendable {
  /// One encoder layer, already in integers.
  public struct Layer: Sendable {
    public var shape: LayerShape
    /// 0 unless the shape adds a residual.
    public var residualMultiplierQ30: Int32
    /// `[output][kernel][input]` or `[kernel][channel]`, −127…127.
    public var weights: [Int8]
    /// `[output]`, inside ±2²⁹.
    public var biases: [Int32]
    /// `[output]`, not negative.
    public var multipliersQ30: [Int32]

    public init(
      shape: LayerShape, residualMultiplierQ30: Int32 = 0, weights: [Int8], biases: [Int32], multipliersQ30: [Int32]
    ) {
      self.shape = shape
      self.residualMultiplierQ30 = residualMultiplierQ30
      self.weights = weights
      self.biases = biases
      self.multipliersQ30 = multipliersQ30
    }
  }

  /// One direction of the text encoder's recurrent unit.
  public struct RecurrentUnit: Sendable {
    /// `[3H, E]`
    public var inputWeights: [Float]
    /// `[3H, H]`
    public var hiddenWeights: [Float]
    /// `[3H]`
    public var inputBiases: [Float]
    /// `[3H]`
    public var hiddenBiases: [Float]

    public init(inputWeights: [Float], hiddenWeights: [Float], inputBiases: [Float], hiddenBiases: [Float]) {
      self.inputWeights = inputWeights
      self.hiddenWeights = hiddenWeights
      self.inputBiases = inputBiases
      self.hiddenBiases = hiddenBiases
    }
  }

  public struct TextEncoder: Sendable {
    public var inputDimension: Int
    public var hiddenUnits: Int
    /// `[40, E]`
    public var inputEmbedding: [Float]
    public var forward: RecurrentUnit
    public var backward: RecurrentUnit
    /// `[D, 2H]`
    public var projection: [Float]
    public var projectionBiases: [Float]
    /// `[D, 2H]`
    public var utterance: [Float]
    public var utteranceBiases: [Float]

    public init(
      inputDimension: Int, hiddenUnits: Int, inputEmbedding: [Float], forward: RecurrentUnit, backward: RecurrentUnit,
      projection: [Float], projectionBiases: [Float], utterance: [Float], utteranceBiases: [Float]
    ) {
      self.inputDimension = inputDimension
      self.hiddenUnits = hiddenUnits
      self.inputEmbedding = inputEmbedding
      self.forward = forward
      self.backward = backward
      self.projection = projection
      self.projectionBiases = projectionBiases
      self.utterance = utterance
      self.utteranceBiases = utteranceBiases
    }
  }

  public struct Pooling: Sendable {
    public var attentionScale: Float
    public var attentionUnits: Int
    /// `[A, D]`
    public var frameWeights: [Float]
    /// `[A]`
    public var frameBiases: [Float]
    /// `[A]`
    public var frameScorer: [Float]
    /// `[D, 2D]`
    public var projection: [Float]
    /// `[D]`
    public var projectionBiases: [Float]

    public init(
      attentionScale: Float, attentionUnits: Int, frameWeights: [Float], frameBiases: [Float], frameScorer: [Float],
      projection: [Float], projectionBiases: [Float]
    ) {
      self.attentionScale = attentionScale
      self.attentionUnits = attentionUnits
      self.frameWeights = frameWeights
      self.frameBiases = frameBiases
      self.frameScorer = frameScorer
      self.projection = projection
      self.projectionBiases = projectionBiases
    }
  }

  public var featureContract: UInt64
  /// `[40]`
  public var initialMeans: [Float]
  /// D
  public var embeddingDimension: Int
  public var layers: [Layer]
  public var classScale: Float
  public var blankBias: Float
  /// `[40, D]`, rows of unit length, row 39 the blank.
  public var classVectors: [Float]
  public var textEncoder: TextEncoder
  public var pooling: Pooling
  /// Over f0…f11.
  public var streamHead: AcousticModel.ScoreHead
  /// Over f0…f9, c0…c2, f11.
  public var pairHead: AcousticModel.ScoreHead
  /// TOML text; no section is written where it is empty.
  public var provenance: String

  public init(
    featureContract: UInt64, initialMeans: [Float], embeddingDimension: Int, layers: [Layer], classScale: Float,
    blankBias: Float, classVectors: [Float], textEncoder: TextEncoder, pooling: Pooling,
    streamHead: AcousticModel.ScoreHead, pairHead: AcousticModel.ScoreHead, provenance: String
  ) {
    self.featureContract = featureContract
    self.initialMeans = initialMeans
    self.embeddingDimension = embeddingDimension
    self.layers = layers
    self.classScale = classScale
    self.blankBias = blankBias
    self.classVectors = classVectors
    self.textEncoder = textEncoder
    self.pooling = pooling
    self.streamHead = streamHead
    self.pairHead = pairHead
    self.provenance = provenance
  }
}
