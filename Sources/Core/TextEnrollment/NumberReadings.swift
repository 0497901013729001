/// The ways to say a number, the most plausible first.
enum NumberReadings {
  /// A whole number without context: as a number, in pairs and digit by digit.
  ///
  /// - Parameters:
  ///   - digits: ASCII digits without separators.
  ///   - isLabel: whether the number names something, "room 101", and does not count what follows, "101 dalmatians".
  static func whole(_ digits: ArraySlice<UInt8>, isLabel: Bool) -> [Reading] {
    var readings: [Reading] = []
    if digits.first == UInt8(ascii: "0") && digits.count > 1 {
      leadingZeros(digits, &readings)
      return readings
    }
    let value = digits.count <= 15 ? NumberWords.value(digits) : 0
    let isRound = value % 1_000 == 0 || digits.count == 3 && value % 100 == 0
    if digits.count < 3 || isRound && digits.count <= 15 || digits.count <= 4 && !isLabel && !isYear(value) {
      offerNumber(value, &readings)
    }
    if digits.count == 4 && value / 10 == 200 {
      // Two thousand five.
      offerNumber(value, &readings)
    }
    let isRepeated = digits.count == 3 && value % 100 % 11 == 0
    if digits.count >= 5 || isRepeated { offerDigits(digits, &readings) }
    if digits.count > 2 && digits.count <= 8 && value % 1_000 != 0 { readings.offer(pairs(digits)) }
    // "Ten four eighty". "Seventy two oh two" would be another number.
    if digits.count == 5 && value % 1_000 >= 100 && (value < 20_000 || value / 1_000 % 10 > 0) {
      var split = NumberWords.belowHundred(Int(value / 1_000))
      split.say(pairs(digits.dropFirst(2)))
      readings.offer(split)
    }
    if digits.count > 1 { offerDigits(digits, &readings) }
    if digits.count <= 15 { offerNumber(value, &readings) }
    return readings
  }

  /// A number of things: as a number, with and without "and", and in pairs from three digits on.
  static func quantity(_ digits: ArraySlice<UInt8>) -> [Reading] {
    guard digits.count <= 15, digits.first != UInt8(ascii: "0") || digits.count == 1 else {
      return whole(digits, isLabel: false)
    }
    var readings: [Reading] = []
    offerNumber(NumberWords.value(digits), &readings)
    if digits.count == 3 || digits.count == 4, NumberWords.value(digits) % 1_000 != 0 { readings.offer(pairs(digits)) }
    return readings
  }

  /// "a hundred" and "twenty five hundred" are ways to say a number, too.
  private static func offerNumber(_ value: UInt64, _ readings: inout [Reading]) {
    let number = NumberWords.cardinal(value)
    readings.offer(number)
    if value == 100 || value == 1_000 || value == 1_000_000 {
      readings.offer(Reading("a") + number.dropFirst(3))
    }
    if value > 1_000 && value < 10_000 && value % 1_000 != 0 && value % 100 == 0 {
      readings.offer(NumberWords.belowHundred(Int(value / 100)) + Reading(" hundred"))
    }
    readings.offer(NumberWords.cardinal(value, and: true))
  }

  /// Digit by digit, with either name of the zero.
  static func offerDigits(_ digits: ArraySlice<UInt8>, _ readings: inout [Reading]) {
    // People say "oh" between other digits, and "zero" at the end.
    let endsInZero = digits.last == UInt8(ascii: "0")
    readings.offer(NumberWords.digits(digits, zero: endsInZero ? "zero" : "oh"))
    readings.offer(NumberWords.digits(digits, zero: endsInZero ? "oh" : "zero"))
  }

  /// "007" is "double oh seven", and "05" is "oh five" or just "five".
  private static func leadingZeros(_ digits: ArraySlice<UInt8>, _ readings: inout [Reading]) {
    let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    let rest = digits.dropFirst(zeros)
    if zeros == 2 && !rest.isEmpty || zeros == 3 && rest.isEmpty {
      for zero in 0..<2 {
        var doubled = Reading(zeros == 2 ? "double" : "triple")
        doubled.say(zero == (zeros == 2 ? 0 : 1) ? "oh" : "zero")
        doubled.say(NumberWords.digits(rest))
        readings.offer(doubled)
      }
    }
    offerDigits(digits, &readings)
    if zeros == 1 && rest.count > 1 && rest.count <= 8 {
      // "Oh seven thirty", "oh eight hundred".
      readings.offer(Reading("oh ") + pairs(rest))
      readings.offer(Reading("zero ") + pairs(rest))
    }
    if digits.count == 2 { readings.offer(NumberWords.cardinal(NumberWords.value(digits))) }
  }

  /// In groups of two digits, the first of one if their number is odd: "nineteen oh five", "three fifty".
  static func pairs(_ digits: ArraySlice<UInt8>) -> Reading {
    var words: Reading = []
    var rest = digits
    if rest.count % 2 == 1 { words = NumberWords.digits(rest.prefix(1)) }
    rest = rest.dropFirst(rest.count % 2)
    while !rest.isEmpty {
      let pair = Int(NumberWords.value(rest.prefix(2)))
      if pair >= 10 {
        words.say(NumberWords.belowHundred(pair))
      } else if pair == 0 && rest.count == 2 && digits.count <= 4 {
        words.say("hundred")
      } else {
        words.say("oh")
        words.say(pair == 0 ? Reading("oh") : NumberWords.belowHundred(pair))
      }
      rest = rest.dropFirst(2)
    }
    return words
  }

  private static func isYear(_ value: UInt64) -> Bool { value >= 1_100 && value < 2_100 }

  // MARK: Numbers with signs in them

  /// A decimal fraction or a version: parts with a point between them.
  static func decimal(_ parts: [ArraySlice<UInt8>]) -> [Reading] {
    let isVersion = parts.count > 2
    var all: [Reading] = []
    var dotted: [Reading] = []
    var spaced: [Reading] = []
    for (index, part) in parts.enumerated() {
      var said: [Reading] = []
      if index == 0 {
        said = part.count < 3 ? quantity(part) : whole(part, isLabel: true)
      } else {
        // "3.11" is "three point one one" or, in a version, "three point eleven".
        if isVersion && part.count < 3 && part.first != UInt8(ascii: "0") { offerNumberOf(part, &said) }
        said.offer(NumberWords.digits(part, zero: "oh"))
        said.offer(NumberWords.digits(part))
        if part.count == 2 { offerNumberOf(part, &said) }
      }
      all = index == 0 ? said : all.then("point").then(said)
      dotted = index == 0 ? said : dotted.then("dot").then(said)
      spaced = index == 0 ? said : spaced.then(said)
    }
    var readings = Array(all.prefix(isVersion ? 2 : 4))
    if parts[0].elementsEqual(Reading("0")) {
      // Without "zero".
      for reading in all.prefix(2) { readings.offer(Array(reading.dropFirst(5))) }
    }
    for reading in dotted.prefix(2) { readings.offer(reading) }
    if isVersion || parts[1].allSatisfy({ $0 == UInt8(ascii: "0") }) { readings.offer(spaced[0]) }
    return readings
  }

  private static func offerNumberOf(_ digits: ArraySlice<UInt8>, _ readings: inout [Reading]) {
    if digits.count <= 15, digits.first != UInt8(ascii: "0") || digits.count == 1 {
      readings.offer(NumberWords.cardinal(NumberWords.value(digits)))
    }
  }

  /// A time of day: "seven thirty", "half past seven", "nineteen hundred".
  ///
  /// - Parameters:
  ///   - hour: one or two digits, at most 24.
  ///   - minute: two digits below 60.
  ///   - hasHalf: whether "a. m." or "p. m." follows.
  static func time(
    hour hourDigits: ArraySlice<UInt8>, minute minuteDigits: ArraySlice<UInt8>, hasHalf: Bool
  ) -> [Reading] {
    let hour = Int(NumberWords.value(hourDigits))
    let minute = Int(NumberWords.value(minuteDigits))
    let twelveHour = NumberWords.belowHundred((hour + 11) % 12 + 1)
    var hours: [Reading] = []
    hours.offer(hour > 12 ? NumberWords.belowHundred(hour) : hour > 0 ? twelveHour : Reading("zero"))
    hours.offer(twelveHour)
    if hourDigits.count == 2 && hour > 0 && hour < 10 {
      hours.offer(Reading("oh ") + twelveHour)
      hours.offer(Reading("zero ") + twelveHour)
    }
    var readings: [Reading] = []
    if minute == 0 {
      let isEvening = hour > 12 || hour == 0
      if hasHalf { readings.offer(twelveHour) }
      if isEvening { readings.offer(hours[0] + Reading(" hundred")) }
      readings.offer(twelveHour + Reading(" o'clock"))
      if !isEvening { readings.offer(twelveHour) }
      if hour == 0 || hour == 24 { readings.offer("midnight") }
      if hour == 12 && !hasHalf { readings.offer("noon") }
      if !isEvening && hourDigits.count == 2 && hour < 10 { readings.offer(hours[1] + Reading(" hundred")) }
      return readings
    }
    for said in hours { readings.offer(said + Reading(" ") + pairs(minuteDigits)) }
    let next = NumberWords.belowHundred(hour % 12 + 1)
    switch minute {
    case 15: readings.offer(Reading("quarter past ") + twelveHour)
    case 30: readings.offer(Reading("half past ") + twelveHour)
    case 45: readings.offer(Reading("quarter to ") + next)
    case _ where minute % 5 != 0: break
    case 0..<30:
      readings.offer(NumberWords.belowHundred(minute) + Reading(" past ") + twelveHour)
      readings.offer(NumberWords.belowHundred(minute) + Reading(" after ") + twelveHour)
    default: readings.offer(NumberWords.belowHundred(60 - minute) + Reading(" to ") + next)
    }
    return readings
  }

  /// A fraction or two numbers with a slash: "one half", "twenty four seven", "nine out of ten".
  static func fraction(_ numerator: ArraySlice<UInt8>, _ denominator: ArraySlice<UInt8>) -> [Reading] {
    var readings: [Reading] = []
    let both = whole(numerator, isLabel: true).then(whole(denominator, isLabel: true))
    let over = whole(numerator, isLabel: false).prefix(1)[0]
    let under = whole(denominator, isLabel: false).prefix(1)[0]
    let parts = fractionWords(numerator, denominator)
    if parts.isEmpty { readings.offer(both[0]) }
    for reading in parts { readings.offer(reading) }
    if numerator.count < 3 && denominator.count < 3 {
      if denominator.last == UInt8(ascii: "0") || denominator.last == UInt8(ascii: "5") {
        readings.offer(over + Reading(" out of ") + under)
      }
      readings.offer(over + Reading(" over ") + under)
    }
    for reading in both.prefix(2) { readings.offer(reading) }
    readings.offer(over + Reading(" slash ") + under)
    return readings
  }

  /// A fraction as people divide things: halves, quarters, eighths, hundredths; nothing for other denominators, or for
  /// a numerator that is not smaller.
  static func fractionWords(_ numerator: ArraySlice<UInt8>, _ denominator: ArraySlice<UInt8>) -> [Reading] {
    guard numerator.count < 3 && denominator.count < 4 else { return [] }
    let (count, parts) = (NumberWords.value(numerator), NumberWords.value(denominator))
    guard count > 0 && count < parts,
      TextTable.index(of: denominator, in: "2 3 4 5 6 7 8 9 10 12 16 20 32 64 100") != nil
    else { return [] }
    var readings: [Reading] = []
    for isQuarter in [true, false] where parts == 4 || !isQuarter {
      var name = NumberWords.ordinal(NumberWords.cardinal(parts))
      if parts == 2 { name = Reading("half") }
      if isQuarter { name = Reading("quarter") }
      if count > 1 { name = NumberWords.plural(name) }
      readings.offer(NumberWords.cardinal(count) + Reading(" ") + name)
      if count == 1 { readings.offer(Reading("a ") + name) }
    }
    if parts == 2 { readings.offer("half") }
    return readings
  }

  /// A telephone number: digit by digit, except for "eight hundred".
  static func telephone(_ groups: [ArraySlice<UInt8>]) -> [Reading] {
    var readings: [Reading] = []
    for form in 0..<4 {
      var words: Reading = []
      for (index, group) in groups.enumerated() {
        if form < 3 && group.count == 3 && group.dropFirst().elementsEqual(Reading("00")) {
          words.say(NumberWords.cardinal(NumberWords.value(group)))
        } else if form == 2 && index == groups.count - 1 {
          words.say(pairs(group))
        } else {
          words.say(NumberWords.digits(group, zero: form == 1 ? "zero" : "oh"))
        }
      }
      readings.offer(words)
    }
    return readings
  }
}
