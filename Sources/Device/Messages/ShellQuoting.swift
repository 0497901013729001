/// A word as it must be typed into a POSIX shell: unchanged if it consists of letters, digits and `%+,-./:=@_`, otherwise
/// in single quotation marks.
///
/// Advice that shows a command line quotes every path and phrase with it.
package func shellQuoted(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "@")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+")...UInt8(ascii: "/"), UInt8(ascii: "%"),
        UInt8(ascii: "="), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  if isPlain { return word }
  var quoted = "'"
  for scalar in word.unicodeScalars {
    if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
  }
  return quoted + "'"
}
