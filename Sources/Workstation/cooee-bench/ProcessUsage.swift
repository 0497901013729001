import CProcessUsage
import Foundation

/// The resources that the operating system charges to this process.
enum ProcessUsage {
  /// Processor time of all threads so far, in seconds.
  static var processorSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// The time of a system clock, in seconds.
  static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The processor time of `work`, in seconds.
  static func processorSeconds(of work: () throws -> Void) rethrows -> Double {
    let start = processorSeconds
    try work()
    return processorSeconds - start
  }

  /// The minimum processor time of several runs, in seconds. Other work on the machine only adds to it.
  static func best(of runs: Int, _ work: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<runs { best = min(best, processorSeconds(of: work)) }
    return best
  }

  /// Pins this process and its future children to one processor: the last one that it may run on.
  ///
  /// - Returns: the number of the processor, or nil if the system does not allow it.
  static func stayOnOneProcessor() -> Int? {
    let number = process_stay_on_one_processor()
    return number < 0 ? nil : Int(number)
  }

  /// The name of the processor, from the kernel.
  static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") where line.hasPrefix("model name") || line.hasPrefix("Hardware") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return "unknown"
  }
}

/// The median of several measurements, and their range.
struct Spread: Encodable {
  var median: Double
  var least: Double
  var most: Double

  /// - Precondition: at least one value.
  init(_ values: [Double]) {
    let sorted = values.sorted()
    median =
      sorted.count % 2 == 1
      ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
    least = sorted[0]
    most = sorted[sorted.count - 1]
  }

  private init(median: Double, least: Double, most: Double) {
    self.median = median
    self.least = least
    self.most = most
  }

  static func * (spread: Spread, factor: Double) -> Spread {
    Spread(median: spread.median * factor, least: spread.least * factor, most: spread.most * factor)
  }
}
