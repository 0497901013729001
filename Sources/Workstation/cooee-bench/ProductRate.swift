import Int8Kernels
import ModelFormat

/// The multiplication rate of a path: the encoder's dense layers against the path's own instructions without memory
/// access.
struct ProductRate: Encodable {
  /// Multiply-adds per second of processor time in the encoder's dense layers, in the fastest round.
  var densePerSecond: Double
  var denseMedianPerSecond: Double
  /// The rate of ``KernelPath/runPeak(rounds:)`` in the fastest round; nil if the path has no multiply-accumulate
  /// instruction.
  var peakPerSecond: Double?
  var peakMedianPerSecond: Double?
  /// `densePerSecond / peakPerSecond`
  var shareOfPeak: Double?

  /// Alternates the two measurements, which exposes both to the same disturbances.
  init(_ model: AcousticModel, path: KernelPath, rounds: Int) {
    let products = DenseProducts(model, path: path)
    let frameCount = path == .reference ? 2 : 50
    let peakRounds = 100_000
    products.run()
    var denseTimes: [Double] = []
    var peakTimes: [Double] = []
    var peakCount: Int?
    for _ in 0..<rounds {
      denseTimes.append(
        ProcessUsage.best(of: 1) {
          for _ in 0..<frameCount { products.run() }
        })
      peakTimes.append(ProcessUsage.best(of: 1) { peakCount = path.runPeak(rounds: peakRounds) })
    }
    denseTimes.sort()
    peakTimes.sort()
    let operations = Double(products.operationCount * frameCount)
    densePerSecond = operations / denseTimes[0]
    denseMedianPerSecond = operations / denseTimes[rounds / 2]
    if let peakCount {
      peakPerSecond = Double(peakCount) / peakTimes[0]
      peakMedianPerSecond = Double(peakCount) / peakTimes[rounds / 2]
      shareOfPeak = peakTimes[0] * operations / (Double(peakCount) * denseTimes[0])
    }
  }
}
