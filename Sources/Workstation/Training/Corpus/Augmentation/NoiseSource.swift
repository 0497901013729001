import Foundation
import SeededRandom

/// Draws segments of noise: recorded clips, babble mixed from other utterances, or a steady hiss or rumble.
struct NoiseSource {
  /// Samples of white noise from which steady noises are cut. A repetition after four seconds is inaudible.
  private static let whiteCount = 65_536

  private let corpus: PreparedCorpus
  private let noises: [Utterance]
  private let talkers: [Utterance]
  /// `[65536]`, unit variance.
  private let white: [Float]

  /// - Parameter noises: clips of `corpus` without speech.
  /// - Parameter talkers: clips of `corpus` with speech, for babble.
  init(corpus: PreparedCorpus, noises: [Utterance], talkers: [Utterance]) {
    self.corpus = corpus
    self.noises = noises.filter { !$0.range.isEmpty }
    self.talkers = talkers.filter { !$0.range.isEmpty }
    var generator = SplitMix64(seed: 0x5EED)
    white = (0..<Self.whiteCount).map { _ in generator.nextNormal() }
  }

  /// Fills `buffer` with noise of one kind. A kind without clips falls back to steady noise.
  func fill(
    _ buffer: SampleBuffer, count: Int, _ configuration: AugmentationConfiguration, using generator: inout SplitMix64
  ) {
    buffer.clear(count: count)
    let kind = generator.nextUniform()
    if kind < configuration.babbleShare, !talkers.isEmpty {
      let range = configuration.babbleTalkers
      for _ in 0..<range.lowerBound + generator.nextIndex(range.count) {
        let talker = talkers[generator.nextIndex(talkers.count)]
        add(talker, gain: generator.nextUniform(in: 0.4...1), to: buffer, using: &generator)
      }
    } else if kind < 1 - configuration.steadyNoiseShare, !noises.isEmpty {
      if generator.nextUniform() < configuration.noiseVarietyShare {
        addVaried(to: buffer, using: &generator)
      } else {
        add(noises[generator.nextIndex(noises.count)], gain: 1, to: buffer, using: &generator)
      }
    } else {
      addSteady(rootMeanSquare: 100, color: generator.nextUniform(in: 0...0.97), to: buffer, using: &generator)
    }
  }

  /// Adds white noise through `y[n] = x[n] + color·y[n − 1]`, scaled to the given level.
  ///
  /// - Parameter color: 0 is a hiss, near 1 a rumble.
  func addSteady(rootMeanSquare: Float, color: Float, to buffer: SampleBuffer, using generator: inout SplitMix64) {
    let gain = rootMeanSquare * (1 - color * color).squareRoot()
    var position = generator.nextIndex(Self.whiteCount)
    var state: Float = 0
    white.withUnsafeBufferPointer { white in
      for index in 0..<buffer.count {
        state = white[position] + color * state
        buffer.samples[index] += gain * state
        position = (position + 1) & (Self.whiteCount - 1)
      }
    }
  }

  /// Adds one to three recorded noises, varied in speed, direction and color.
  ///
  /// Without variation a network memorizes a few hundred recordings.
  private func addVaried(to buffer: SampleBuffer, using generator: inout SplitMix64) {
    let count = 1 + generator.nextIndex(3)
    for _ in 0..<count {
      let source = corpus.samples(of: noises[generator.nextIndex(noises.count)])
      var power: Float = 1
      for sample in source { power += Float(sample) * Float(sample) }
      let decibels = generator.nextUniform(in: -12...0)
      let color = generator.nextUniform(in: -0.5...0.8)
      let gain = 300 * powf(10, decibels / 20) * (1 - abs(color)) / (power / Float(source.count)).squareRoot()
      // More than half an octave either way.
      let speed = expf(generator.nextUniform(in: -0.4...0.4)) * (generator.nextUniform() < 0.3 ? -1 : 1)
      var position = generator.nextUniform() * Float(source.count)
      var state: Float = 0
      for index in 0..<buffer.count {
        let before = min(Int(position), source.count - 1)
        let after = before + 1 < source.count ? before + 1 : 0
        let share = position - Float(before)
        state = Float(source[before]) * (1 - share) + Float(source[after]) * share + color * state
        buffer.samples[index] += gain * state
        position += speed
        if position >= Float(source.count) { position -= Float(source.count) }
        if position < 0 { position += Float(source.count) }
      }
    }
  }

  /// Adds a clip from a random position in it, repeated if it is too short.
  private func add(_ clip: Utterance, gain: Float, to buffer: SampleBuffer, using generator: inout SplitMix64) {
    let source = corpus.samples(of: clip)
    var position = generator.nextIndex(source.count)
    var index = 0
    while index < buffer.count {
      let count = min(buffer.count - index, source.count - position)
      let target = buffer.samples + index
      let from = source.baseAddress! + position
      for offset in 0..<count { target[offset] += gain * Float(from[offset]) }
      index += count
      position = 0
    }
  }
}
