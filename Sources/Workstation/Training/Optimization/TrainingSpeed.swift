import Dispatch

/// Seconds that a shard's thread spends in each part of a step.
public struct StepPhases: Sendable, Equatable {
  /// Cutting, augmentation and features.
  public var batch = 0.0
  /// The forward pass of the acoustic encoder.
  public var encoderForward = 0.0
  /// CTC, frame cross-entropy, the false-alarm term, alignment and sampling.
  public var sequenceLosses = 0.0
  /// Text encoder, attention, pooling and the metric and adversarial terms, both ways.
  public var metricLosses = 0.0
  /// The backward pass of the acoustic encoder.
  public var encoderBackward = 0.0

  /// Creates phases of zero seconds.
  public init() {}

  /// Sum of all phases in seconds.
  public var total: Double { batch + encoderForward + sequenceLosses + metricLosses + encoderBackward }

  /// Adds the seconds of each phase.
  public static func += (left: inout StepPhases, right: StepPhases) {
    for path in [
      \StepPhases.batch, \.encoderForward, \.sequenceLosses, \.metricLosses, \.encoderBackward,
    ] as [WritableKeyPath<StepPhases, Double>] {
      left[keyPath: path] += right[keyPath: path]
    }
  }

  /// Adds the duration of `body` to a phase.
  @inline(__always)
  mutating func time<R>(_ phase: WritableKeyPath<StepPhases, Double>, _ body: () -> R) -> R {
    let started = DispatchTime.now().uptimeNanoseconds
    let result = body()
    self[keyPath: phase] += Double(DispatchTime.now().uptimeNanoseconds - started) * 1e-9
    return result
  }
}

/// How a run spent its time, compared with the peak rate of the machine's matrix products.
public struct TrainingSpeed: Sendable {
  private var phases = StepPhases()
  private var audioSeconds = 0.0
  private var wallSeconds = 0.0
  private var optimizerSeconds = 0.0
  private var shardCount = 1
  private let firstOperation = MatrixProduct.operationCount
  private var operations = 0

  /// Creates statistics without any step.
  public init() {}

  /// Adds a step.
  public mutating func add(_ summary: Trainer.StepSummary) {
    phases += summary.phases
    audioSeconds += summary.audioSeconds
    wallSeconds += summary.wallSeconds
    optimizerSeconds += summary.optimizerSeconds
    shardCount = summary.shardCount
    operations = MatrixProduct.operationCount - firstOperation
  }

  /// Operations per second of large products on `threads` threads at once, with one BLAS thread each: the upper bound
  /// for a step. The measurement takes about half a second.
  public static func peakOperationsPerSecond(threads: Int) -> Double {
    let size = 384
    let operands = (0..<threads).map { _ in
      (Matrix(rows: size, columns: size), Matrix(rows: size, columns: size), Matrix(rows: size, columns: size))
    }
    let rounds = 300
    func run(_ rounds: Int) -> Double {
      let started = DispatchTime.now().uptimeNanoseconds
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        let (a, b, c) = operands[thread]
        for _ in 0..<rounds {
          MatrixProduct.multiply(a.pointer, b.pointer, into: c.pointer, m: size, n: size, k: size)
        }
      }
      return Double(DispatchTime.now().uptimeNanoseconds - started) * 1e-9
    }
    _ = run(10)
    return 2 * Double(size * size * size * rounds * threads) / run(rounds)
  }

  /// A report of a few lines; empty if no step was taken.
  public func report() -> String {
    guard wallSeconds > 0 else { return "" }
    let peak = Self.peakOperationsPerSecond(threads: shardCount)
    let rate = Double(operations) / wallSeconds
    let inAll = Double(shardCount) * wallSeconds
    func percent(_ seconds: Double) -> String { "\(Int((100 * seconds / inAll).rounded())) %" }
    let idle = max(inAll - phases.total - Double(shardCount) * optimizerSeconds, 0)
    func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    return """
      \(tenths(audioSeconds / 60 / wallSeconds)) h of audio per minute; matrix products at \(tenths(rate / 1e9)) GFLOPS, \
      \(Int((100 * rate / peak).rounded())) % of the \(tenths(peak / 1e9)) that \(shardCount) threads of OpenBLAS can reach
      time of the threads: features and augmentation \(percent(phases.batch)), encoder \
      \(percent(phases.encoderForward)) forward and \(percent(phases.encoderBackward)) backward, sequence losses \
      \(percent(phases.sequenceLosses)), metric and adversarial losses \(percent(phases.metricLosses)), optimizer \
      \(percent(Double(shardCount) * optimizerSeconds)), waiting \(percent(idle))
      """
  }
}
