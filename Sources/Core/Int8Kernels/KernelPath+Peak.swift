import CInt8Kernels

extension KernelPath {
  /// Runs the multiply-accumulate instructions of the path on registers only: the upper limit of the processor.
  ///
  /// | path         | instructions of one step              | products of one step |
  /// |--------------|---------------------------------------|----------------------|
  /// | sse4.1       | pmaddubsw, pmaddwd, paddd             | 16                   |
  /// | avx2         | vpmaddubsw, vpmaddwd, vpaddd          | 32                   |
  /// | …-vnni       | vpdpbusd on 256 bits                  | 32                   |
  /// | neon         | smull, smlal, sadalp                  | 16                   |
  /// | neon-dotprod | sdot                                  | 16                   |
  ///
  /// Loads no weights, corrects no signs and requantizes no sums. Allocates nothing.
  ///
  /// - Parameter rounds: the number of steps of several independent chains.
  /// - Returns: the number of products, or `nil` if the path is not available or has no special instructions
  ///   (reference, portable).
  public func runPeak(rounds: Int) -> Int? {
    guard let code, let peak = cooee_find_peak(code) else { return nil }
    return Int(peak(Int64(rounds)))
  }
}
