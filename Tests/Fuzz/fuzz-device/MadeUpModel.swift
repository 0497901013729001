import AudioFrontEnd
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment
import UntrainedModels

/// Small random models, phrases and a language. They detect nothing, but every part of them runs.
enum MadeUpModel {
  /// Two layers and one unit of everything: the smallest possible model.
  static func smallest(seed: UInt64) -> [UInt8] {
    let shapes = [
      LayerShape(kind: .dense, activation: .relu, inputChannels: 40, outputChannels: 4, kernelFrames: 1, stride: 4),
      LayerShape(
        kind: .depthwise, activation: .relu, inputChannels: 4, outputChannels: 4, kernelFrames: 3, dilation: 2,
        rightContext: 1),
      LayerShape(kind: .dense, activation: .linear, addsResidual: true, inputChannels: 4, outputChannels: 4),
    ]
    let contents = AcousticModelContents.untrained(
      seed: seed, shapes: shapes, featureContract: FeatureContract.hash, hiddenUnits: 2)
    guard let bytes = try? contents.encoded() else { fatalError("a small model cannot be encoded") }
    return bytes
  }

  /// The model of the package's tests, in memory while the program runs.
  static let model: AcousticModel = {
    let contents = AcousticModelContents.untrained(seed: 7, featureContract: FeatureContract.hash)
    guard let bytes = try? contents.encoded() else { fatalError("a small model cannot be encoded") }
    guard let model = try? AcousticModel(lasting(bytes), expectedFeatureContract: FeatureContract.hash) else {
      fatalError("a small model cannot be opened")
    }
    return model
  }()

  static let words: [(String, [String])] = [
    ("hey", ["HH EY"]), ("computer", ["K AH M P Y UW T ER"]), ("a", ["AH", "EY"]), ("a.", ["EY"]), ("k.", ["K EY"]),
    ("nine", ["N AY N"]), ("tomato", ["T AH M EY T OW", "T AH M AA T OW"]), ("on", ["AA N", "AO N"]),
    ("turn", ["T ER N"]), ("goin'", ["G OW IH N"]),
  ]

  static let languageBytes: [UInt8] = {
    var writer = LexiconWriter()
    for (word, pronunciations) in words {
      let phonemes = pronunciations.compactMap { try? TypedPronunciation.words(of: $0)[0] }
      guard (try? writer.add(word, phonemes)) != nil else { fatalError("\(word) cannot be compiled") }
    }
    var container = ContainerWriter(kind: .language)
    container.append(LanguageFile.lexiconSection, writer.bytes(wordsPerBlock: 4))
    container.append(LanguageFile.graphemeToPhonemeSection, guesser(seed: 3))
    return container.finish()
  }()

  static let language: LanguageFile = {
    guard let language = try? LanguageFile(lasting(languageBytes)) else { fatalError("the language cannot be opened") }
    return language
  }()

  static let enroller = Enroller(model: model, language: language)

  /// A grapheme-to-phoneme section with random weights.
  private static func guesser(seed: UInt64) -> [UInt8] {
    let (embedding, hidden, positions) = (3, 2, 2)
    var generator = SplitMix64(seed: seed)
    var section: [UInt8] = []
    func append(_ rows: Int, _ columns: Int) {
      let weights = generator.floats(rows * columns, magnitude: 1)
      EncodedRowQuantizedMatrix(weights, rowCount: rows, columnCount: columns).append(to: &section)
    }
    for value in [27, embedding, hidden, 2, positions, 40, 0, 0] { section.appendLittleEndian(UInt32(value)) }
    append(27, embedding)
    for inputs in [embedding, 2 * hidden] {
      for _ in 0..<2 {
        append(3 * hidden, inputs)
        append(3 * hidden, hidden)
        section.appendLittleEndian(generator.floats(3 * hidden, magnitude: 0.3))
        section.appendLittleEndian(generator.floats(3 * hidden, magnitude: 0.3))
      }
    }
    append(40 * positions, 2 * hidden)
    section.appendLittleEndian(generator.floats(40 * positions, magnitude: 0.5))
    return section
  }

  /// A phrase of one variant with random embeddings.
  static func enrollment(_ text: String, phonemes: [UInt8], dimension: Int, seed: UInt64) -> Enrollment {
    var generator = SplitMix64(seed: seed)
    func unit() -> [Float] {
      let vector = generator.floats(dimension, magnitude: 1)
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / length }
    }
    let variant = PhraseVariant(
      phonemes: phonemes, wordInitial: phonemes.indices.map { $0 == 0 },
      phonemeEmbeddings: phonemes.flatMap { _ in unit() },
      utteranceEmbedding: unit())
    return Enrollment(text: text, variants: [variant], threshold: 0.5)
  }

  private static func lasting(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(memory)
  }
}
