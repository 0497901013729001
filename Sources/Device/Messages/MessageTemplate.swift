/// The template with each `%` replaced by the next word.
///
/// Takes fewer bytes of the program than the interpolation of several words.
@inline(never)
package func filled(_ template: StaticString, _ words: [String]) -> String {
  var bytes: [UInt8] = []
  var next = 0
  template.withUTF8Buffer { template in
    for byte in template {
      if byte == UInt8(ascii: "%"), next < words.count {
        bytes.append(contentsOf: words[next].utf8)
        next += 1
      } else {
        bytes.append(byte)
      }
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

@inline(never)
package func filled(_ template: StaticString, _ word: String) -> String { filled(template, [word]) }

@inline(never)
package func filled(_ template: StaticString, _ first: String, _ second: String) -> String {
  filled(template, [first, second])
}

@inline(never)
package func filled(_ template: StaticString, _ first: String, _ second: String, _ third: String) -> String {
  filled(template, [first, second, third])
}

/// A value as text for a message.
package func word(_ number: Int) -> String { decimal(number) }
package func word(_ text: String) -> String { text }
package func word(_ number: some FixedWidthInteger) -> String {
  // On a 32-bit board, sizes and durations may exceed an Int.
  Int(exactly: number).map { decimal($0) } ?? String(Int64(truncatingIfNeeded: number))
}
