import Foundation

/// The median of five runs, in seconds of processor time of this thread: what other tests do meanwhile does not count.
func medianProcessorSeconds(of work: () throws -> Void) rethrows -> Double {
  func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  var runs: [Double] = []
  for _ in 0..<5 {
    let start = threadSeconds()
    try work()
    runs.append(threadSeconds() - start)
  }
  return runs.sorted()[2]
}
