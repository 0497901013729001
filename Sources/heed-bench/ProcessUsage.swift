import Foundation

/// What the operating system charges this process with.
enum ProcessUsage {
  /// Processor time of all threads so far, in seconds.
  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The most memory that was ever resident, in bytes.
  static var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) * 1024
  }

  /// The least processor time, in seconds, that one of several runs took: what else the machine does only adds to it.
  static func best(of runs: Int, _ work: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<runs {
      let start = processorSeconds
      work()
      best = min(best, processorSeconds - start)
    }
    return best
  }
}
