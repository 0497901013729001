import AudioFrontEnd
import CPlatform
import Int8Kernels
import KernelChecks
import Messages
import ModelFormat

/// Compares every kernel path of this machine with the reference, for boards and emulators without a test framework.
///
///     kernel-check [MODEL]
///
/// Prints a line per path: its name, the number of cases, and with a model file the encoder's signature. The exit
/// status is 1 if a path differs, 66 if the model cannot be used.
@main
struct KernelCheck {
  static func main() {
    var comparison = KernelComparison()
    KernelCase.forEach(seed: 1, randomCount: 400) { comparison.check($0) }
    var signatures: [String] = []
    if platform_argument_count() > 1 {
      guard let model = model(platform_argument(1)) else {
        print("the model cannot be opened or used")
        platform_exit(66)
      }
      for result in comparison.results {
        signatures.append(EncoderSignature.text(EncoderSignature.compute(model, path: result.path)))
      }
    }
    var agree = true
    for (index, result) in comparison.results.enumerated() {
      let verdict = result.failureCount == 0 ? "equal the reference" : "checked, \(result.failureCount) differ"
      let name = result.path.name + String(repeating: " ", count: 14 - result.path.name.utf8.count)
      let signature = signatures.isEmpty ? "" : ", signature \(signatures[index])"
      let chosen = result.path == .best ? ", chosen" : ""
      print("\(name)\(result.caseCount) cases \(verdict)\(signature)\(chosen)")
      if let failure = result.firstFailure { print("  \(failure)") }
      if result.failureCount > 0 || (!signatures.isEmpty && signatures[index] != signatures[0]) { agree = false }
    }
    platform_exit(agree ? 0 : 1)
  }

  private static func model(_ path: UnsafePointer<CChar>) -> AcousticModel? {
    let file = platform_read_file(path, 64 << 20)
    guard file.error == 0 else { return nil }
    return try? AcousticModel(
      UnsafeRawBufferPointer(start: file.bytes, count: file.count), expectedFeatureContract: FeatureContract.hash)
  }
}
