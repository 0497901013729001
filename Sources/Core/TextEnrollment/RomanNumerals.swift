/// Roman numerals as they follow names: World War II, Henry VIII, Super Bowl LIV.
enum RomanNumerals {
  /// The value, 1…89, of a numeral in small letters; `nil` if it is not one. Larger ones are more often initialisms, as
  /// CD and DC.
  static func value(of letters: ArraySlice<UInt8>) -> UInt64? {
    for tens in 0...8 {
      for ones in 0...9 {
        var numeral: Reading = []
        if tens > 0 { numeral += TextTable.word(tens - 1, of: "x xx xxx xl l lx lxx lxxx") }
        if ones > 0 { numeral += TextTable.word(ones - 1, of: "i ii iii iv v vi vii viii ix") }
        if !numeral.isEmpty && letters.elementsEqual(numeral) { return UInt64(10 * tens + ones) }
      }
    }
    return nil
  }

  /// Names after which the ordinal is more likely than the number: those of many kings, queens and popes.
  static let rulers: StaticString = """
    alexander benedict catherine charles edward elizabeth ferdinand francis frederick george gregory gustav henry ivan \
    james john juan leopold louis mary napoleon nicholas otto paul peter philip pius ramses richard urban victoria \
    wilhelm william
    """
}
