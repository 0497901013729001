import Foundation
import Recordings
import SeededRandom

/// A recording as it would sound in other conditions.
public struct AugmentedAudio: Sendable {
  /// 16 kHz, sample / 32768.
  public var samples: [Int16] = []
  /// Samples of the recording per sample here: sample `i` here comes from position `(i − leadingSamples)·speedFactor`.
  public var speedFactor: Float = 1
  /// Samples before the recording's first.
  public var leadingSamples = 0
}

/// Simulates other voices, rooms, noises and microphones: speed, padding, room, noise, band limits, overdrive, gain and
/// codec, in this order, each applied with its probability in ``AugmentationConfiguration``.
///
/// The same seed and recording give the same result. One thread at a time: use one instance per worker. Memory is kept
/// between calls. The cost is about that of computing the features of the same audio.
public struct AudioAugmenter: ~Copyable {
  /// Upper limit of the telephone band.
  private static let telephoneHertz: Float = 3_400
  private let configuration: AugmentationConfiguration
  private let noise: NoiseSource
  private let speed = SpeedChange()
  private let codec = MuLawTable()
  private var simulation = RoomSimulation()
  private let rooms: RoomResponses?
  private let convolver = RoomConvolver()
  private var current = SampleBuffer()
  private var other = SampleBuffer()
  private let scratch = SampleBuffer()
  private var result = AugmentedAudio()

  /// - Parameters:
  ///   - corpus: contains the samples of the clips below.
  ///   - noises: clips without speech; may be empty.
  ///   - babble: clips with speech to mix babble from; may be empty.
  ///   - rooms: loaded impulse responses; nil uses only simulated rooms.
  ///   - configuration: probabilities and ranges of the changes.
  public init(
    corpus: PreparedCorpus, noises: [Utterance], babble: [Utterance], rooms: RoomResponses? = nil,
    configuration: AugmentationConfiguration = AugmentationConfiguration()
  ) {
    self.configuration = configuration
    self.rooms = rooms
    noise = NoiseSource(corpus: corpus, noises: noises, talkers: babble)
  }

  /// Draws one set of changes and applies them.
  ///
  /// - Parameters:
  ///   - samples: `[n]`, 16 kHz, sample / 32768.
  ///   - floor: background before and under the recording; nil draws the self-noise of a microphone with its
  /// probability.
  ///   - floorSamples: the duration of the background before anything else.
  ///   - generator: determines every draw.
  public mutating func augment(
    _ samples: UnsafeBufferPointer<Int16>, floor: StreamFloor? = nil, floorSamples: Int = 0,
    using generator: inout SplitMix64
  ) -> AugmentedAudio {
    var speech = place(samples, &generator)
    let gain = powf(10, generator.nextUniform(in: configuration.gainDecibels) / 20)
    let place = drawPlace(&generator)
    if let place { hear(through: place.talker, speech) }
    if floorSamples > 0 {
      other.clear(count: floorSamples + current.count)
      (other.samples + floorSamples).update(from: current.samples, count: current.count)
      swap(&current, &other)
      speech = speech.lowerBound + floorSamples..<speech.upperBound + floorSamples
      result.leadingSamples += floorSamples
    }
    addNoise(speech, through: place?.noise, isOverFloor: floor != nil, &generator)
    if let floor, floor.rootMeanSquare > 0 {
      // Scaled to the given level after all multiplications.
      noise.addSteady(
        rootMeanSquare: floor.rootMeanSquare / gain, color: floor.color, to: current, using: &generator)
    }
    if generator.nextUniform() < configuration.lowPassShare {
      BandLimit.lowPass(current, hertz: generator.nextUniform(in: configuration.lowPassHertz), to: other)
      swap(&current, &other)
    }
    if generator.nextUniform() < configuration.highPassShare {
      BandLimit.highPass(current, hertz: generator.nextUniform(in: configuration.highPassHertz))
    }
    if generator.nextUniform() < configuration.overdriveShare {
      overdrive(decibels: generator.nextUniform(in: configuration.overdriveDecibels))
    }
    let isTelephone = generator.nextUniform() < configuration.telephoneShare
    if isTelephone {
      BandLimit.lowPass(current, hertz: Self.telephoneHertz, to: other)
      swap(&current, &other)
    }
    write(gain: gain)
    if isTelephone {
      goThroughTelephone()
    } else if generator.nextUniform() < configuration.codecShare {
      result.samples.withUnsafeMutableBufferPointer { codec.apply($0) }
    }
    return result
  }

  /// Puts the recording, at its speed, between the silences. Returns its range.
  private mutating func place(
    _ samples: UnsafeBufferPointer<Int16>, _ generator: inout SplitMix64
  ) -> Range<Int> {
    var factor: Float = 1
    if generator.nextUniform() < configuration.speedShare {
      factor = generator.nextUniform(in: configuration.speedFactors)
    }
    let leading = padding(&generator)
    let trailing = padding(&generator)
    let count = SpeedChange.outputCount(samples.count, factor: factor)
    result.speedFactor = factor
    result.leadingSamples = leading
    current.clear(count: leading + count + trailing)
    if factor == 1 {
      for index in samples.indices { current.samples[leading + index] = Float(samples[index]) }
    } else {
      scratch.clear(count: samples.count)
      for index in samples.indices { scratch.samples[index] = Float(samples[index]) }
      speed.apply(scratch.samples, count: samples.count, factor: factor, to: current.samples + leading)
    }
    return leading..<leading + count
  }

  private func padding(_ generator: inout SplitMix64) -> Int {
    guard generator.nextUniform() < configuration.paddingShare else { return 0 }
    return Int(generator.nextUniform() * configuration.longestPaddingSeconds * 16_000)
  }

  /// Draws the positions of the talker and the noise, or nil for no room.
  private mutating func drawPlace(_ generator: inout SplitMix64) -> (talker: RoomResponse, noise: RoomResponse)? {
    if let rooms, configuration.responseShare > 0, generator.nextUniform() < configuration.responseShare {
      return rooms.drawPlace(using: &generator)
    }
    guard generator.nextUniform() < configuration.roomShare else { return nil }
    return simulation.draw(configuration, using: &generator)
  }

  /// Convolves the recording with a response and restores the level of its speech.
  private mutating func hear(through response: RoomResponse, _ speech: Range<Int>) {
    convolve(current, response)
    let heardPower = other.power(speech)
    if heardPower > 1e-6 { other.scale(by: (current.power(speech) / heardPower).squareRoot()) }
    swap(&current, &other)
  }

  /// Convolves `source` with a response into ``other``.
  private func convolve(_ source: SampleBuffer, _ response: RoomResponse) {
    other.clear(count: source.count)
    convolver.hear(
      .init(start: source.samples, count: source.count), through: response,
      into: .init(start: other.samples, count: source.count))
  }

  private func addNoise(
    _ speech: Range<Int>, through response: RoomResponse?, isOverFloor: Bool, _ generator: inout SplitMix64
  ) {
    if generator.nextUniform() < configuration.noiseShare {
      // Noise in a room started before the recording did.
      let before = response?.samples.count ?? 0
      noise.fill(scratch, count: before + current.count, configuration, using: &generator)
      let ratio = generator.nextUniform(in: configuration.signalToNoiseDecibels)
      if let response {
        convolve(scratch, response)
        other.dropFirst(before)
      }
      let noiseHeard = response == nil ? scratch : other
      let noisePower = noiseHeard.power(0..<current.count)
      // A segment of digital silence cannot be scaled to a level.
      guard noisePower > 1e-3 else { return }
      let wanted = current.power(speech) * powf(10, -ratio / 10)
      current.add(noiseHeard, gain: (wanted / noisePower).squareRoot())
    } else if !isOverFloor, generator.nextUniform() < configuration.selfNoiseShare {
      let level = 32_768 * powf(10, generator.nextUniform(in: configuration.selfNoiseDecibels) / 20)
      noise.addSteady(
        rootMeanSquare: level, color: generator.nextUniform(in: 0...0.8), to: current, using: &generator)
    }
  }

  /// Clips peaks: everything above a level `decibels` below the highest peak.
  private func overdrive(decibels: Float) {
    let samples = current.samples
    var peaks = SIMD8<Float>(repeating: 0)
    var index = 0
    while index < current.count {
      let values = load8(samples + index)
      peaks = pointwiseMax(peaks, pointwiseMax(values, -values))
      index += 8
    }
    let limit = SIMD8<Float>(repeating: peaks.max() * powf(10, -decibels / 20))
    index = 0
    while index < current.count {
      store8(pointwiseMin(pointwiseMax(load8(samples + index), -limit), limit), samples + index)
      index += 8
    }
    current.clearTail()
  }

  /// Applies µ-law at 8 kHz and removes the frequencies that such a line cannot carry.
  private mutating func goThroughTelephone() {
    result.samples.withUnsafeMutableBufferPointer { codec.apply($0) }
    // Keep every other sample. The zeros between halve the level, and the low-pass removes the mirrored band.
    for index in result.samples.indices {
      current.samples[index] = index % 2 == 0 ? 2 * Float(result.samples[index]) : 0
    }
    BandLimit.lowPass(current, hertz: Self.telephoneHertz, to: other)
    swap(&current, &other)
    write(gain: 1)
  }

  /// Rounds to the samples of the result.
  private mutating func write(gain: Float) {
    let count = current.count
    let source = current.samples
    if result.samples.count > count {
      result.samples.removeLast(result.samples.count - count)
    } else {
      result.samples.append(contentsOf: repeatElement(0, count: count - result.samples.count))
    }
    result.samples.withUnsafeMutableBufferPointer { samples in
      let target = samples.baseAddress!
      for index in 0..<count { target[index] = roundedSample(steps: source[index] * gain) }
    }
  }
}
