import CBLAS
import Foundation

/// The kernels that OpenBLAS has chosen for this processor.
///
/// On a processor that it does not know, OpenBLAS falls back to its oldest kernels, for SSE3. Version 0.3.21 (Debian 12)
/// does so on an Intel Xeon of 2023, and multiplies matrices at a fifth of the speed. OpenBLAS reads `OPENBLAS_CORETYPE`
/// when it is loaded, so a program has to start again to change the choice.
public enum BLASKernels {
  private static let variable = "OPENBLAS_CORETYPE"

  /// The value of `OPENBLAS_CORETYPE` for faster kernels. Nil if OpenBLAS knows the processor, or if the processor has no
  /// AVX2.
  ///
  /// - Parameters:
  ///   - name: the processor that OpenBLAS chose its kernels for.
  ///   - processorFlags: the processor's features, as `/proc/cpuinfo` names them.
  package static func fasterKernels(than name: String, processorFlags: Set<Substring>) -> String? {
    guard name == "Prescott" else { return nil }
    if processorFlags.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]) { return "SkylakeX" }
    return processorFlags.isSuperset(of: ["avx2", "fma"]) ? "Haswell" : nil
  }

  /// Starts this program again, with the same arguments and process number, if OpenBLAS has faster kernels than those
  /// that it chose. Returns if not, or if `OPENBLAS_CORETYPE` is already set. Call it before opening files.
  public static func restartWithFasterKernels() {
    guard getenv(variable) == nil, let name = openblas_get_corename() else { return }
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let flags = information.split(separator: "\n").first { $0.hasPrefix("flags") }
    guard
      let faster = fasterKernels(
        than: String(cString: name), processorFlags: Set(flags.map { $0.split(separator: " ") } ?? []))
    else { return }
    setenv(variable, faster, 1)
    // Returns only on failure; the program then goes on with the slow kernels.
    execv("/proc/self/exe", CommandLine.unsafeArgv)
  }
}
