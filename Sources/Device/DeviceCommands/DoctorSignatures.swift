import DeviceSetup
import Messages

/// The signers of the files that the doctor opened.
struct DoctorSignatures {
  private let trusted: TrustedKeys
  private var details: [String] = []

  init(_ trusted: TrustedKeys) { self.trusted = trusted }

  mutating func add(_ file: FileBytes) {
    details.append("\(file.path) is \(FileSigner(of: file, trusting: trusted).description)")
  }

  /// With trusted keys, opening a file that they did not sign has already failed.
  var finding: DoctorFinding {
    let all = details.isEmpty ? "no file was opened" : details.joined(separator: ", ")
    guard trusted.keys.isEmpty else { return DoctorFinding(detail: all) }
    return DoctorFinding(detail: "\(all); trusted_keys is not set, so unsigned files are accepted")
  }
}
