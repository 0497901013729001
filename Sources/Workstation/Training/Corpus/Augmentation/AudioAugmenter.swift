import Foundation
import Recordings
import SeededRandom

/// A recording as it might have been heard elsewhere.
public struct AugmentedAudio: Sendable {
  /// 16 kHz, sample / 32768.
  public var samples: [Int16] = []
  /// Samples of the recording per sample here: sample `i` here was said at `(i − leadingSamples)·speedFactor`.
  public var speedFactor: Float = 1
  /// Samples before the recording's first.
  public var leadingSamples = 0
}

/// Changes recordings as other voices, rooms, noises and microphones would: speed, time around, room, noise, band limits,
/// overdrive, gain, codec, in this order, each drawn by its share in ``AugmentationConfiguration``.
///
/// The same seed and recording give the same result. One thread at a time, one instance a worker; memory is kept between
/// calls. Costs about as much as the features of the same audio.
public struct AudioAugmenter: ~Copyable {
  /// Where a telephone's band ends.
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

  /// - Parameter corpus: where the clips below have their samples.
  /// - Parameter noises: clips without speech; may be empty.
  /// - Parameter babble: clips with speech that babble is mixed from; may be empty.
  /// - Parameter rooms: rooms with responses of their own; nil leaves the simulated ones.
  public init(
    corpus: PreparedCorpus, noises: [Utterance], babble: [Utterance], rooms: RoomResponses? = nil,
    configuration: AugmentationConfiguration = AugmentationConfiguration()
  ) {
    self.configuration = configuration
    self.rooms = rooms
    noise = NoiseSource(corpus: corpus, noises: noises, talkers: babble)
  }

  /// - Parameters:
  ///   - samples: `[n]`, 16 kHz, sample / 32768.
  ///   - floor: what goes on before and under the recording; nil to draw the self-noise of a microphone by its share.
  ///   - floorSamples: how long it goes on before anything else.
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
      // As loud as it is given once everything has been multiplied.
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

  /// Puts the recording, at its speed, between the silences; returns where it stands.
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

  /// Where the talker and the noise are, if they are in a room.
  private mutating func drawPlace(_ generator: inout SplitMix64) -> (talker: RoomResponse, noise: RoomResponse)? {
    if let rooms, configuration.responseShare > 0, generator.nextUniform() < configuration.responseShare {
      return rooms.drawPlace(using: &generator)
    }
    guard generator.nextUniform() < configuration.roomShare else { return nil }
    return simulation.draw(configuration, using: &generator)
  }

  /// Hears what was recorded through a response, as loud over the speech as it was.
  private mutating func hear(through response: RoomResponse, _ speech: Range<Int>) {
    convolve(current, response)
    let heardPower = other.power(speech)
    if heardPower > 1e-6 { other.scale(by: (current.power(speech) / heardPower).squareRoot()) }
    swap(&current, &other)
  }

  /// Writes what comes through a response to ``other``.
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
      // What goes on in a room has gone on before.
      let before = response?.samples.count ?? 0
      noise.fill(scratch, count: before + current.count, configuration, using: &generator)
      let ratio = generator.nextUniform(in: configuration.signalToNoiseDecibels)
      if let response {
        convolve(scratch, response)
        other.dropFirst(before)
      }
      let noiseHeard = response == nil ? scratch : other
      let noisePower = noiseHeard.power(0..<current.count)
      // A stretch of digital silence cannot be raised to a level.
      guard noisePower > 1e-3 else { return }
      let wanted = current.power(speech) * powf(10, -ratio / 10)
      current.add(noiseHeard, gain: (wanted / noisePower).squareRoot())
    } else if !isOverFloor, generator.nextUniform() < configuration.selfNoiseShare {
      let level = 32_768 * powf(10, generator.nextUniform(in: configuration.selfNoiseDecibels) / 20)
      noise.addSteady(
        rootMeanSquare: level, color: generator.nextUniform(in: 0...0.8), to: current, using: &generator)
    }
  }

  /// Cuts the peaks off: what lies less than `decibels` under the highest.
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

  /// What a line of 8 kHz leaves of a result without the frequencies that it cannot carry.
  private mutating func goThroughTelephone() {
    result.samples.withUnsafeMutableBufferPointer { codec.apply($0) }
    // Every other sample; the zeros between take half of the level, and the low-pass what they mirror.
    for index in result.samples.indices {
      current.samples[index] = index % 2 == 0 ? 2 * Float(result.samples[index]) : 0
    }
    BandLimit.lowPass(current, hertz: Self.telephoneHertz, to: other)
    swap(&current, &other)
    write(gain: 1)
  }

  /// Rounds to the result's samples.
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
