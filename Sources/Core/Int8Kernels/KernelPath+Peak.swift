import CInt8Kernels

extension KernelPath {
  /// Runs the path's multiply-accumulate instructions from registers alone: what the processor could do at most.
  ///
  /// | path         | instructions of one step              | products of one step |
  /// |--------------|---------------------------------------|----------------------|
  /// | sse4.1       | pmaddubsw, pmaddwd, paddd             | 16                   |
  /// | avx2         | vpmaddubsw, vpmaddwd, vpaddd          | 32                   |
  /// | …-vnni       | vpdpbusd on 256 bits                  | 32                   |
  /// | neon         | smull, smlal, sadalp                  | 16                   |
  /// | neon-dotprod | sdot                                  | 16                   |
  ///
  /// No weight is loaded, no sign is taken care of, no sum is requantised. Allocates nothing.
  ///
  /// - Parameter rounds: how often several independent chains take a step.
  /// - Returns: the products computed, or nil where the path is not available or has no instructions of its own (reference,
  ///   portable).
  public func runPeak(rounds: Int) -> Int? {
    guard let code, let peak = heed_find_peak(code) else { return nil }
    return Int(peak(Int64(rounds)))
  }
}
