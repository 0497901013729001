import Foundation

/// What came of hours of audio, and what of it is not as it should be.
struct EnduranceReport: Encodable {
  struct Memory: Encodable {
    var hours: Double
    /// Resident.
    var bytes: Int
  }

  struct Lateness: Encodable {
    /// Milliseconds from the audio that decides an event to its line.
    var median: Double
    var percentile99: Double
    var most: Double
  }

  /// After the first hour, memory may grow by so much.
  static let allowedGrowthBytes = 1_000_000
  static let allowedMilliseconds = 20.0

  var hours: Double
  var seconds: Double
  var timesRealTime: Double
  var expectedEventCount: Int
  var heardEventCount: Int
  var missingEventCount: Int
  var surplusEventCount: Int
  var memory: [Memory]
  /// Most after the first hour, less what it was then; missing where there was no second hour.
  var growthBytes: Int?
  var lateness: Lateness?
  /// What the service says at its end.
  var summary: String
  var problem: String?

  init(
    hours: Double, seconds: Double, expected: [EnduranceEvent], heard: [EnduranceEvent], memory: [Memory],
    summary: String,
    exitCode: Int32, measuresLateness: Bool
  ) {
    self.hours = hours
    self.seconds = seconds
    timesRealTime = hours * 3_600 / seconds
    expectedEventCount = expected.count
    heardEventCount = heard.count
    let difference = heard.difference(from: expected)
    missingEventCount = difference.removals.count
    surplusEventCount = difference.insertions.count
    self.memory = memory
    self.summary = summary
    let later = memory.filter { $0.hours >= 1 }
    if later.count > 1 { growthBytes = later.map(\.bytes).max()! - later[0].bytes }
    if measuresLateness, expected == heard, !expected.isEmpty {
      // The last may be decided by the end of the stream alone.
      let late = zip(expected, heard).map { 1_000 * ($1.time - $0.time) }.sorted()
      lateness = Lateness(
        median: late[late.count / 2], percentile99: late[min(late.count - 1, late.count * 99 / 100)],
        most: late[late.count - 1])
    }
    problem = findProblem(exitCode)
  }

  private func findProblem(_ exitCode: Int32) -> String? {
    if exitCode != 0 { return "heed serve ended with exit code \(exitCode)" }
    if expectedEventCount == 0 { return "nothing is to be heard in this audio; take other recordings or phrases" }
    if missingEventCount + surplusEventCount > 0 {
      return "\(missingEventCount) events are missing and \(surplusEventCount) too many"
    }
    if !summary.contains(", 0 ms lost") { return "samples were lost: \(summary)" }
    if let growthBytes, growthBytes > Self.allowedGrowthBytes { return "memory grew by \(growthBytes) bytes" }
    if let lateness, lateness.percentile99 > Self.allowedMilliseconds {
      return "of a hundred events one is later than \(Self.allowedMilliseconds) ms"
    }
    return nil
  }

  var text: String {
    var lines = [
      String(format: "%.2f h of audio in %.0f s, %.0f times as fast as real time", hours, seconds, timesRealTime),
      "\(heardEventCount) events, \(expectedEventCount) expected: \(missingEventCount) missing, \(surplusEventCount) too many",
      summary,
    ]
    if let first = memory.first, let last = memory.last {
      var line = String(
        format: "resident %.2f MB at the start, %.2f MB at the end", megabytes(first.bytes), megabytes(last.bytes))
      if let growthBytes {
        line += String(format: ", most %.2f MB above that of the first hour", megabytes(growthBytes))
      }
      lines.append(line)
    }
    if let lateness {
      lines.append(
        String(
          format: "from audio to line: median %.1f ms, 99th percentile %.1f ms, most %.1f ms", lateness.median,
          lateness.percentile99, lateness.most))
    }
    return lines.joined(separator: "\n")
  }

  private func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1e6 }
}
