import Foundation
import KeywordSpotting

/// The duration of each step of a stream: the 640 samples, 40 ms, from one embedding to the next.
///
/// The same audio is processed several times. A step does the same work each time, so the minimum of its processor
/// times is its own cost. Percentiles of processor time are over the steps. Wall times include all other work on the
/// machine and are over every step of every run.
struct StepTimes: Encodable {
  /// Microseconds.
  struct Percentiles: Encodable {
    var p50: Double
    var p99: Double
    var worst: Double

    /// - Precondition: at least one value, in seconds.
    init(_ seconds: [Double]) {
      let sorted = seconds.sorted()
      func rank(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count)).rounded(.up)) - 1] * 1e6 }
      p50 = rank(0.5)
      p99 = rank(0.99)
      worst = rank(1)
    }
  }

  var stepCount: Int
  var processorMicroseconds: Percentiles
  var wallMicroseconds: Percentiles

  init(_ spotter: KeywordSpotter, _ samples: [Int16], runs: Int) {
    let step = FrameTiming.samplesPerFrame
    let stepCount = samples.count / step
    var least = [Double](repeating: .infinity, count: stepCount)
    var wall: [Double] = []
    wall.reserveCapacity(stepCount * runs)
    for _ in 0..<runs {
      spotter.reset()
      samples.withUnsafeBufferPointer { buffer in
        for index in 0..<stepCount {
          let part = UnsafeBufferPointer(rebasing: buffer[index * step..<(index + 1) * step])
          let wallStart = ProcessUsage.seconds(CLOCK_MONOTONIC)
          let start = ProcessUsage.seconds(CLOCK_THREAD_CPUTIME_ID)
          spotter.process(part, onDetection: { _ in })
          let end = ProcessUsage.seconds(CLOCK_THREAD_CPUTIME_ID)
          wall.append(ProcessUsage.seconds(CLOCK_MONOTONIC) - wallStart)
          least[index] = min(least[index], end - start)
        }
      }
    }
    self.stepCount = stepCount
    processorMicroseconds = Percentiles(least)
    wallMicroseconds = Percentiles(wall)
  }
}
