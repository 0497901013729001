import AudioCapture
import CPlatform
import DeviceSetup
import Listening
import Messages

/// Listens for three seconds and reports level and rate, for `cooee doctor`.
struct DoctorListening {
  private static let wantedSamples = 3 * AudioLevel.secondSamples
  private static let patienceNanoseconds: Int64 = 5_000_000_000
  /// A lower level is very quiet, as in ``AudioLevel``.
  private static let quietDecibels = -70.0

  private let device: String
  private let subject: String
  private let advice: LevelAdvice
  private var level = AudioLevel()
  private var rate = CaptureRate()
  private var heard = 0
  private var wasClipping = false
  /// RMS and peak of the loudest whole second.
  private var loudest = -Double.infinity
  private var peak = -Double.infinity

  init(device: String) {
    self.device = device
    subject = CaptureOrigin.subject(of: device)
    advice = LevelAdvice(device: device)
  }

  /// Listens and returns what was measured.
  ///
  /// - Throws: A failure if there are no samples, or if all samples are equal.
  mutating func findings(from capture: CaptureThread) throws(Failure) -> DoctorFinding {
    try listen(to: capture)
    guard heard > 0 else {
      let remedy = CaptureOrigin.isStream(device) ? "start the sender" : "check the card and its driver"
      throw Failure(.deviceUnavailable, subject + " delivered no samples; " + remedy)
    }
    let milliseconds = heard / 16
    if level.isDead {
      let value = level.lastSample == 0 ? "zeros" : "the value " + decimal(Int(level.lastSample))
      throw Failure(
        .deviceUnavailable, subject + " delivers only " + value + "; " + advice.dead(value: level.lastSample))
    }
    guard heard >= AudioLevel.secondSamples else {
      return .note(device + ", only " + decimal(Int(milliseconds)) + " ms arrived; listen longer with cooee listen")
    }
    var detail =
      device + ", " + decimal(Int(milliseconds)) + " ms with up to " + text(loudest) + " dBFS, peak " + text(peak)
      + " dBFS"
    var isNote = true
    if wasClipping {
      detail += ": it is clipping; " + advice.clipping
    } else if loudest < Self.quietDecibels {
      detail += ": very quiet; " + advice.quiet
    } else {
      isNote = false
      detail += ", fine"
    }
    if let deviation = rateDeviation(capture) {
      let percent = fixedPoint(100 * deviation, decimals: 2)
      if deviation.magnitude > 0.005 {
        detail +=
          "; the card's clock is " + percent + " % off the machine's, which causes misses: try another card or port"
        isNote = true
      } else {
        detail += "; its clock is " + percent + " % off the machine's"
      }
    }
    return DoctorFinding(detail: detail, isNote: isNote)
  }

  private mutating func listen(to capture: CaptureThread) throws(Failure) {
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 1_600)
    defer { buffer.deallocate() }
    let end = platform_monotonic_nanoseconds() + Self.patienceNanoseconds
    while heard < Self.wantedSamples, platform_monotonic_nanoseconds() < end {
      do throws(CaptureError) {
        switch try capture.read(into: buffer, waitMilliseconds: 200) {
        case .samples(let count): take(UnsafeBufferPointer(rebasing: buffer[..<min(count, Self.wantedSamples - heard)]))
        case .nothingYet: break
        case .ended: return
        }
      } catch {
        throw Failure(error)
      }
    }
  }

  private mutating func take(_ samples: UnsafeBufferPointer<Int16>) {
    rate.add(sampleCount: samples.count, at: platform_monotonic_nanoseconds())
    level.add(samples)
    heard += samples.count
    if level.isClipping { wasClipping = true }
    loudest = max(loudest, level.rootMeanSquareDecibels)
    peak = max(peak, level.peakDecibels)
  }

  /// Nil for streams, whose sender sets the pace, and if samples were lost.
  private func rateDeviation(_ capture: CaptureThread) -> Double? {
    guard !CaptureOrigin.isStream(device), capture.counts == CaptureThread.Counts() else { return nil }
    return rate.deviation
  }

  private func text(_ decibels: Double) -> String { fixedPoint(decibels, decimals: 0) }
}
