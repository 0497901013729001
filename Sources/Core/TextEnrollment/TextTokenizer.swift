/// Reads folded text from left to right and turns its letters, numbers and symbols into words.
struct TextTokenizer {
  private let bytes: [UInt8]
  private let hasSmallLetters: Bool
  private var position = 0
  private var words: [NormalizedWord] = []
  // Whether the previous word came from a number, for "5 km" and "7 am".
  private var afterNumber = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    hasSmallLetters = bytes.contains { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
  }

  mutating func scan() -> [NormalizedWord] {
    while position < bytes.count {
      let byte = bytes[position]
      if isDigit(position) {
        scanNumber()
      } else if isLetter(position) {
        scanLetters()
      } else {
        scanSymbol(byte)
      }
    }
    return words
  }

  // MARK: Letters

  private mutating func scanLetters() {
    if scanInitialism() { return }
    let start = position
    while isLetter(position) || (bytes[position] == apostrophe && isLetter(position + 1)) {
      position += 1
      if position == bytes.count { break }
    }
    var end = position
    let followsNumber = afterNumber
    afterNumber = false

    // Words like "goin'" keep the apostrophe that replaces a g.
    if byte(at: end) == apostrophe && lower(bytes[end - 1]) == UInt8(ascii: "n") && end - start > 3
      && lower(bytes[end - 2]) == UInt8(ascii: "i")
    {
      end += 1
      position = end
    }
    let word = bytes[start..<end].map(lower)
    let fullStop = byte(at: end) == UInt8(ascii: ".")
    if let expansion = Abbreviations.expansion(
      of: word, fullStopFollows: fullStop, afterNumber: followsNumber, wordsFollow: anythingSaid(after: end))
    {
      for said in expansion { words.append(NormalizedWord(said)) }
      if fullStop { position += 1 }
      return
    }
    if word.count == 1 {
      appendSingleLetter(word[0], start: start, fullStop: fullStop)
      return
    }
    let capitals = word.count == bytes[start..<end].count { isCapital($0) || $0 == apostrophe }
    let besideAmpersand = byte(at: start - 1) == UInt8(ascii: "&") || byte(at: end) == UInt8(ascii: "&")
    if capitals && besideAmpersand && word.count <= 3 {
      appendLetterNames(word[...])
      return
    }
    words.append(
      NormalizedWord(
        String(decoding: word, as: UTF8.self), isInCapitals: capitals && hasSmallLetters, parts: parts(start, end)))
  }

  /// Reads letters separated by full stops, "U.S.A." or "e.g", as letter names.
  private mutating func scanInitialism() -> Bool {
    var letters: [UInt8] = []
    var next = position
    while isLetter(next) && !isLetter(next + 1) && byte(at: next + 1) == UInt8(ascii: ".") {
      letters.append(lower(bytes[next]))
      next += 2
    }
    if !letters.isEmpty && isLetter(next) && !isLetter(next + 1) && !isDigit(next + 1)
      && byte(at: next + 1) != apostrophe
    {
      letters.append(lower(bytes[next]))
      next += 1
    }
    guard letters.count >= 2 else { return false }
    appendLetterNames(letters[...])
    afterNumber = false
    position = next
    return true
  }

  // A, I and O are words unless they are next to a digit or a hyphen or before a full stop. All other single letters
  // are letter names.
  private mutating func appendSingleLetter(_ letter: UInt8, start: Int, fullStop: Bool) {
    let isWord = letter == UInt8(ascii: "a") || letter == UInt8(ascii: "i") || letter == UInt8(ascii: "o")
    let joined =
      isDigit(start - 1) || isDigit(start + 1) || byte(at: start - 1) == hyphen || byte(at: start + 1) == hyphen
    if isWord && !joined && !fullStop {
      words.append(NormalizedWord(String(decoding: [letter], as: UTF8.self)))
    } else {
      appendLetterNames([letter])
    }
  }

  private mutating func appendLetterNames(_ letters: ArraySlice<UInt8>) {
    for letter in letters where letter != apostrophe {
      words.append(NormalizedWord(String(decoding: [letter, UInt8(ascii: ".")], as: UTF8.self)))
    }
  }

  /// The parts of `bytes[start..<end]`, split between a small letter and a capital.
  private func parts(_ start: Int, _ end: Int) -> [String] {
    var parts: [String] = []
    var partStart = start
    for index in start + 1..<end where isCapital(bytes[index]) && isLetter(index - 1) && !isCapital(bytes[index - 1]) {
      parts.append(String(decoding: bytes[partStart..<index].map(lower), as: UTF8.self))
      partStart = index
    }
    guard !parts.isEmpty else { return [] }
    return parts + [String(decoding: bytes[partStart..<end].map(lower), as: UTF8.self)]
  }

  // MARK: Numbers

  private mutating func scanNumber() {
    let start = position
    var digits: [UInt8] = []
    var isGrouped = false
    while isDigit(position) {
      digits.append(bytes[position])
      position += 1
      if byte(at: position) == UInt8(ascii: ",") && digits.count <= 15 && hasThreeDigits(at: position + 1)
        && (isGrouped || digits.count <= 3)
      {
        isGrouped = true
        position += 1
      }
    }
    let oneByOne =
      digits.count > 15 || (digits.count > 1 && digits[0] == UInt8(ascii: "0")) || (digits.count > 4 && !isGrouped)
    let value: UInt64 = oneByOne ? 0 : digits.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
    let currency = currency(at: start - 1)

    if let suffix = ordinalSuffixLength(), !oneByOne {
      position += suffix
      append(NumberWords.ordinal(value))
    } else if !oneByOne, byte(at: position).map(lower) == UInt8(ascii: "s"), !isLetter(position + 1) {
      position += 1
      append(NumberWords.plural(value))
    } else if digits.count <= 2, byte(at: position) == UInt8(ascii: ":"), isDigit(position + 1), isDigit(position + 2),
      !isDigit(position + 3)
    {
      append(oneByOne ? NumberWords.digits(digits[...]) : NumberWords.cardinal(value))
      appendMinutes()
    } else {
      append(oneByOne ? NumberWords.digits(digits[...]) : NumberWords.cardinal(value))
      var fraction: [UInt8] = []
      while byte(at: position) == UInt8(ascii: ".") && isDigit(position + 1) {
        fraction = []
        position += 1
        while isDigit(position) {
          fraction.append(bytes[position])
          position += 1
        }
        if currency == nil || fraction.count != 2 {
          append(["point"])
          append(NumberWords.digits(fraction[...]))
        }
      }
      if let currency { appendCurrency(currency, value, fraction) }
    }
    afterNumber = true
  }

  private mutating func appendMinutes() {
    let minutes = bytes[position + 1...position + 2]
    position += 3
    if minutes.elementsEqual("00".utf8) {
      append(["o'clock"])
    } else if minutes.first == UInt8(ascii: "0") {
      append(["oh"])
      append(NumberWords.digits(minutes.dropFirst()))
    } else {
      append(NumberWords.cardinal(minutes.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }))
    }
  }

  private mutating func appendCurrency(_ currency: Currency, _ value: UInt64, _ fraction: [UInt8]) {
    append([value == 1 && fraction.isEmpty ? currency.singular : currency.plural])
    guard fraction.count == 2 else { return }
    let cents = fraction.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
    if cents > 0 { append(["and"] + NumberWords.cardinal(cents) + [cents == 1 ? currency.oneCent : currency.cents]) }
  }

  private func ordinalSuffixLength() -> Int? {
    guard position + 1 < bytes.count, !isLetter(position + 2), !isDigit(position + 2) else { return nil }
    let suffix = [lower(bytes[position]), lower(bytes[position + 1])]
    for known in ["st", "nd", "rd", "th"] where known.utf8.elementsEqual(suffix) { return 2 }
    return nil
  }

  private struct Currency {
    var singular: String
    var plural: String
    var oneCent: String
    var cents: String
  }

  private func currency(at index: Int) -> Currency? {
    switch byte(at: index) {
    case UInt8(ascii: "$"): Currency(singular: "dollar", plural: "dollars", oneCent: "cent", cents: "cents")
    case LatinFolding.euroSign: Currency(singular: "euro", plural: "euros", oneCent: "cent", cents: "cents")
    case LatinFolding.poundSign: Currency(singular: "pound", plural: "pounds", oneCent: "penny", cents: "pence")
    default: nil
    }
  }

  // MARK: Symbols

  private mutating func scanSymbol(_ symbol: UInt8) {
    let atWordStart = position == 0 || bytes[position - 1] == UInt8(ascii: " ")
    switch symbol {
    case UInt8(ascii: "&"): append(["and"])
    case UInt8(ascii: "+"): append(["plus"])
    case UInt8(ascii: "="): append(["equals"])
    case UInt8(ascii: "@"): append(["at"])
    case UInt8(ascii: "%"): append(["percent"])
    case LatinFolding.degreeSign: append(["degrees"])
    case UInt8(ascii: "#") where isDigit(position + 1): append(["number"])
    case hyphen where atWordStart && isDigit(position + 1): append(["minus"])
    case UInt8(ascii: ".") where isDigit(position + 1) && atWordStart:
      append(["point"])
      position += 1
      let start = position
      while isDigit(position) { position += 1 }
      append(NumberWords.digits(bytes[start..<position]))
      afterNumber = true
      return
    case apostrophe where isLetter(position + 1) && !isLetter(position - 1):
      if scanElision() { return }
    default: break
    }
    if symbol != UInt8(ascii: " ") && symbol != hyphen { afterNumber = false }
    position += 1
  }

  /// Reads a word that begins with an apostrophe, such as 'em or 'til. Any other leading apostrophe is a quotation
  /// mark.
  private mutating func scanElision() -> Bool {
    var end = position + 1
    while isLetter(end) { end += 1 }
    let word = bytes[position..<end].map(lower)
    for known in ["'em", "'til", "'cause", "'bout", "'round", "'tis", "'twas", "'n"]
    where known.utf8.elementsEqual(word) {
      words.append(NormalizedWord(known))
      position = end
      afterNumber = false
      return true
    }
    return false
  }

  // MARK: Looking at the text

  private mutating func append(_ said: [String]) {
    for word in said { words.append(NormalizedWord(word)) }
  }

  private func byte(at index: Int) -> UInt8? { index >= 0 && index < bytes.count ? bytes[index] : nil }

  private func isDigit(_ index: Int) -> Bool {
    guard let byte = byte(at: index) else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private func isLetter(_ index: Int) -> Bool {
    guard let byte = byte(at: index) else { return false }
    return lower(byte) >= UInt8(ascii: "a") && lower(byte) <= UInt8(ascii: "z")
  }

  private func isCapital(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

  private func hasThreeDigits(at index: Int) -> Bool {
    isDigit(index) && isDigit(index + 1) && isDigit(index + 2) && !isDigit(index + 3)
  }

  private func anythingSaid(after index: Int) -> Bool {
    for later in index..<bytes.count where isLetter(later) || isDigit(later) { return true }
    return false
  }

  private func lower(_ byte: UInt8) -> UInt8 { isCapital(byte) ? byte + 0x20 : byte }

  private var apostrophe: UInt8 { UInt8(ascii: "'") }
  private var hyphen: UInt8 { UInt8(ascii: "-") }
}
