import CGuardedMemory
import Int8Kernels
import Messages

/// Compares kernel paths with the reference, case by case.
///
/// Operands are next to inaccessible pages, and outputs between bytes that must not change. A path that reads or writes
/// outside its operands ends the program with the case on stderr, or fails. Use from one thread at a time. Allocates.
public struct KernelComparison {
  /// The result of one path.
  public struct Result {
    public let path: KernelPath
    public var caseCount = 0
    public var failureCount = 0
    /// The first case that failed: its seed, its shape and the difference.
    public var firstFailure: String?
  }

  public private(set) var results: [Result]
  private var draw = KernelDraw()
  private var expected: [Int8] = []
  private let reference = KernelTable(.reference)

  /// - Precondition: the paths are available on this machine.
  public init(_ paths: [KernelPath] = KernelPath.available) {
    results = paths.map { Result(path: $0) }
  }

  /// Runs a case on every path.
  public mutating func check(_ shape: KernelCase) {
    draw.fill(shape)
    var computed: [Int8] = []
    draw.run(reference) { memory, outputs in
      for index in outputs { computed.append(memory[index]) }
    }
    expected = computed
    for index in results.indices {
      let path = results[index].path
      let title = "path \(path.name), \(shape.description)"
      (title + ": accessed memory outside its operands\n").withCString { guarded_memory_name_fault($0) }
      var failure: String?
      draw.run(KernelTable(path)) { memory, outputs in
        if KernelDraw.marginIsWritten(memory, outputs: outputs) { failure = "wrote outside of its output" }
        for output in 0..<expected.count where memory[outputs.lowerBound + output] != expected[output] {
          failure = "output \(output) is \(memory[outputs.lowerBound + output]), not \(expected[output])"
          break
        }
      }
      results[index].caseCount += 1
      if let failure {
        results[index].failureCount += 1
        if results[index].firstFailure == nil { results[index].firstFailure = "\(title): \(failure)" }
      }
    }
  }
}
