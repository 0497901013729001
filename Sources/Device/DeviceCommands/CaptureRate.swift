/// Measures how fast a sound card's clock runs compared with the machine's clock.
///
/// A chunk arrives when its last sample is recorded or later, never earlier. Of the delays `tᵢ − nᵢ / 16,000`, with
/// `nᵢ` samples delivered by `tᵢ`, the smallest is free of the machine's own delays. The smallest delay of the last
/// second minus that of the first second is the drift between the clocks. A difference of 1 ms over 2 s is 0.05 %.
package struct CaptureRate {
  private static let windowNanoseconds: Int64 = 1_000_000_000

  private struct Delivery {
    var time: Int64
    var sampleCount: Int64

    var delay: Int64 { time - sampleCount * 62_500 }
  }

  private var deliveries: [Delivery] = []
  private var sampleCount: Int64 = 0

  package init() {}

  /// Records a chunk that arrived at `time`, in nanoseconds of the monotonic clock.
  package mutating func add(sampleCount count: Int, at time: Int64) {
    sampleCount += Int64(count)
    deliveries.append(Delivery(time: time, sampleCount: sampleCount))
  }

  /// How much faster the card runs than 16 kHz: 0.01 is one percent. Nil for less than two seconds.
  package var deviation: Double? {
    guard let first = deliveries.first, let last = deliveries.last,
      last.time - first.time >= 2 * Self.windowNanoseconds
    else { return nil }
    var early = first
    var late = last
    for delivery in deliveries {
      if delivery.time - first.time <= Self.windowNanoseconds, delivery.delay < early.delay { early = delivery }
      if last.time - delivery.time <= Self.windowNanoseconds, delivery.delay < late.delay { late = delivery }
    }
    let seconds = Double(late.time - early.time) / 1e9
    return Double(late.sampleCount - early.sampleCount) / 16_000 / seconds - 1
  }
}
