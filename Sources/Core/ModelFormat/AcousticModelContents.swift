/// The contents of a model file as plain arrays of floats and integers, for an exporter to fill in and write.
///
/// Shapes and meanings are those of ``AcousticModel``. Matrices that the file stores row-quantized are given as floats,
/// row-major.
public struct AcousticModelContents: Sendable {
  /// One encoder layer, already in integers.
  public struct Layer: Sendable {
    /// The geometry.
    public var shape: LayerShape
    /// 0 unless the shape adds a residual.
    public var residualMultiplierQ30: Int32
    /// `[output][kernel][input]` or `[kernel][channel]`, −127…127.
    public var weights: [Int8]
    /// `[output]`, within ±2²⁹.
    public var biases: [Int32]
    /// `[output]`, not negative.
    public var multipliersQ30: [Int32]

    /// Creates a layer from its members.
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

    /// Creates a unit from its weights.
    public init(inputWeights: [Float], hiddenWeights: [Float], inputBiases: [Float], hiddenBiases: [Float]) {
      self.inputWeights = inputWeights
      self.hiddenWeights = hiddenWeights
      self.inputBiases = inputBiases
      self.hiddenBiases = hiddenBiases
    }
  }

  /// The weights of the text encoder.
  public struct TextEncoder: Sendable {
    /// E: length of a phoneme's input embedding.
    public var inputDimension: Int
    /// H: units of each direction.
    public var hiddenUnits: Int
    /// `[40, E]`
    public var inputEmbedding: [Float]
    /// The forward direction.
    public var forward: RecurrentUnit
    /// The backward direction.
    public var backward: RecurrentUnit
    /// `[D, 2H]`
    public var projection: [Float]
    /// `[D]`.
    public var projectionBiases: [Float]
    /// `[D, 2H]`
    public var utterance: [Float]
    /// `[D]`.
    public var utteranceBiases: [Float]

    /// Creates the weights from their members.
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

  /// The weights of the pooling.
  public struct Pooling: Sendable {
    /// γ: the sharpness of the phoneme alignment.
    public var attentionScale: Float
    /// A: units of the frame scorer.
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

    /// Creates the weights from their members.
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

  /// The hash of the front end that the model was trained on.
  public var featureContract: UInt64
  /// `[40]`, mean log energy of each mel band, in nepers.
  public var initialMeans: [Float]
  /// D: the dimension of the embeddings.
  public var embeddingDimension: Int
  /// The layers in the order in which they run.
  public var layers: [Layer]
  /// Scale of the logits.
  public var classScale: Float
  /// Added to the logit of the blank.
  public var blankBias: Float
  /// `[40, D]`, rows of unit length; row 39 is the blank.
  public var classVectors: [Float]
  /// The text encoder.
  public var textEncoder: TextEncoder
  /// The pooling.
  public var pooling: Pooling
  /// Score over f0…f11.
  public var streamHead: AcousticModel.ScoreHead
  /// Score over f0…f9, c0…c2, f11.
  public var pairHead: AcousticModel.ScoreHead
  /// TOML text. If it is empty, its section is not written.
  public var provenance: String

  /// Creates the contents from their members.
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
