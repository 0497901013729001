/// Numbers as American English words, without "and".
enum NumberWords {
  /// The cardinal of `number`, which is below 10¹⁵: 342 is `three hundred forty two`.
  static func cardinal(_ number: UInt64) -> [String] {
    if number == 0 { return ["zero"] }
    var words: [String] = []
    for (scale, name) in scales where number >= scale {
      words += belowThousand(number / scale % 1_000)
      if number / scale % 1_000 > 0 { words.append(name) }
    }
    return words + belowThousand(number % 1_000)
  }

  /// The ordinal of `number`, which is below 10¹⁵: 21 is `twenty first`.
  static func ordinal(_ number: UInt64) -> [String] {
    var words = cardinal(number)
    let last = words.removeLast()
    for (cardinal, ordinal) in irregularOrdinals where equal(cardinal, last) { return words + [ordinal] }
    return words + [last.utf8.last == UInt8(ascii: "y") ? dropLast(last) + "ieth" : last + "th"]
  }

  /// The plural of the cardinal, for decades: 80 is `eighties`.
  static func plural(_ number: UInt64) -> [String] {
    var words = cardinal(number)
    let last = words.removeLast()
    if last.utf8.last == UInt8(ascii: "y") { return words + [dropLast(last) + "ies"] }
    return words + [last.utf8.last == UInt8(ascii: "x") ? last + "es" : last + "s"]
  }

  /// The digits one by one.
  static func digits(_ ascii: ArraySlice<UInt8>) -> [String] {
    ascii.map { small[Int($0 - UInt8(ascii: "0"))] }
  }

  private static func belowThousand(_ number: UInt64) -> [String] {
    var words: [String] = []
    if number >= 100 { words += [small[Int(number / 100)], "hundred"] }
    let rest = Int(number % 100)
    if rest >= 20 {
      words.append(tens[rest / 10])
      if rest % 10 > 0 { words.append(small[rest % 10]) }
    } else if rest > 0 {
      words.append(small[rest])
    }
    return words
  }

  // Compares bytes: Unicode string equality would link its tables into small programs.
  private static func equal(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  private static func dropLast(_ word: String) -> String {
    String(decoding: Array(word.utf8.dropLast()), as: UTF8.self)
  }

  private static let small = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = ["", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
  private static let scales: [(UInt64, String)] = [
    (1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"),
  ]
  private static let irregularOrdinals = [
    ("one", "first"), ("two", "second"), ("three", "third"), ("five", "fifth"), ("eight", "eighth"), ("nine", "ninth"),
    ("twelve", "twelfth"), ("zero", "zeroth"),
  ]
}
