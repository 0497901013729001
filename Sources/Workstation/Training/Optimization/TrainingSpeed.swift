import Dispatch

/// Seconds of one shard's thread in each part of a step.
public struct StepPhases: Sendable, Equatable {
  /// Cutting, augmentation and features.
  public var batch = 0.0
  public var encoderForward = 0.0
  /// CTC, frame cross-entropy, the false-alarm term, alignment and sampling.
  public var sequenceLosses = 0.0
  /// Text encoder, attention, pooling and the metric and adversarial terms, both ways.
  public var metricLosses = 0.0
  public var encoderBackward = 0.0

  public init() {}

  /// Seconds in all.
  public var total: Double { batch + encoderForward + sequenceLosses + metricLosses + encoderBackward }

  public static func += (left: inout StepPhases, right: StepPhases) {
    for path in [
      \StepPhases.batch, \.encoderForward, \.sequenceLosses, \.metricLosses, \.encoderBackward,
    ] as [WritableKeyPath<StepPhases, Double>] {
      left[keyPath: path] += right[keyPath: path]
    }
  }

  /// Adds the time that `body` takes to a phase.
  @inline(__always)
  mutating func time<R>(_ phase: WritableKeyPath<StepPhases, Double>, _ body: () -> R) -> R {
    let started = DispatchTime.now().uptimeNanoseconds
    let result = body()
    self[keyPath: phase] += Double(DispatchTime.now().uptimeNanoseconds - started) * 1e-9
    return result
  }
}

/// Where the time of a run went, against what the machine's matrix products reach.
public struct TrainingSpeed: Sendable {
  private var phases = StepPhases()
  private var audioSeconds = 0.0
  private var wallSeconds = 0.0
  private var optimizerSeconds = 0.0
  private var shardCount = 1
  private let firstOperation = MatrixProduct.operationCount
  private var operations = 0

  public init() {}

  public mutating func add(_ summary: Trainer.StepSummary) {
    phases += summary.phases
    audioSeconds += summary.audioSeconds
    wallSeconds += summary.wallSeconds
    optimizerSeconds += summary.optimizerSeconds
    shardCount = summary.shardCount
    operations = MatrixProduct.operationCount - firstOperation
  }

  /// Operations a second of large products by `threads` threads at once, one BLAS thread each: the most that a step could
  /// reach. Takes about half a second.
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

  /// Lines for a person; empty where no step was made.
  public func report() -> String {
    guard wallSeconds > 0 else { return "" }
    let peak = Self.peakOperationsPerSecond(threads: shardCount)
    let rate = Double(operations) / wallSeconds
    let inAll = Double(shardCount) * wallSeconds
    func percent(_ seconds: Double) -> String { "\(Int((100 * seconds / inAll).rounded())) %" }
    let idle = max(inAll - phases.total - Double(shardCount) * optimizerSeconds, 0)
    func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    return """
      \(tenths(audioSeconds / 60 / wallSeconds)) h of audio a minute; matrix products at \(tenths(rate / 1e9)) GFLOPS, \
      \(Int((100 * rate / peak).rounded())) % of the \(tenths(peak / 1e9)) that \(shardCount) threads of OpenBLAS reach
      time of the threads: features and augmentation \(percent(phases.batch)), encoder \
      \(percent(phases.encoderForward)) forward and \(percent(phases.encoderBackward)) backward, sequence losses \
      \(percent(phases.sequenceLosses)), metric and adversarial losses \(percent(phases.metricLosses)), optimiser \
      \(percent(Double(shardCount) * optimizerSeconds)), waiting for each other \(percent(idle))
      """
  }
}
