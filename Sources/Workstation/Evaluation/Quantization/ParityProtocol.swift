import AudioFrontEnd
import Foundation
import KeywordSpotting
import ModelFormat
import Training

/// Encodes the same clips with the float network, the simulated int8 encoder and the int8 engine, and compares the
/// results.
public struct ParityProtocol: ~Copyable {
  private let model: AcousticModel
  private let network: SpottingNetwork
  private let float: FloatScorer
  private let engine: Int8Scorer
  private let simulation: SimulatedInt8Encoder
  private let posteriors: PosteriorLayer
  private var noise: [ChannelNoise]
  private var difference = [FormDifference(), FormDifference()]
  private var frameCount = 0

  /// - Parameter network: the network from which the model was exported.
  private init(network: SpottingNetwork, model: AcousticModel) {
    self.network = network
    self.model = model
    float = FloatScorer(network: network, model: model)
    engine = Int8Scorer(model)
    simulation = SimulatedInt8Encoder(model)
    posteriors = PosteriorLayer(model)
    noise = model.layers.map { ChannelNoise(channelCount: $0.shape.outputChannels) }
  }

  /// Encodes utterances with text, spread evenly over the corpora.
  ///
  /// - Parameters:
  ///   - limit: the maximum number of utterances.
  ///   - progress: called with the number of utterances done and the number of all utterances.
  /// - Throws: `nothingToEvaluate` if the corpora have no utterance with text, or if the layers of model and network
  ///   differ.
  public static func run(
    corpora: [PreparedCorpus], model: EvaluatedModel, network: SpottingNetwork, limit: Int = .max,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> ParityReport {
    let spoken = corpora.flatMap { corpus in corpus.utterances.filter { !$0.isNoise }.map { (corpus, $0) } }
    guard !spoken.isEmpty else { throw .nothingToEvaluate(reason: "the corpora have no utterance with text") }
    guard model.model.layers.count == network.encoder.blocks.count * 2 + 3 else {
      throw .nothingToEvaluate(reason: "the model has other layers than this network")
    }
    var state = Self(network: network, model: model.model)
    var lookup = PronunciationCache(model)
    var counts = [PhonemeErrorCount](repeating: PhonemeErrorCount(), count: 3)
    var skipped = 0
    let total = min(limit, spoken.count)
    for place in 0..<total {
      let (corpus, utterance) = spoken[place * spoken.count / total]
      let words = utterance.words.map { lookup[String($0)] }
      if words.contains(where: \.isEmpty) {
        skipped += 1
        continue
      }
      let clips = state.encode(corpus.samples(of: utterance))
      for (form, clip) in clips.enumerated() {
        let phonemes = PhonemeProtocol.greedyPhonemes(logPosteriors: clip.logPosteriors)
        counts[form] += PhonemeErrorCount(words: words, hypothesis: phonemes)
      }
      progress(place + 1, total)
    }
    return state.report(counts, utteranceCount: total - skipped, skippedCount: skipped)
  }

  /// The clip as encoded by the float network, the simulation and the engine.
  private mutating func encode(_ samples: UnsafeBufferPointer<Int16>) -> [EncodedClip] {
    let floatClip = float.encode(clip: samples)
    let engineClip = engine.encode(clip: samples)
    let embeddings = simulation.forward(features(of: samples))
    measureNoise(embeddings)
    let frames = floatClip.frameCount
    var simulated = EncodedClip(
      units: [Float](repeating: 0, count: frames * embeddings.columns),
      logPosteriors: [Float](repeating: 0, count: frames * Phoneme.classCount))
    simulated.units.withUnsafeMutableBufferPointer { units in
      simulated.logPosteriors.withUnsafeMutableBufferPointer { logPosteriors in
        for frame in 0..<frames {
          let embedding = (0..<embeddings.columns).map { Int8(embeddings[frame, $0]) }
          posteriors.process(
            embedding, unit: units.baseAddress! + frame * embeddings.columns,
            logPosteriors: logPosteriors.baseAddress! + frame * Phoneme.classCount)
        }
      }
    }
    frameCount += frames
    difference[0].add(simulated, floatClip)
    difference[1].add(engineClip, simulated)
    return [floatClip, simulated, engineClip]
  }

  /// `[T, 40]` in steps of the features' grid, followed by silence for the length of the look-ahead.
  private func features(of samples: UnsafeBufferPointer<Int16>) -> Matrix {
    var extractor = FeatureExtractor(initialMeans: model.initialMeans)
    var values: [Float] = []
    let collect = { (feature: UnsafePointer<Int8>) in
      for band in 0..<LayerLimits.featureCount { values.append(Float(feature[band])) }
    }
    extractor.process(samples, collect)
    let frames = model.lookaheadFeatureFrames + LayerLimits.timeReduction
    let silence = [Int16](
      repeating: 0, count: frames * FeatureContract.hopSamples + FeatureContract.windowSamples)
    silence.withUnsafeBufferPointer { extractor.process($0, collect) }
    return Matrix(
      rows: values.count / LayerLimits.featureCount, columns: LayerLimits.featureCount, values: values)
  }

  private mutating func measureNoise(_ embeddings: Matrix) {
    let encoder = network.encoder
    let tensors = [encoder.stemOutput, encoder.reductionOutput] + encoder.blocks.flatMap { [$0.inner, $0.output] }
    for (layer, tensor) in tensors.enumerated() { noise[layer].add(tensor, simulation.outputs[layer]) }
    // The network's embeddings already have unit length.
    let units = Matrix(rows: embeddings.rows, columns: embeddings.columns, values: embeddings.values)
    for row in 0..<units.rows {
      let length = VectorLoops.dot(units.row(row), units.row(row), units.columns).squareRoot()
      for column in 0..<units.columns where length > 0 { units[row, column] /= length }
    }
    noise[tensors.count].add(network.embeddings, units)
  }

  private func report(_ counts: [PhonemeErrorCount], utteranceCount: Int, skippedCount: Int) -> ParityReport {
    let names = ["float", "simulated int8", "int8 engine"]
    let blocks = network.encoder.blocks.indices.flatMap { ["block \($0 + 1) depthwise", "block \($0 + 1) pointwise"] }
    let layers = ["stem", "reduction"] + blocks + ["projection"]
    return ParityReport(
      utteranceCount: utteranceCount, frameCount: frameCount, phonemeCount: counts[0].referenceCount,
      skippedCount: skippedCount,
      forms: zip(names, counts).map { .init(name: $0, phonemeErrorRate: $1.rate) },
      differences: (0..<2).map { difference[$0].result(names[$0 + 1], against: names[$0]) },
      layers: zip(layers, noise).map { .init(layer: $0, signalToQuantizationNoiseDecibels: $1.decibels) })
  }
}

/// Sums for the difference of two forms.
private struct FormDifference {
  private var sum = 0.0
  private var largest = 0.0
  private var count = 0
  private var cosines = 0.0
  private var frames = 0

  mutating func add(_ form: EncodedClip, _ reference: EncodedClip) {
    for (a, b) in zip(form.logPosteriors, reference.logPosteriors) {
      let difference = Double(abs(a - b))
      sum += difference
      largest = max(largest, difference)
    }
    count += form.logPosteriors.count
    for (a, b) in zip(form.units, reference.units) { cosines += Double(a) * Double(b) }
    frames += form.frameCount
  }

  func result(_ form: String, against reference: String) -> ParityReport.Difference {
    .init(
      form: form, reference: reference, meanAbsoluteDifference: sum / Double(max(count, 1)),
      maximumAbsoluteDifference: largest, meanCosine: cosines / Double(max(frames, 1)))
  }
}

/// Sums of products of a float tensor and its simulation, for each channel.
private struct ChannelNoise {
  private var signal: [Double]
  private var product: [Double]
  private var simulated: [Double]

  init(channelCount: Int) {
    signal = .init(repeating: 0, count: channelCount)
    product = signal
    simulated = signal
  }

  mutating func add(_ float: Matrix, _ quantized: Matrix) {
    for row in 0..<min(float.rows, quantized.rows) {
      for channel in signal.indices {
        let (f, q) = (Double(float[row, channel]), Double(quantized[row, channel]))
        signal[channel] += f * f
        product[channel] += f * q
        simulated[channel] += q * q
      }
    }
  }

  var decibels: Double {
    var noise = 0.0
    for channel in signal.indices {
      let explained = simulated[channel] > 0 ? product[channel] * product[channel] / simulated[channel] : 0
      noise += max(signal[channel] - explained, 0)
    }
    let power = signal.reduce(0, +)
    return noise > power * 1e-10 ? 10 * log10(power / noise) : 100
  }
}
