import ModelFormat

/// What a person is told about a damaged or unsuitable `.heed` or phrase file.
///
/// - Parameters:
///   - purpose: What the file is, "the model" say.
///   - remedy: What to do when the file itself is bad, "download it again" say.
func explanation(of error: ContainerError, purpose: String, path: String, remedy: String) -> String {
  let file = "\(purpose) \(path)"
  switch error {
  case .wrongMagic: return "\(file) is not a file of Heed's; \(remedy)"
  case .newerVersion(let found, let supported):
    return "\(file) has format version \(found) and this program reads up to \(supported); update heed"
  case .wrongKind(let found, let expected):
    return "\(file) holds \(kindName(found)) where \(kindName(Int(expected.rawValue))) is wanted"
  case .truncated(let needed, let available):
    return "\(file) is cut off: \(available) bytes of \(needed); \(remedy)"
  default:
    return "\(file) is damaged (\(error.damage)); \(remedy)"
  }
}

/// What a person is told about a model that cannot be used.
func explanation(of error: ModelFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error): return explanation(of: error, purpose: "the model", path: path, remedy: remedy)
  case .featureContractMismatch(let model, let frontEnd):
    return
      "the model \(path) was trained for another version of the front end (\(hexadecimal(model)), this program has "
      + "\(hexadecimal(frontEnd))); use the model that came with this version of heed"
  default:
    return "the model \(path) is damaged (\(error.damage)); \(remedy)"
  }
}

private func kindName(_ kind: Int) -> String {
  switch kind {
  case 1: "an acoustic model"
  case 2: "a language file"
  case 3: "enrolled phrases"
  case 4: "background speech"
  default: "something of kind \(kind)"
  }
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
