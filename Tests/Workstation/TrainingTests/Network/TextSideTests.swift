import Foundation
import Testing
import Training

@Suite struct PhonemeClassifierTests {
  @Test("The gradient reaches embeddings, proxies, scale and the blank's bias", arguments: [1101, 1102])
  func gradient(seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let classifier = PhonemeClassifier(bank: bank, classCount: 6, dimension: 4)
    bank.seal()
    bank.value(classifier.logScale)[0] = log(5)
    bank.value(classifier.blankBias)[0] = 0.7
    let embeddings = draws.unitRows(5, 4)
    let probe = Probe(&draws, rows: 5, columns: 6)
    let logits = Matrix()
    func forward() -> Evaluation {
      classifier.prepare()
      classifier.forward(embeddings, into: logits)
      return Evaluation(loss: probe.loss(logits))
    }
    _ = forward()
    let embeddingGradient = draws.matrix(rows: 5, columns: 4)
    let parameters = bank.added {
      classifier.backward(probe.gradient, into: embeddingGradient)
      classifier.finishBackward()
    }
    let check = GradientCheck(seed: seed, step: 2e-2, evaluate: forward)
    check.expect("embeddings", embeddings, gradient: embeddingGradient)
    check.expectParameters(of: bank, gradients: parameters)
  }

  @Test("A logit is the scaled cosine with the class's proxy, and the blank's has a bias") func value() {
    var draws = Draws(seed: 1103)
    let bank = ParameterBank(seed: 1103)
    let classifier = PhonemeClassifier(bank: bank, classCount: 40, dimension: 8)
    bank.seal()
    bank.value(classifier.blankBias)[0] = -1.5
    let embeddings = draws.unitRows(3, 8)
    let logits = Matrix()
    classifier.prepare()
    classifier.forward(embeddings, into: logits)
    for row in 0..<3 {
      for label in 0..<40 {
        let proxy = (0..<8).map { Double(bank.value(classifier.proxies)[label * 8 + $0]) }
        let norm = proxy.map { $0 * $0 }.reduce(0, +).squareRoot()
        let cosine = (0..<8).reduce(0.0) { $0 + proxy[$1] * Double(embeddings[row, $1]) } / norm
        #expect(abs(Double(logits[row, label]) - 12 * cosine + (label == 39 ? 1.5 : 0)) < 1e-4)
      }
    }
  }
}

@Suite struct PhraseTextEncoderTests {
  private static func small(_ recurrence: TextEncoderConfiguration.Recurrence, addsProxies: Bool)
    -> TextEncoderConfiguration
  {
    var configuration = TextEncoderConfiguration()
    configuration.recurrence = recurrence
    configuration.addsProxies = addsProxies
    configuration.inputCount = 3
    configuration.hiddenCount = 2
    return configuration
  }

  /// A repeated phoneme, word starts within a phrase, and a phrase of one phoneme.
  @Test(
    "The gradient reaches table, recurrence, both projections, and the proxies if they are added",
    arguments: [
      (TextEncoderConfiguration.Recurrence.gru, true, UInt64(1111)), (.gru, true, 1112), (.lstm, false, 1114),
      (.lstm, true, 1115), (.gru, false, 1116),
    ])
  func gradient(recurrence: TextEncoderConfiguration.Recurrence, addsProxies: Bool, seed: UInt64) {
    var draws = Draws(seed: seed)
    let bank = ParameterBank(seed: seed)
    let classifier = PhonemeClassifier(bank: bank, classCount: 40, dimension: 4)
    let encoder = PhraseTextEncoder(
      Self.small(recurrence, addsProxies: addsProxies), bank: bank, classifier: classifier)
    bank.seal()
    bank.disturb(&draws)
    let bounds = SequenceBounds(lengths: [4, 1, 3])
    let phonemes: [UInt8] = [5, 0, 5, 38, 7, 0, 2, 2]
    let wordInitial = [true, false, true, false, true, true, false, true]
    let phonemeProbe = Probe(&draws, rows: 8, columns: 4)
    let utteranceProbe = Probe(&draws, rows: 3, columns: 4)
    func forward() -> Evaluation {
      classifier.prepare()
      encoder.forward(phonemes: phonemes, wordInitial: wordInitial, bounds)
      return Evaluation(
        loss: phonemeProbe.loss(encoder.phonemeEmbeddings) + utteranceProbe.loss(encoder.utteranceEmbeddings))
    }
    _ = forward()
    let parameters = bank.added {
      encoder.backward(phonemeGradient: phonemeProbe.gradient, utteranceGradient: utteranceProbe.gradient)
      classifier.finishBackward()
    }
    let check = GradientCheck(seed: seed, evaluate: forward)
    // The classifier's scale and bias do not affect the text embeddings.
    check.expectParameters(of: bank, gradients: parameters) {
      $0 != classifier.logScale && $0 != classifier.blankBias && (addsProxies || $0 != classifier.proxies)
    }
    if !addsProxies {
      let proxies = parameters[classifier.proxies.offset..<classifier.proxies.offset + classifier.proxies.count]
      #expect(proxies.allSatisfy { $0 == 0 })
    }
  }

  /// Checkpoints are one flat vector, so the position of each value must not change.
  @Test("The default's parameters have the names, shapes and order of released checkpoints") func layout() {
    let bank = ParameterBank(seed: 1117)
    let classifier = PhonemeClassifier(bank: bank, classCount: 40, dimension: 96)
    _ = PhraseTextEncoder(bank: bank, classifier: classifier)
    bank.seal()
    let slots = bank.slots.drop { !$0.name.hasPrefix("text.") }.map { "\($0.name) \($0.rows) \($0.columns)" }
    var expected = ["text.table 40 64"]
    for direction in ["text.recurrent.forward", "text.recurrent.backward"] {
      expected += [
        direction + ".inputWeights 192 64", direction + ".hiddenWeights 192 64", direction + ".inputBias 1 192",
        direction + ".hiddenBias 1 192",
      ]
    }
    expected += [
      "text.phoneme.weights 96 128", "text.phoneme.bias 1 96", "text.utterance.weights 96 128",
      "text.utterance.bias 1 96",
    ]
    #expect(slots == expected)
  }

  @Test(
    "Phrases are independent, and the start of a word changes the embedding",
    arguments: [(TextEncoderConfiguration.Recurrence.gru, true), (.lstm, false)])
  func independence(recurrence: TextEncoderConfiguration.Recurrence, addsProxies: Bool) {
    let bank = ParameterBank(seed: 1113)
    let classifier = PhonemeClassifier(bank: bank, classCount: 40, dimension: 4)
    let encoder = PhraseTextEncoder(
      Self.small(recurrence, addsProxies: addsProxies), bank: bank, classifier: classifier)
    bank.seal()
    classifier.prepare()
    encoder.forward(
      phonemes: [1, 2, 3, 9, 8], wordInitial: [true, false, false, true, false], SequenceBounds(lengths: [3, 2]))
    let together = encoder.phonemeEmbeddings.values.suffix(8) + encoder.utteranceEmbeddings.values.suffix(4)
    encoder.forward(phonemes: [9, 8], wordInitial: [true, false], SequenceBounds(lengths: [2]))
    let alone = encoder.phonemeEmbeddings.values + encoder.utteranceEmbeddings.values
    #expect(zip(alone, together).allSatisfy { abs($0 - $1) < 1e-5 })
    encoder.forward(phonemes: [9, 8], wordInitial: [true, true], SequenceBounds(lengths: [2]))
    #expect(zip(alone, encoder.phonemeEmbeddings.values).contains { abs($0 - $1) > 1e-3 })
  }
}
