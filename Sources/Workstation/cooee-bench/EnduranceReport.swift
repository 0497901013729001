import Foundation

/// The results of hours of audio, and the first problem.
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

  /// Allowed growth of memory after the first hour.
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
  /// Growth from the end of the first hour to the maximum after it; nil without a second hour.
  var growthBytes: Int?
  var lateness: Lateness?
  /// The last message of the service.
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
      // The end of the stream may decide the last event.
      let late = zip(expected, heard).map { 1_000 * ($1.time - $0.time) }.sorted()
      lateness = Lateness(
        median: late[late.count / 2], percentile99: late[min(late.count - 1, late.count * 99 / 100)],
        most: late[late.count - 1])
    }
    problem = findProblem(exitCode)
  }

  private func findProblem(_ exitCode: Int32) -> String? {
    if exitCode != 0 { return "cooee serve exited with status \(exitCode)" }
    if expectedEventCount == 0 { return "the audio contains no event; use other recordings or phrases" }
    if missingEventCount + surplusEventCount > 0 {
      return "\(missingEventCount) events are missing and \(surplusEventCount) are surplus"
    }
    if !summary.contains(", 0 ms lost") { return "samples were lost: \(summary)" }
    if let growthBytes, growthBytes > Self.allowedGrowthBytes { return "memory grew by \(growthBytes) bytes" }
    if let lateness, lateness.percentile99 > Self.allowedMilliseconds {
      return "the 99th percentile of the latency exceeds \(Self.allowedMilliseconds) ms"
    }
    return nil
  }

  var text: String {
    var lines = [
      String(format: "%.2f h of audio in %.0f s, %.0f times real time", hours, seconds, timesRealTime),
      "\(heardEventCount) events, \(expectedEventCount) expected: \(missingEventCount) missing, \(surplusEventCount) surplus",
      summary,
    ]
    if let first = memory.first, let last = memory.last {
      var line = String(
        format: "resident %.2f MB at the start, %.2f MB at the end", megabytes(first.bytes), megabytes(last.bytes))
      if let growthBytes {
        line += String(format: ", at most %.2f MB above the first hour", megabytes(growthBytes))
      }
      lines.append(line)
    }
    if let lateness {
      lines.append(
        String(
          format: "latency: median %.1f ms, 99th percentile %.1f ms, maximum %.1f ms", lateness.median,
          lateness.percentile99, lateness.most))
    }
    return lines.joined(separator: "\n")
  }

  private func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1e6 }
}
