import Evaluation
import Foundation
import SeededRandom
import Testing
import Training

/// A clip of silence, a tone of the given peak, and silence, with lengths in samples.
private func tone(_ lead: Int, _ length: Int, _ tail: Int, peak: Double = 8_000) -> [Int16] {
  [Int16](repeating: 0, count: lead)
    + (0..<length).map { Int16(peak * sin(Double($0) * 2 * .pi * 440 / 16_000)) }
    + [Int16](repeating: 0, count: tail)
}

private func level(_ samples: some Collection<Int16>) -> Double {
  (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
}

private func decibels(_ ratio: Double) -> Double { 20 * log10(ratio) }

@Suite struct StreamRendererTests {
  private let background = [16_000, 24_000, 8_000, 32_000]
  private let phrases = [(0, 9_600), (1, 12_800), (0, 11_200), (1, 8_000), (1, 16_000)]
    .map { (phraseIndex: $0.0, sampleCount: $0.1) }

  private func schedule(_ seed: UInt64 = 7) -> StreamSchedule {
    StreamSchedule(backgroundSampleCounts: background, phraseClips: phrases, seed: seed)
  }

  private func render(_ schedule: StreamSchedule, noise: [[Int16]], decibels: Double) -> (
    samples: [Int16], occurrences: [StreamOccurrence]
  ) {
    var renderer = StreamRenderer(
      schedule: schedule, noiseClips: noise, signalToNoiseDecibels: decibels, seed: 3)
    var samples: [Int16] = []
    while let part = renderer.next(clip: { tone(1_600, $0.sampleCount - 3_200, 1_600) }) { samples += part }
    return (samples, renderer.occurrences)
  }

  @Test(
    "Only the pauses at the phrases are removed on request", arguments: PhrasePauses.allCases)
  func pauses(_ pauses: PhrasePauses) {
    let schedule = StreamSchedule(
      backgroundSampleCounts: [16_000, 20_000, 9_000], phraseClips: [(0, 5_000), (1, 6_000), (0, 7_000)],
      pauses: pauses,
      seed: 5)
    #expect(schedule.items.count == 6)
    for (before, item) in zip(schedule.items, schedule.items.dropFirst()) {
      let pause = item.startSample - before.endSample
      let isCut =
        pauses != .around && before.phraseIndex != nil || pauses == .none && item.phraseIndex != nil
      let least: Int64 = before.phraseIndex == nil ? 4_800 : 9_600
      #expect(isCut ? pause == 0 : pause >= least)
    }
  }

  @Test("Every clip is scheduled once, in order, with pauses") func scheduling() {
    let schedule = schedule()
    #expect(schedule.items.filter { $0.phraseIndex == nil }.map(\.clipIndex).sorted() == [0, 1, 2, 3])
    #expect(schedule.items.filter { $0.phraseIndex != nil }.map(\.clipIndex).sorted() == [0, 1, 2, 3, 4])
    for item in schedule.items {
      let expected = item.phraseIndex.map { _ in phrases[item.clipIndex].sampleCount } ?? background[item.clipIndex]
      #expect(item.sampleCount == expected)
    }
    for (before, after) in zip(schedule.items, schedule.items.dropFirst()) {
      let pause = Double(after.startSample - before.endSample) / 16_000
      #expect(before.phraseIndex == nil ? (0.29...0.8).contains(pause) : (0.59...1.1).contains(pause))
    }
    #expect(schedule.sampleCount == schedule.items.last!.endSample + 16_000)
    #expect(schedule == self.schedule() && schedule != self.schedule(8))
  }

  @Test("Occurrences are the active parts of the phrases' clips") func occurrences() {
    let schedule = schedule()
    let (samples, occurrences) = render(schedule, noise: [], decibels: 0)
    #expect(samples.count == Int(schedule.sampleCount))
    let items = schedule.items.filter { $0.phraseIndex != nil }
    #expect(occurrences.map(\.phraseIndex) == items.map { $0.phraseIndex! })
    for (occurrence, item) in zip(occurrences, items) {
      // The power is smoothed over three frames of 160 samples, so an edge may be off by a frame.
      #expect(abs(occurrence.startSample - (item.startSample + 1_600)) <= 160)
      #expect(abs(occurrence.endSample - (item.endSample - 1_600)) <= 160)
      let active = samples[Int(occurrence.startSample) + 160..<Int(occurrence.endSample) - 160]
      #expect(abs(decibels(level(active) / StreamRenderer.speechLevel)) < 0.3)
    }
  }

  @Test("Noise lies below the speech by the given ratio", arguments: [5.0, 10, 20]) func ratio(ratio: Double) {
    // Noise of very different levels. One clip is silent and is skipped.
    let noise = [
      tone(0, 20_000, 0, peak: 300), tone(0, 30_000, 0, peak: 20_000), [Int16](repeating: 0, count: 16_000),
    ]
    let schedule = schedule()
    let clean = render(schedule, noise: [], decibels: 0).samples
    let noisy = render(schedule, noise: noise, decibels: ratio).samples
    let difference = zip(noisy, clean).map { Int16(clamping: Int($0) - Int($1)) }
    #expect(abs(decibels(StreamRenderer.speechLevel / level(difference)) - ratio) < 0.3)
    #expect(render(schedule, noise: noise, decibels: ratio).samples == noisy)
  }

  @Test("Pauses of a clean stream contain the noise floor of a microphone") func floor() {
    let schedule = schedule()
    let samples = render(schedule, noise: [], decibels: 0).samples
    let pause = samples.suffix(16_000)
    #expect(abs(decibels(level(pause) / StreamRenderer.floorLevel)) < 0.5)
  }

  @Test("Activity detection finds speech in a noisy recording") func noisyActivity() {
    var generator = SplitMix64(seed: 9)
    let noisy = tone(8_000, 8_000, 8_000, peak: 6_000).map { $0 + Int16(generator.nextIndex(1_201)) - 600 }
    let activity = SpeechActivity(noisy)
    #expect(abs(activity.range.lowerBound - 8_000) <= 160 && abs(activity.range.upperBound - 16_000) <= 160)
    #expect(abs(decibels(activity.activeLevel / (6_000 / 2.0.squareRoot()))) < 0.5)
  }
}
