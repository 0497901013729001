/// Numbers as American English words.
enum NumberWords {
  /// The cardinal of `number`, which is below 10¹⁵: 342 is `three hundred forty two`.
  ///
  /// - Parameter and: whether to say "and" before the last two digits, `three hundred and forty two`.
  static func cardinal(_ number: UInt64, and: Bool = false) -> Reading {
    if number == 0 { return Reading("zero") }
    var words: Reading = []
    var scale: UInt64 = 1_000_000_000_000
    for index in 0..<5 {
      let part = number / scale % 1_000
      if part >= 100 {
        words.say(small(Int(part / 100)))
        words.say("hundred")
      }
      if index == 4 && and && !words.isEmpty && part % 100 > 0 { words.say("and") }
      words.say(belowHundred(Int(part % 100)))
      if part > 0 && index < 4 { words.say(TextTable.word(index, of: "trillion billion million thousand")) }
      scale = max(scale / 1_000, 1)
    }
    return words
  }

  /// 0…99 as words; nothing for 0.
  static func belowHundred(_ number: Int) -> Reading {
    if number < 20 { return number == 0 ? [] : small(number) }
    var words = TextTable.word(number / 10 - 2, of: "twenty thirty forty fifty sixty seventy eighty ninety")
    if number % 10 > 0 { words.say(small(number % 10)) }
    return words
  }

  /// The ordinal of a cardinal: `twenty one` becomes `twenty first`.
  static func ordinal(_ cardinal: Reading) -> Reading {
    cardinal.changingLastWord { word in
      TextTable.value(of: word, in: irregularOrdinals)
        ?? (word.last == UInt8(ascii: "y") ? word.dropLast() + Reading("ieth") : word + Reading("th"))
    }
  }

  /// The plural of a cardinal, for decades: `eighty` becomes `eighties`.
  static func plural(_ cardinal: Reading) -> Reading {
    cardinal.changingLastWord { word in
      switch word.last {
      case UInt8(ascii: "y"): word.dropLast() + Reading("ies")
      case UInt8(ascii: "x"): word + Reading("es")
      default: word + Reading("s")
      }
    }
  }

  /// The digits one by one.
  static func digits(_ ascii: ArraySlice<UInt8>, zero: StaticString = "zero") -> Reading {
    var words: Reading = []
    for digit in ascii {
      if digit == UInt8(ascii: "0") { words.say(zero) } else { words.say(small(Int(digit - UInt8(ascii: "0")))) }
    }
    return words
  }

  /// The value of up to 15 digits.
  static func value(_ ascii: ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for digit in ascii { value = value * 10 + UInt64(digit - UInt8(ascii: "0")) }
    return value
  }

  private static func small(_ number: Int) -> Reading {
    TextTable.word(
      number,
      of: """
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
        seventeen eighteen nineteen
        """)
  }

  private static let irregularOrdinals: StaticString = """
    one=first;two=second;three=third;five=fifth;eight=eighth;nine=ninth;twelve=twelfth;zero=zeroth;
    """
}
