import Messages

/// A level of an MQTT topic: not empty, and without the separator `/`, the wildcards `+` and `#`, control characters,
/// and Unicode noncharacters.
///
/// - Reference: MQTT 3.1.1, §4.7 and §1.5.3.
package enum TopicLevel {
  /// Whether a text is a valid level of at most 1,024 bytes.
  package static func isLevel(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 1_024 && text.unicodeScalars.allSatisfy { isAllowed($0) }
  }

  /// The level for a phrase: each run of white space becomes `_`, invalid characters are removed, and the rest is
  /// unchanged. If nothing is left, the level is `_`.
  package static func level(for phrase: String) -> String {
    var level = String.UnicodeScalarView()
    var isInSpace = false
    for scalar in phrase.unicodeScalars {
      if scalar.properties.isWhitespace {
        if !isInSpace { level.append("_") }
        isInSpace = true
        continue
      }
      isInSpace = false
      if isAllowed(scalar) { level.append(scalar) }
      if level.count >= 256 { break }
    }
    return level.isEmpty ? "_" : String(level)
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "+", "#", "/": return false
    default: return !isControlCharacter(scalar) && !scalar.properties.isNoncharacterCodePoint
    }
  }
}
