import Messages
import ModelFormat

/// The message for a damaged or unsuitable `.cooee` or phrase file.
///
/// - Parameters:
///   - purpose: What the file is, such as "the model".
///   - remedy: What to do if the file itself is bad, such as "download it again".
func explanation(of error: ContainerError, purpose: String, path: String, remedy: String) -> String {
  let file = filled("% %", purpose, path)
  switch error {
  case .wrongMagic(let found) where found == formerMagic:
    return filled("% was made by a version before the first release; %", file, remedy)
  case .wrongMagic: return filled("% is not a Cooee file; %", file, remedy)
  case .newerVersion(let found, let supported):
    return filled(
      "% has format version %, and this program reads up to %; update cooee", file, word(found), word(supported))
  case .wrongKind(let found, let expected):
    return "\(file) contains \(kindName(found)), but \(kindName(Int(expected.rawValue))) is needed"
  case .truncated(let needed, let available):
    return filled("% is cut off: % of % bytes; %", [file, word(available), word(needed), remedy])
  default:
    return filled("% is damaged (%); %", file, error.damage, remedy)
  }
}

/// The message for a model that cannot be used.
func explanation(of error: ModelFileError, path: String) -> String {
  let remedy = "download it again"
  switch error {
  case .container(let error): return explanation(of: error, purpose: "the model", path: path, remedy: remedy)
  case .featureContractMismatch(let model, let frontEnd):
    return
      filled(
        "the model % was trained for a different front end (%, this program has ", path, hexadecimal(model))
      + filled("%); use the model that came with this version of cooee", hexadecimal(frontEnd))
  default:
    return filled("the model % is damaged (%); %", path, error.damage, remedy)
  }
}

/// The magic of files before the first release, when the program had another name: 48 45 45 44, little-endian.
private let formerMagic: UInt32 = 0x4445_4548

private func kindName(_ kind: Int) -> String {
  switch kind {
  case 1: "an acoustic model"
  case 2: "a language file"
  case 3: "enrolled phrases"
  case 4: "background speech"
  default: filled("something of kind %", word(kind))
  }
}
