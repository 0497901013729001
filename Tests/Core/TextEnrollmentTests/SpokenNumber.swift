/// Understands spoken numbers: the reverse of what the normalizer does, written independently of it.
enum SpokenNumber {
  private static let small: [String: Int] = [
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
  ]
  private static let tens: [String: Int] = [
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
  ]

  /// The values that the words can mean: as one number, and as digits written after each other.
  static func values(_ text: String) -> Set<Int> {
    let words = text.split(separator: " ").map(String.init)
    return Set([asNumber(words), asDigits(words)].compactMap { $0 })
  }

  private static func asNumber(_ words: [String]) -> Int? {
    var total = 0
    var part = 0
    for word in words where word != "and" {
      if let value = word == "a" ? 1 : small[word] ?? tens[word] {
        part += value
      } else if word == "hundred" {
        part *= 100
      } else if word == "thousand" {
        total += part * 1_000
        part = 0
      } else {
        return nil
      }
    }
    return total + part
  }

  /// "Nineteen oh five" is 19, 0 and 5; "twenty four" is 24; "sixteen hundred" is 16 and 00.
  private static func asDigits(_ words: [String]) -> Int? {
    var digits = ""
    var canTakeUnit = false
    for word in words {
      if let value = small[word] {
        if canTakeUnit && value > 0 && value < 10 { digits.removeLast() }
        digits += String(value)
        canTakeUnit = false
      } else if let value = tens[word] {
        digits += String(value)
        canTakeUnit = true
      } else if word == "hundred" {
        digits += "00"
        canTakeUnit = false
      } else {
        return nil
      }
    }
    return Int(digits)
  }
}
