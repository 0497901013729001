import CProcessUsage
import Foundation

/// What the operating system charges this process with.
enum ProcessUsage {
  /// Processor time of all threads so far, in seconds.
  static var processorSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// The time of a clock of the system, in seconds.
  static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The processor time, in seconds, that the work took.
  static func processorSeconds(of work: () throws -> Void) rethrows -> Double {
    let start = processorSeconds
    try work()
    return processorSeconds - start
  }

  /// The least processor time, in seconds, that one of several runs took: what else the machine does only adds to it.
  static func best(of runs: Int, _ work: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<runs { best = min(best, processorSeconds(of: work)) }
    return best
  }

  /// Keeps this process, and those that it starts from now on, on one processor: the last of those it may run on.
  ///
  /// - Returns: That processor's number, or nil where the system does not let it.
  static func stayOnOneProcessor() -> Int? {
    let number = process_stay_on_one_processor()
    return number < 0 ? nil : Int(number)
  }

  /// The processor's name as the kernel gives it.
  static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") where line.hasPrefix("model name") || line.hasPrefix("Hardware") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return "unknown"
  }
}

/// The middle of several measurements, and how far they lie apart.
struct Spread: Encodable {
  var median: Double
  var least: Double
  var most: Double

  /// - Precondition: there is a value.
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
