import Messages
import ModelFormat

/// What a person is told about a damaged or unsuitable `.heed` or phrase file.
///
/// - Parameters:
///   - purpose: What the file is, "the model" say.
///   - remedy: What to do when the file itself is bad, "download it again" say.
func explanation(of error: ContainerError, purpose: String, path: String, remedy: String) -> String {
  let file = filled("% %", purpose, path)
  switch error {
  case .wrongMagic: return filled("% is not a file of Heed's; %", file, remedy)
  case .newerVersion(let found, let supported):
    return filled(
      "% has format version % and this program reads up to %; update heed", file, word(found), word(supported))
  case .wrongKind(let found, let expected):
    return "\(file) holds \(kindName(found)) where \(kindName(Int(expected.rawValue))) is wanted"
  case .truncated(let needed, let available):
    return filled("% is cut off: % bytes of %; %", [file, word(available), word(needed), remedy])
  default:
    return filled("% is damaged (%); %", file, error.damage, remedy)
  }
}

/// What a person is told about a model that cannot be used.
func explanation(of error: ModelFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error): return explanation(of: error, purpose: "the model", path: path, remedy: remedy)
  case .featureContractMismatch(let model, let frontEnd):
    return
      filled(
        "the model % was trained for another version of the front end (%, this program has ", path, hexadecimal(model))
      + filled("%); use the model that came with this version of heed", hexadecimal(frontEnd))
  default:
    return filled("the model % is damaged (%); %", path, error.damage, remedy)
  }
}

private func kindName(_ kind: Int) -> String {
  switch kind {
  case 1: "an acoustic model"
  case 2: "a language file"
  case 3: "enrolled phrases"
  case 4: "background speech"
  default: filled("something of kind %", word(kind))
  }
}
