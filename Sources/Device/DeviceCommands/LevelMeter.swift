import AudioCapture
import CPlatform
import DetectionEvents
import DeviceSetup
import KeywordSpotting
import Messages
import Recordings

/// The last line of the terminal in `cooee listen`: the level, and the score of the last candidate with its threshold.
///
///     [##########----------]  -23 dBFS  CLIP  hey computer 0.43 of 0.70
///
/// The bar ranges from −60 to 0 dBFS. One thread; redrawn at most ten times a second.
package struct LevelMeter {
  private static let drawingNanoseconds: Int64 = 100_000_000
  /// How long the clipping mark stays.
  private static let clipNanoseconds: Int64 = 1_000_000_000
  private static let barWidth = 20

  private let line: StatusLine
  private let hasColor: Bool
  private var thresholds: [(phrase: String, threshold: Float)] = []
  /// The largest magnitude since the line was last drawn.
  private var peak: Int32 = 0
  private var clipping = ClippingDetector()
  private var clipEnd: Int64 = .min
  private var drawnAt: Int64 = .min
  private var candidate = ""

  /// - Parameter mayUseOutput: Whether to use stdout if stderr is not a terminal.
  /// - Returns: Nil if there is no terminal.
  init?(mayUseOutput: Bool) {
    guard let line = StatusLine(mayUseOutput: mayUseOutput) else { return nil }
    self.line = line
    hasColor = String(cString: platform_environment("NO_COLOR")).isEmpty
  }

  /// Sets the phrases whose thresholds are shown. Call it again when the phrases change.
  mutating func take(_ phrases: OpenPhrases) {
    thresholds = []
    for variant in phrases.phrases where thresholds.count <= variant.phraseIndex {
      thresholds.append((phrase: phrases.texts[variant.phraseIndex], threshold: variant.threshold))
    }
  }

  /// Updates the line with new samples and events, and draws it if it is time.
  ///
  /// - Parameter now: The result of `platform_monotonic_nanoseconds()`.
  mutating func show(_ samples: UnsafeBufferPointer<Int16>, _ events: [DetectionEvent], now: Int64) {
    for sample in samples {
      let magnitude = Int32(sample.magnitude)
      peak = max(peak, magnitude)
      if clipping.add(magnitude: magnitude) > 0 { clipEnd = now + Self.clipNanoseconds }
    }
    for event in events { candidate = text(of: event) }
    guard drawnAt == .min || now - drawnAt >= Self.drawingNanoseconds else { return }
    drawnAt = now
    line.show(
      Self.text(
        peak: peak, isClipping: now < clipEnd, candidate: candidate, columnCount: line.columnCount, hasColor: hasColor))
    peak = 0
  }

  private func text(of event: DetectionEvent) -> String {
    let score = fixedPoint(Double(event.score), decimals: 2)
    for entry in thresholds where entry.phrase == event.phrase {
      return event.phrase + " " + score + " of " + fixedPoint(Double(entry.threshold), decimals: 2)
    }
    return event.phrase + " " + score
  }

  /// The text of the line.
  ///
  /// - Parameters:
  ///   - peak: The largest magnitude, 0…32,768.
  ///   - columnCount: The width of the terminal. The text is one column shorter, because some terminals wrap after the
  ///     last.
  package static func text(
    peak: Int32, isClipping: Bool, candidate: String, columnCount: Int, hasColor: Bool
  ) -> String {
    let decibels = AudioLevel.decibels(Double(peak) * Double(peak) / 0x1p30)
    let filled = Int(min(max((decibels + 60) / 60, 0), 1) * Double(barWidth) + 0.5)
    var number = decibels > -100 ? fixedPoint(decibels, decimals: 0) : "-99"
    while number.utf8.count < 4 { number = " " + number }
    var parts: [(text: String, color: Int)] = [
      ("[", 0), (String(repeating: "#", count: filled), isClipping ? 31 : 32),
      (String(repeating: "-", count: barWidth - filled) + "] " + number + " dBFS", 0),
      (isClipping ? "  CLIP" : "      ", 31),
    ]
    if !candidate.isEmpty { parts.append(("  " + candidate, 0)) }
    var line = ""
    var left = columnCount - 1
    for part in parts {
      var cut = ""
      for scalar in part.text.unicodeScalars where left > 0 {
        // A phrase may contain control characters, which would move the cursor.
        cut.unicodeScalars.append(isControlCharacter(scalar) ? "?" : scalar)
        left -= 1
      }
      line +=
        hasColor && part.color > 0 && !cut.isEmpty ? "\u{1B}[" + decimal(part.color) + "m" + cut + "\u{1B}[0m" : cut
    }
    return line
  }
}
