import AudioFrontEnd
import FuzzDriver
import Int8Kernels
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

extension FuzzTarget {
  /// Model files: rejected, or everything in them can be read.
  static let model = FuzzTarget(
    "model", mostBytes: 8_192, words: ["COOE", "FEAT", "ARCH", "WGTS", "PROX", "TEXT", "POOL", "HEAD", "PROV"],
    seeds: [MadeUpModel.smallest(seed: 1), MadeUpModel.smallest(seed: 2)]
  ) { bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      guard let model = try? AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash) else { return }
      var sum = 0
      for layer in model.layers {
        for weight in layer.weights { sum &+= Int(weight) }
        for bias in layer.biases { sum &+= Int(bias) }
        for multiplier in layer.multipliersQ30 { sum &+= Int(multiplier) }
      }
      require(model.initialMeans.allSatisfy { $0.isFinite } && sum > .min, "a model that was opened is finite")
    }
  }

  /// An opened model is used: it processes noise, and a phrase is enrolled with it.
  static let modelInUse = FuzzTarget(
    "model-in-use", mostBytes: 8_192, seeds: [MadeUpModel.smallest(seed: 1), MadeUpModel.smallest(seed: 2)]
  ) { bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      guard let model = try? AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash) else { return }
      let enroller = Enroller(model: model, language: MadeUpModel.language)
      guard let (enrollment, report) = try? enroller.enroll("a nine", pronunciation: "AH") else { return }
      var file = PhraseFile(model: model)
      if (try? file.add(PhraseFile.Phrase(enrollment, report))) != nil {
        require(PhraseFile(rereading: file) == file, "an enrolled phrase can be written and read again")
      }
      var configuration = SpotterConfiguration()
      configuration.candidateFloor = -20
      configuration.historyFrames = 20
      let spotter = KeywordSpotter(
        model: model, enrollments: [enrollment], configuration: configuration, kernelPath: .reference)
      var generator = SplitMix64(seed: 5)
      let samples = (0..<4_800).map { Int16(generator.float(magnitude: $0 < 2_400 ? 300 : 30_000)) }
      samples.withUnsafeBufferPointer { spotter.process($0) { _ in } }
      spotter.finish { _ in }
    }
  }

  /// Phrase files: both readers accept the same files and read the same contents, which can be written and read again.
  static let phrases = FuzzTarget("phrases", mostBytes: 4_096, words: ["COOE", "PHRS"], seeds: phraseSeeds()) { bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      let stored = Outcome { () throws(PhraseFileError) in try StoredPhrases(bytes) }
      let copied = Outcome { () throws(PhraseFileError) in try PhraseFile(bytes) }
      // As text, because a NaN threshold equals nothing.
      require(
        stored.failure.map { "\($0)" } == copied.failure.map { "\($0)" },
        "StoredPhrases and PhraseFile reject for the same reason")
      guard let stored = stored.value, let copied = copied.value else { return }
      require(stored.phraseCount == copied.phrases.count, "both readers count the same phrases")
      var texts: [[UInt8]] = []
      stored.forEachText { texts.append(Array($0)) }
      require(texts == copied.phrases.map { Array($0.enrollment.text.utf8) }, "both readers find the same texts")
      let variants = copied.phrases.flatMap { $0.enrollment.variants }
      require(stored.variantCount == variants.count, "both readers count the same variants")
      for (view, variant) in zip(stored, variants) {
        require(
          view.phonemes.elementsEqual(variant.phonemes)
            && view.phonemeEmbeddings.elementsEqual(variant.phonemeEmbeddings)
            && view.utteranceEmbedding.elementsEqual(variant.utteranceEmbedding), "both readers find the same variants")
      }
      require(PhraseFile(rereading: copied) == copied, "a phrase file that was read can be written and read again")
    }
  }

  @Sendable private static func phraseSeeds() -> [[UInt8]] {
    var file = PhraseFile(modelHash: 0x1234_5678, embeddingDimension: 4)
    var files = [file.bytes()]
    for (text, phonemes) in [("hey", [15, 12]), ("nine", [22, 3, 22])] as [(String, [UInt8])] {
      let enrollment = MadeUpModel.enrollment(text, phonemes: phonemes, dimension: 4, seed: 9)
      try? file.add(PhraseFile.Phrase(enrollment: enrollment, source: .typed))
      files.append(file.bytes())
    }
    return files
  }

  /// Language files: rejected, or words are found and iterated.
  static let language = FuzzTarget(
    "language", mostBytes: 4_096, words: ["COOE", "LEX2", "G2PM", "PROV"], seeds: [MadeUpModel.languageBytes]
  ) { bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      guard let language = try? LanguageFile(bytes) else { return }
      var first: String?
      language.lexicon.forEachWord { word, _ in first = first ?? word }
      for word in [first ?? "a", "tomato", "zzz", "'"] { _ = language.lexicon.pronunciations(of: word) }
    }
  }

  /// An opened language is used: words are guessed and compared with its words.
  static let languageInUse = FuzzTarget("language-in-use", mostBytes: 4_096, seeds: [MadeUpModel.languageBytes]) {
    bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      guard let language = try? LanguageFile(bytes) else { return }
      _ = language.lexicon.soundAlikes(of: [[15, 12]], except: [])
      for guess in language.guesses(for: "hey'q") {
        require(guess.phonemes.allSatisfy { $0 < 39 }, "a guess is made of phonemes")
      }
    }
  }

  /// Background files: rejected, or every frame can be read.
  static let background = FuzzTarget(
    "background", mostBytes: 4_096, words: ["COOE", "PACK", "MIXT", "WORD", "UTTS", "FRMS", "REFS", "PROV"],
    seeds: backgroundSeeds()
  ) { bytes in
    RepairedContainer.withBoth(bytes) { bytes in
      guard let speech = try? BackgroundSpeech(bytes) else { return }
      var coordinates = [Int32](repeating: 0, count: speech.embeddingDimension)
      var unit = [Float](repeating: 0, count: speech.embeddingDimension)
      var frameCount = 0
      coordinates.withUnsafeMutableBufferPointer { coordinates in
        unit.withUnsafeMutableBufferPointer { unit in
          for index in speech.utterances.indices {
            speech.forEachFrame(
              ofUtterance: index, coordinates: coordinates.baseAddress!, unit: unit.baseAddress!
            ) {
              frameCount += 1
              require(unit[0].isFinite, "embeddings are finite")
            }
          }
        }
      }
      require(frameCount == speech.frameCount, "the number of frames is that in the file")
      _ = speech.reference?.missShare(belowLogit: 0)
    }
  }

  @Sendable private static func backgroundSeeds() -> [[UInt8]] {
    let dimension = 4
    let axes: [Float] = (0..<dimension * dimension).map { $0 % (dimension + 1) == 0 ? 1 : 0 }
    var writer = BackgroundSpeechWriter(
      modelHash: 1, mean: [Float](repeating: 0.05, count: dimension), directions: axes, step: 0.05)
    var generator = SplitMix64(seed: 4)
    let words = [BackgroundWord(spelling: "hey", phonemes: [15, 12], firstFrame: 1, endFrame: 3)]
    for condition in 0..<2 {
      let units = (0..<6).flatMap { _ in
        let vector = generator.floats(dimension, magnitude: 1)
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
      }
      writer.append(words: words, units: units, isSurelyBlank: (0..<6).map { $0 > 3 }, condition: condition)
    }
    let reference = ReferencePhrases(
      levels: .standard,
      lengths: [0, 9].map {
        .init(
          leastPhonemeCount: $0, mixed: .standard(.standard),
          kinds: BackgroundMix.home.kinds.map { _ in .standard(.standard) },
          conditions: BackgroundMix.home.conditions.map { _ in .standard(.standard) })
      }, matchLogits: [2, -1, 0.5])
    return [writer.finish(), writer.finish(reference: reference, provenance: "[background]\n")]
  }
}

extension PhraseFile {
  /// The phrase file read from its own bytes; `nil` if they are rejected.
  init?(rereading file: PhraseFile) {
    let again = file.bytes().withUnsafeBytes { bytes in
      Outcome { () throws(PhraseFileError) in try PhraseFile(bytes) }
    }
    guard let value = again.value else { return nil }
    self = value
  }
}
