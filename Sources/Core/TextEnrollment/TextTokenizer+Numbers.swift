import KeywordSpotting

extension TextTokenizer {
  /// A number as it is written: digits, with a fraction, or several with signs between them.
  private struct Number {
    /// The ways to say it by itself.
    var readings: [Reading]
    /// The ways to say it before a unit.
    var quantities: [Reading]
    var isOne = false
    /// The value, if the number is one or two digits; otherwise 0.
    var small: UInt64 = 0
    /// Whether it consists of digits only.
    var isWhole = true
  }

  /// Reads the number at `position`, and the sign, unit or ending after it.
  mutating func scanNumber() {
    if scanTime() || scanTelephoneNumber() { return }
    let start = position
    let number = parseNumber()
    if scanEnding(number) || scanSign(number) || scanUnit(number, after: start) { return }
    var readings = number.readings
    if number.small >= 1 && number.small <= 31 {
      let ordinal = NumberWords.ordinal(number.quantities[0])
      if isMonth(lastWord) {
        readings = [ordinal, number.quantities[0], Reading("the ") + ordinal]
      } else if isMonth(nextWord(from: position)) {
        readings = [number.quantities[0], ordinal, Reading("the ") + ordinal + Reading(" of")]
      }
    }
    append(readings)
  }

  // MARK: The number

  private mutating func parseNumber() -> Number {
    let start = position
    let (digits, isGrouped) = scanDigits()
    let isLabel = !anythingSaid(after: position)
    if !isGrouped {
      if let number = parseParts(from: start, separator: UInt8(ascii: "."), digits) { return number }
      if let number = parseParts(from: start, separator: UInt8(ascii: "/"), digits) { return number }
      if let number = parseParts(from: start, separator: hyphen, digits) { return number }
      if let number = parseMixedFraction(digits) { return number }
    } else if byte(at: position) == UInt8(ascii: "."), isDigit(position + 1) {
      let fraction = digitRun(from: position + 1)
      position = fraction.endIndex
      let readings = NumberReadings.quantity(digits[...]).then("point").then([NumberWords.digits(fraction)])
      return Number(readings: readings, quantities: readings, isWhole: false)
    }
    let quantities = NumberReadings.quantity(digits[...])
    return Number(
      readings: isGrouped ? quantities : NumberReadings.whole(digits[...], isLabel: isLabel), quantities: quantities,
      isOne: digits.elementsEqual(Reading("1")),
      small: digits.count <= 2 && digits[0] != UInt8(ascii: "0") ? NumberWords.value(digits[...]) : 0)
  }

  /// Digits, in groups of three if they are separated by commas: "1,000".
  private mutating func scanDigits() -> (digits: [UInt8], isGrouped: Bool) {
    var digits = Array(digitRun(from: position))
    position += digits.count
    var isGrouped = false
    while digits.count <= (isGrouped ? 12 : 3), isGroup(at: position) {
      digits += bytes[position + 1...position + 3]
      position += 4
      isGrouped = true
    }
    return (digits, isGrouped)
  }

  /// Whether three digits follow a comma, or three zeros a blank.
  private func isGroup(at index: Int) -> Bool {
    let group = digitRun(from: index + 1)
    guard group.count == 3 else { return false }
    return byte(at: index) == UInt8(ascii: ",")
      || byte(at: index) == UInt8(ascii: " ") && group.elementsEqual(Reading("000"))
  }

  /// Numbers with points, slashes or hyphens between them: versions, fractions and dates, ranges and scores.
  private mutating func parseParts(from start: Int, separator: UInt8, _ first: [UInt8]) -> Number? {
    var parts = [first[...]]
    while byte(at: position) == separator && isDigit(position + 1) {
      let part = digitRun(from: position + 1)
      parts.append(part)
      position = part.endIndex
    }
    guard parts.count > 1 else { return nil }
    if separator == UInt8(ascii: ".") {
      let readings = NumberReadings.decimal(parts)
      return Number(readings: readings, quantities: Array(readings.prefix(3)), isWhole: false)
    }
    if separator == UInt8(ascii: "/") && parts.count == 2 {
      let readings = NumberReadings.fraction(parts[0], parts[1])
      return Number(readings: readings, quantities: Array(readings.prefix(2)), isWhole: false)
    }
    var readings: [Reading] = []
    for part in parts {
      // Dates have too many parts for all the ways to say each.
      let most = parts.count == 2 || part.first == UInt8(ascii: "0") ? 2 : 1
      readings = readings.then(Array(NumberReadings.whole(part, isLabel: true).prefix(most)))
    }
    if separator == hyphen && parts.count == 2 {
      var ranges = Array(readings.prefix(1))
      for part in NumberReadings.whole(parts[0], isLabel: true).prefix(1) {
        ranges.offer(part + Reading(" to ") + NumberReadings.whole(parts[1], isLabel: true)[0])
      }
      for reading in readings { ranges.offer(reading) }
      readings = ranges
    }
    return Number(readings: readings, quantities: Array(readings.prefix(2)), isWhole: false)
  }

  /// "1 1/2", which is also how "1½" is folded.
  private mutating func parseMixedFraction(_ whole: [UInt8]) -> Number? {
    guard byte(at: position) == UInt8(ascii: " ") || byte(at: position) == hyphen else { return nil }
    let numerator = digitRun(from: position + 1)
    guard !numerator.isEmpty, byte(at: numerator.endIndex) == UInt8(ascii: "/") else { return nil }
    let denominator = digitRun(from: numerator.endIndex + 1)
    let fractions = NumberReadings.fractionWords(numerator, denominator)
    guard !fractions.isEmpty, byte(at: denominator.endIndex) != UInt8(ascii: "/") else { return nil }
    position = denominator.endIndex
    var readings: [Reading] = []
    let number = NumberReadings.quantity(whole[...])[0]
    // "One and a half" is more usual than "one and one half".
    for article in [true, false] {
      for fraction in fractions where fraction.starts(with: Reading("a ")) == article && fraction.contains(0x20) {
        readings.offer(number + Reading(" and ") + fraction)
      }
    }
    return Number(readings: readings, quantities: readings, isWhole: false)
  }

  /// "7:30" and "19:00 pm", "1:30:00", and ratios, "16:9".
  private mutating func scanTime() -> Bool {
    let hour = digitRun(from: position)
    let minute = digitRun(from: hour.endIndex + 1)
    guard byte(at: hour.endIndex) == UInt8(ascii: ":"), !minute.isEmpty, hour.count <= 4, minute.count <= 4 else {
      return false
    }
    position = minute.endIndex
    guard hour.count <= 2, minute.count == 2, NumberWords.value(hour) <= 24, NumberWords.value(minute) < 60 else {
      let (first, second) = (NumberReadings.quantity(hour)[0], NumberReadings.quantity(minute)[0])
      append([first + Reading(" ") + second, first + Reading(" to ") + second])
      return true
    }
    let second = digitRun(from: position + 1)
    if byte(at: position) == UInt8(ascii: ":"), second.count == 2 {
      position = second.endIndex
      append([NumberReadings.quantity(hour)[0] + Reading(" ") + NumberReadings.pairs(minute + second)])
      return true
    }
    let half = scanHalfOfDay()
    var readings = NumberReadings.time(hour: hour, minute: minute, hasHalf: !half.isEmpty)
    if !half.isEmpty { readings = readings.then([half]) }
    append(readings)
    return true
  }

  /// "am", "p.m." and so on after a time.
  private mutating func scanHalfOfDay() -> Reading {
    var index = byte(at: position) == UInt8(ascii: " ") ? position + 1 : position
    guard let letter = byte(at: index).map(lower), letter == UInt8(ascii: "a") || letter == UInt8(ascii: "p") else {
      return []
    }
    index += byte(at: index + 1) == UInt8(ascii: ".") ? 2 : 1
    guard byte(at: index).map(lower) == UInt8(ascii: "m"), !isLetter(index + 1), !isDigit(index + 1) else { return [] }
    position = index + (byte(at: index + 1) == UInt8(ascii: ".") && byte(at: index - 1) == UInt8(ascii: ".") ? 2 : 1)
    return letterNames([letter, UInt8(ascii: "m")])
  }

  /// "555-0199", "(555) 555-0199", "1-800-555-0199", "555 555 0199".
  private mutating func scanTelephoneNumber() -> Bool {
    var groups = [digitRun(from: position)]
    var end = groups[0].endIndex
    var hasHyphen = false
    while groups.count < 4 {
      var next = end
      if byte(at: next) == UInt8(ascii: ")") { next += 1 }
      if let sign = byte(at: next), sign == hyphen || sign == UInt8(ascii: ".") || sign == UInt8(ascii: " ") {
        next += 1
      }
      let group = digitRun(from: next)
      guard next > end, !group.isEmpty else { break }
      hasHyphen = hasHyphen || bytes[next - 1] == hyphen
      groups.append(group)
      end = group.endIndex
    }
    let counts = groups.map { $0.count }
    guard
      counts == [3, 4] && hasHyphen || counts == [3, 3, 4] || counts == [1, 3, 3, 4] || counts == [2, 3, 3, 4]
    else { return false }
    position = end
    append(NumberReadings.telephone(groups))
    return true
  }

  // MARK: After the number

  /// "1st", "1990s", "7 am".
  private mutating func scanEnding(_ number: Number) -> Bool {
    let half = number.small >= 1 && number.small <= 24 && number.isWhole ? scanHalfOfDay() : []
    if !half.isEmpty {
      append(number.quantities.then([half]))
      return true
    }
    guard number.isWhole else { return false }
    var end = position
    while isLetter(end) { end += 1 }
    let ending = bytes[position..<end].map(lower)
    if TextTable.index(of: ending[...], in: "st nd rd th") != nil && !isDigit(end) {
      position = end
      append(number.quantities.map(NumberWords.ordinal))
      return true
    }
    if end == position && byte(at: end) == apostrophe && byte(at: end + 1).map(lower) == UInt8(ascii: "s") { end += 2 }
    guard end > position, lower(bytes[end - 1]) == UInt8(ascii: "s"), ending.count <= 1, !isLetter(end), !isDigit(end)
    else { return false }
    let isYear = isDigit(position - 4)
    let isDecade = number.quantities.count > 1 || number.small % 10 == 0 || bytes[end - 2] == apostrophe
    position = end
    var readings: [Reading] = []
    readings.offer(NumberWords.plural(number.readings[0]))
    // Not "one thousand nine hundred nineties".
    if !isYear { for reading in number.quantities { readings.offer(NumberWords.plural(reading)) } }
    if number.small > 0 && ending.count == 1 {
      let seconds = [
        number.quantities[0] + Reading(number.isOne ? " second" : " seconds"), number.quantities[0] + Reading(" s."),
      ]
      readings = isDecade ? [readings[0]] + seconds : seconds + [readings[0]]
    }
    append(readings)
    return true
  }

  /// "50%", "20°C", "5€", "4x4", "6'2\"", "27\"".
  private mutating func scanSign(_ number: Number) -> Bool {
    let isApart = byte(at: position) == UInt8(ascii: " ")
    let index = isApart ? position + 1 : position
    guard let sign = byte(at: index) else { return false }
    let start = position
    position = index + 1
    switch sign {
    case UInt8(ascii: "%"):
      append(number.quantities.then("percent"))
      return true
    case LatinFolding.degreeSign:
      let scale = byte(at: position) == UInt8(ascii: " ") ? position + 1 : position
      var names = [Reading(number.isOne ? "degree" : "degrees")]
      if let letter = byte(at: scale).map(lower), letter == UInt8(ascii: "c") || letter == UInt8(ascii: "f"),
        !isLetter(scale + 1)
      {
        position = scale + 1
        names.insert(names[0] + Reading(letter == UInt8(ascii: "c") ? " celsius" : " fahrenheit"), at: 0)
        names.append(names[1] + Reading(" ") + letterNames([letter]))
      }
      append(number.quantities.then(names))
      return true
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      let next = byte(at: position) == UInt8(ascii: " ") ? position + 1 : position
      guard isDigit(next), isApart == (next > position) else { break }
      position = next
      append(Array(number.readings.prefix(3)))
      append([Reading("by"), Reading("times"), Reading("x.")])
      return true
    case UInt8(ascii: "'") where !isApart && isDigit(position):
      let inches = digitRun(from: position)
      guard byte(at: inches.endIndex) == UInt8(ascii: "\"") else { break }
      position = inches.endIndex + 1
      let (feet, rest) = (number.quantities[0], NumberReadings.quantity(inches)[0])
      append([
        feet + Reading(" foot ") + rest, feet + Reading(" ") + rest,
        feet + Reading(number.isOne ? " foot " : " feet ") + rest + Reading(" inches"),
      ])
      return true
    case UInt8(ascii: "\"") where !isApart && bytes[..<index].count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 0:
      append(number.quantities.then(number.isOne ? [Reading("inch")] : [Reading("inches"), Reading("inch")]))
      return true
    default:
      if let currency = Currency(sign) {
        append(number.quantities.then(currency.names(isOne: number.isOne)))
        return true
      }
    }
    position = start
    return false
  }

  /// "5 km", "60 km/h", "20 m²".
  private mutating func scanUnit(_ number: Number, after start: Int) -> Bool {
    // "R2D2": letters before a number mean that those after it are not a unit.
    guard !isLetter(start - 1) else { return false }
    let isApart = byte(at: position) == UInt8(ascii: " ") || byte(at: position) == hyphen
    let unit = nextWord(from: position)
    guard !unit.isEmpty, unit.lowerBound <= position + 1, !isDigit(unit.upperBound),
      byte(at: unit.upperBound) != apostrophe
    else { return false }
    var names = Units.names(of: bytes[unit], isApart: isApart)
    guard !names.isEmpty else { return false }
    position = unit.upperBound
    if isPower(position) {
      let prefix = Reading(bytes[position] == LatinFolding.squareSign ? "square " : "cubic ")
      position += 1
      names = [Units.Name(singular: prefix + names[0].singular, plural: prefix + names[0].plural)]
    }
    if byte(at: position) == UInt8(ascii: "/") {
      let other = nextWord(from: position + 1)
      let others = other.lowerBound == position + 1 ? Units.names(of: bytes[other], isApart: false) : []
      if let per = others.first {
        position = other.upperBound
        let words = Reading(" per ") + per.singular
        names = [Units.Name(singular: names[0].singular + words, plural: names[0].plural + words)]
      }
    }
    var said: [Reading] = []
    for name in names { said.offer(number.isOne ? name.singular : name.plural) }
    // "A five kilometer run".
    said.offer(names[0].singular)
    append(Array(number.quantities.prefix(3)).then(said))
    return true
  }

  // MARK: Money

  /// "$5", "$3.50", "$5 million", "£2k".
  mutating func scanCurrency(_ symbol: UInt8) -> Bool {
    guard let currency = Currency(symbol) else { return false }
    position += 1
    guard isDigit(position) else {
      append([currency.plural])
      return true
    }
    let (digits, _) = scanDigits()
    let number = NumberReadings.quantity(digits[...])
    let fraction = byte(at: position) == UInt8(ascii: ".") ? digitRun(from: position + 1) : []
    if !fraction.isEmpty { position = fraction.endIndex }
    var amounts = number
    if !fraction.isEmpty && fraction.count != 2 {
      amounts = Array(NumberReadings.decimal([digits[...], fraction]).prefix(1))
    }
    if let magnitude = scanMagnitude() {
      if fraction.count == 2 { amounts = Array(NumberReadings.decimal([digits[...], fraction]).prefix(1)) }
      append(Array(amounts.prefix(2)).then([magnitude]).then(currency.names(isOne: false)))
      return true
    }
    let isOne = digits.elementsEqual(Reading("1"))
    guard fraction.count == 2, NumberWords.value(fraction) > 0 else {
      if isOne && fraction.count != 1 { amounts.offer("a") }
      append(amounts.then(currency.names(isOne: isOne && fraction.count != 1)))
      return true
    }
    let cents = NumberWords.cardinal(NumberWords.value(fraction))
    let centNames = cents + Reading(" ") + (fraction.elementsEqual(Reading("01")) ? currency.cent : currency.cents)
    if digits.elementsEqual(Reading("0")) {
      append([centNames])
      return true
    }
    let whole = number[0] + Reading(" ") + currency.names(isOne: isOne)[0]
    append([
      whole + Reading(" and ") + centNames, whole + Reading(" ") + centNames,
      number[0] + Reading(" ") + NumberReadings.pairs(fraction), whole + Reading(" ") + cents,
    ])
    return true
  }

  private struct Currency {
    var singular: Reading
    var plural: Reading
    var cent: Reading
    var cents: Reading

    init?(_ sign: UInt8) {
      let words: Reading
      switch sign {
      case UInt8(ascii: "$"): words = Reading("dollar dollars cent cents")
      case LatinFolding.euroSign: words = Reading("euro euros cent cents")
      case LatinFolding.poundSign: words = Reading("pound pounds penny pence")
      case LatinFolding.yenSign: words = Reading("yen yen sen sen")
      case LatinFolding.rupeeSign: words = Reading("rupee rupees paisa paise")
      case LatinFolding.centSign: words = Reading("cent cents cent cents")
      default: return nil
      }
      let names = words.words
      singular = Reading(names[0])
      plural = Reading(names[1])
      cent = Reading(names[2])
      cents = Reading(names[3])
    }

    /// The singular is also right for more than one: "a five dollar bill".
    func names(isOne: Bool) -> [Reading] {
      var names: [Reading] = []
      if !isOne { names.offer(plural) }
      names.offer(singular)
      return names
    }
  }

  /// "million" after a sum, or a letter for it.
  private mutating func scanMagnitude() -> Reading? {
    let word = nextWord(from: position)
    let lowered = bytes[word].map(lower)
    if let name = TextTable.value(of: lowered[...], in: "k=thousand;m=million;b=billion;bn=billion;t=trillion;"),
      word.lowerBound == position
    {
      position = word.upperBound
      return name
    }
    guard TextTable.index(of: lowered[...], in: "hundred thousand million billion trillion") != nil else { return nil }
    position = word.upperBound
    return lowered
  }

  // MARK: Looking at the text

  private func digitRun(from start: Int) -> ArraySlice<UInt8> {
    guard start < bytes.count else { return bytes[bytes.count...] }
    var end = start
    while isDigit(end) { end += 1 }
    return bytes[start..<end]
  }

  /// The letters at `start` or after one blank or hyphen there.
  private func nextWord(from start: Int) -> Range<Int> {
    var begin = start
    if let sign = byte(at: begin), sign == UInt8(ascii: " ") || sign == hyphen { begin += 1 }
    var end = begin
    while isLetter(end) { end += 1 }
    return begin..<end
  }

  private func isMonth(_ word: Range<Int>) -> Bool {
    guard word.count >= 3 else { return false }
    let name = bytes[word].map(lower)
    for index in 0..<12 where TextTable.word(index, of: Abbreviations.months).starts(with: name) { return true }
    return false
  }
}
