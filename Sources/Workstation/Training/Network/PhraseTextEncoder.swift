import KeywordSpotting

/// The text encoder in training: phonemes with word boundaries → one embedding per phoneme and one per phrase.
///
/// `x_u = table[phoneme u] (+ table[39] where a word begins)`, `h = GRU(x)` or `LSTM(x)`,
/// `E_phn[u] = unit(p[phoneme u] + W_p h_u + b_p)` with `p` the unit proxies or zero,
/// `E_utt = unit(W_u · mean_u h_u + b_u)`. ``TextEncoderConfiguration`` selects the variant.
///
/// | operand | shape |
/// |---|---|
/// | phonemes | `[N]` ragged by phrase |
/// | `E_phn` | `[N, D]` |
/// | `E_utt` | `[P, D]` |
public final class PhraseTextEncoder {
  /// `[40, inputCount]`: the phonemes and, in row 39, the start of a word.
  public let table: ParameterSlot
  /// The GRU or LSTM.
  public let recurrent: any BidirectionalLayer
  /// `W_p` and `b_p`.
  public let phonemeProjection: Linear
  /// `W_u` and `b_u`.
  public let utteranceProjection: Linear
  /// The bank that owns the parameters.
  public let bank: ParameterBank
  /// The shape of the encoder.
  public let configuration: TextEncoderConfiguration
  /// Columns of `table`.
  public var inputCount: Int { configuration.inputCount }
  private let classifier: PhonemeClassifier
  private let inputs = Matrix()
  private let states = Matrix()
  private let means = Matrix()
  private let stateGradient = Matrix()
  private let meanGradient = Matrix()
  private let inputGradient = Matrix()
  private let phonemeRows = UnitRows()
  private let utteranceRows = UnitRows()
  private var phonemes: [UInt8] = []
  private var wordInitial: [Bool] = []
  private var bounds = SequenceBounds(lengths: [])
  /// `E_phn` of the last forward pass, `[N, D]`.
  public let phonemeEmbeddings = Matrix()
  /// `E_utt` of the last forward pass, `[P, D]`.
  public let utteranceEmbeddings = Matrix()

  /// Registers the parameters in `bank`.
  ///
  /// - Parameter classifier: supplies the unit proxies.
  public init(
    _ configuration: TextEncoderConfiguration = TextEncoderConfiguration(), bank: ParameterBank,
    classifier: PhonemeClassifier
  ) {
    self.configuration = configuration
    self.bank = bank
    self.classifier = classifier
    let inputCount = configuration.inputCount
    let hiddenCount = configuration.hiddenCount
    table = bank.slot(
      "text.table", rows: Phoneme.classCount, columns: inputCount, decays: false, .scaledNormal(fanIn: 4, gain: 1))
    recurrent =
      switch configuration.recurrence {
      case .gru: GRULayer("text.recurrent", bank: bank, inputCount: inputCount, hiddenCount: hiddenCount)
      case .lstm: LSTMLayer("text.recurrent", bank: bank, inputCount: inputCount, hiddenCount: hiddenCount)
      }
    // In addition to the proxies the states are a correction, which starts small.
    phonemeProjection = Linear(
      "text.phoneme", bank: bank, inputCount: 2 * hiddenCount, outputCount: classifier.dimension,
      gain: configuration.addsProxies ? 0.3 : 1)
    utteranceProjection = Linear(
      "text.utterance", bank: bank, inputCount: 2 * hiddenCount, outputCount: classifier.dimension)
  }

  /// Computes ``phonemeEmbeddings`` and ``utteranceEmbeddings``.
  ///
  /// - Parameters:
  ///   - phonemes: `[N]`, classes 0…38.
  ///   - wordInitial: `[N]`, whether each phoneme begins a word.
  ///   - bounds: the phonemes of each phrase.
  public func forward(phonemes: [UInt8], wordInitial: [Bool], _ bounds: SequenceBounds) {
    self.phonemes = phonemes
    self.wordInitial = wordInitial
    self.bounds = bounds
    let width = inputCount
    inputs.reshape(rows: phonemes.count, columns: width)
    for (row, phoneme) in phonemes.enumerated() {
      inputs.row(row).update(from: bank.value(table) + Int(phoneme) * width, count: width)
      if wordInitial[row] { VectorLoops.accumulate(1, bank.value(table) + 39 * width, into: inputs.row(row), width) }
    }
    recurrent.forward(inputs, bounds, into: states)
    phonemeProjection.forward(states, into: phonemeEmbeddings)
    if configuration.addsProxies {
      for (row, phoneme) in phonemes.enumerated() {
        VectorLoops.accumulate(
          1, classifier.unitProxies.row(Int(phoneme)), into: phonemeEmbeddings.row(row), phonemeEmbeddings.columns)
      }
    }
    phonemeRows.forward(phonemeEmbeddings)
    means.reshape(rows: bounds.count, columns: states.columns)
    means.setZero()
    for phrase in 0..<bounds.count {
      let share = 1 / Float(max(bounds.length(phrase), 1))
      for row in bounds.starts[phrase]..<bounds.starts[phrase + 1] {
        VectorLoops.accumulate(share, states.row(row), into: means.row(phrase), states.columns)
      }
    }
    utteranceProjection.forward(means, into: utteranceEmbeddings)
    utteranceRows.forward(utteranceEmbeddings)
  }

  /// Adds to the gradients of the parameters and of the classifier's proxies. Both arguments are overwritten.
  public func backward(phonemeGradient: Matrix, utteranceGradient: Matrix) {
    phonemeRows.backward(phonemeGradient, output: phonemeEmbeddings)
    if configuration.addsProxies {
      for (row, phoneme) in phonemes.enumerated() {
        VectorLoops.accumulate(
          1, phonemeGradient.row(row), into: classifier.unitProxyGradient.row(Int(phoneme)), phonemeGradient.columns)
      }
    }
    phonemeProjection.backward(phonemeGradient, into: stateGradient)
    utteranceRows.backward(utteranceGradient, output: utteranceEmbeddings)
    utteranceProjection.backward(utteranceGradient, into: meanGradient)
    for phrase in 0..<bounds.count {
      let share = 1 / Float(max(bounds.length(phrase), 1))
      for row in bounds.starts[phrase]..<bounds.starts[phrase + 1] {
        VectorLoops.accumulate(share, meanGradient.row(phrase), into: stateGradient.row(row), states.columns)
      }
    }
    recurrent.backward(stateGradient, into: inputGradient)
    for (row, phoneme) in phonemes.enumerated() {
      VectorLoops.accumulate(
        1, inputGradient.row(row), into: bank.gradient(table) + Int(phoneme) * inputCount, inputCount)
      if wordInitial[row] {
        VectorLoops.accumulate(1, inputGradient.row(row), into: bank.gradient(table) + 39 * inputCount, inputCount)
      }
    }
  }
}
