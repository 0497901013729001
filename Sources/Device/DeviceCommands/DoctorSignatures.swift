import DeviceSetup

/// Who signed the files that the doctor opened.
struct DoctorSignatures {
  private let trusted: TrustedKeys
  private var details: [String] = []

  init(_ trusted: TrustedKeys) { self.trusted = trusted }

  mutating func add(_ file: FileBytes) {
    details.append("\(file.path) is \(FileSigner(of: file, trusting: trusted).description)")
  }

  /// Files that may not be used were refused where they were opened; without keys there are none.
  var finding: DoctorFinding {
    let all = details.isEmpty ? "no file could be opened" : details.joined(separator: ", ")
    guard trusted.keys.isEmpty else { return DoctorFinding(detail: all) }
    return DoctorFinding(detail: "\(all); trusted_keys names no key, so that files are used whoever made them")
  }
}
