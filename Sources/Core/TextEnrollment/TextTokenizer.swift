import KeywordSpotting

/// Reads folded text from left to right and turns its letters, numbers and symbols into the ways to say them.
struct TextTokenizer {
  let bytes: [UInt8]
  var position = 0
  /// The parts of the phrase, each with the ways to say it, the most plausible first.
  private(set) var parts: [[[NormalizedWord]]] = []
  /// The last word, in `bytes`; empty if a number was last.
  var lastWord = 0..<0
  private let hasSmallLetters: Bool
  private let wordCount: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    hasSmallLetters = bytes.contains { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
    var count = 0
    var wasLetter = false
    for byte in bytes {
      let letter = TextTokenizer.isLetter(byte) || byte == UInt8(ascii: "'")
      if letter && !wasLetter { count += 1 }
      wasLetter = letter
    }
    wordCount = count
  }

  mutating func scan() {
    while position < bytes.count {
      if isDigit(position) {
        scanNumber()
        lastWord = 0..<0
      } else if isLetter(position) {
        scanLetters()
      } else {
        scanSymbol(bytes[position])
      }
    }
  }

  // MARK: Letters

  private mutating func scanLetters() {
    let start = position
    if scanInitialism() || scanRomanNumeral() { return }
    while isLetter(position) || (byte(at: position) == apostrophe && isLetter(position + 1)) { position += 1 }
    var end = position
    lastWord = start..<end

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
      of: word[...], fullStopFollows: fullStop,
      numberFollows: isDigit(end + (fullStop ? 1 : 0))
        || byte(at: end + (fullStop ? 1 : 0)) == UInt8(ascii: " ") && isDigit(end + (fullStop ? 2 : 1)),
      wordsFollow: anythingSaid(after: end))
    {
      append([expansion])
      if fullStop { position += 1 }
      return
    }
    if word.count == 1 {
      appendSingleLetter(word[0], start: start, fullStop: fullStop)
      return
    }
    let capitalCount = bytes[start..<end].count { isCapital($0) || $0 == apostrophe }
    let besideAmpersand = byte(at: start - 1) == UInt8(ascii: "&") || byte(at: end) == UInt8(ascii: "&")
    if capitalCount == word.count && besideAmpersand && word.count <= 3 {
      append([letterNames(word[...])])
      return
    }
    var normalized = NormalizedWord(String(decoding: word, as: UTF8.self))
    normalized.isInCapitals = capitalCount == word.count && (hasSmallLetters || wordCount == 1)
    normalized.isCapitalized = isCapital(bytes[start]) && capitalCount < word.count
    normalized.isBesideNumber =
      isDigit(start - 1) || isDigit(end) || byte(at: end) == hyphen && isDigit(end + 1) || isPower(end)
    normalized.isJoinedToNext = byte(at: end) == hyphen && isLetter(end + 1) && isLetter(end + 2)
    if capitalCount == word.count - 1, capitalCount >= 2, bytes[end - 1] == UInt8(ascii: "s") {
      // "LEDs" is pronounced like the possessive.
      normalized.spelling = String(decoding: word.dropLast() + Reading("'s"), as: UTF8.self)
      normalized.isInCapitals = true
    } else if capitalCount < word.count {
      normalized.parts = camelParts(start, end)
    }
    parts.append([[normalized]])
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
    append([letterNames(letters[...])])
    lastWord = position..<next
    position = next
    return true
  }

  /// Reads a numeral after a name, "Rocky IV": as a number, as the ordinal, and where it may be one, as letters.
  private mutating func scanRomanNumeral() -> Bool {
    var end = position
    while isLetter(end) { end += 1 }
    let written = bytes[position..<end]
    let isAlone = position == 0 && end == bytes.count
    guard isAlone || !lastWord.isEmpty && byte(at: position - 1) == UInt8(ascii: " "), !isDigit(end),
      byte(at: end) != apostrophe, byte(at: end) != hyphen,
      let value = RomanNumerals.value(of: written.map(lower)[...])
    else { return false }
    let isMarked = hasSmallLetters && written.allSatisfy(isCapital)
    let isSingle = written.count == 1
    if isMarked {
      // One letter is a numeral only after a name, and "I" only at the end.
      let isAfterName = bytes[lastWord].contains(where: isCapital)
      if isSingle && (!isAfterName || value == 1 && anythingSaid(after: end)) { return false }
    } else {
      let capitalCount = written.count(where: isCapital)
      guard !isSingle, value < 40, capitalCount == 0 || capitalCount == written.count else { return false }
    }
    let name = bytes[lastWord].map(lower)
    if value == 1 && TextTable.index(of: name[...], in: Abbreviations.auxiliaries) != nil { return false }
    let number = NumberWords.cardinal(value)
    let ordinal = Reading("the ") + NumberWords.ordinal(number)
    let lowercased = written.map(lower)
    let letters = value == 1 ? lowercased : letterNames(lowercased[...])
    var readings: [Reading] = []
    if value == 10 && isSingle || value >= 40 && written.count == 2 { readings.offer(letters) }
    if TextTable.index(of: name[...], in: RomanNumerals.rulers) != nil { readings.offer(ordinal) }
    readings.offer(number)
    readings.offer(ordinal)
    if written.count <= 2 && value != 2 { readings.offer(letters) }
    // Names: "Xi", "Vi".
    if !isMarked && (value == 6 || value == 11) { readings.offer(lowercased) }
    append(readings)
    lastWord = position..<end
    position = end
    return true
  }

  // A, I and O are words unless they are next to a digit or a hyphen or before a full stop. All other single letters
  // are letter names.
  private mutating func appendSingleLetter(_ letter: UInt8, start: Int, fullStop: Bool) {
    let isWord = letter == UInt8(ascii: "a") || letter == UInt8(ascii: "i") || letter == UInt8(ascii: "o")
    let joined = isJoint(start - 1) || isJoint(start + 1)
    var readings = [isWord && !joined && !fullStop ? [letter] : letterNames([letter])]
    if letter == UInt8(ascii: "v") && isDigit(start + 1) && !isDigit(start - 1) { readings.offer("version") }
    append(readings)
  }

  /// Whether the byte makes a letter beside it a letter name: a digit, a hyphen, or the signs of "Q&A" and "A+".
  private func isJoint(_ index: Int) -> Bool {
    guard let byte = byte(at: index) else { return false }
    return isDigit(index) || byte == hyphen || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "+")
  }

  func letterNames(_ letters: ArraySlice<UInt8>) -> Reading {
    var names: Reading = []
    for letter in letters where letter != apostrophe { names.say([letter, UInt8(ascii: ".")]) }
    return names
  }

  /// The parts of `bytes[start..<end]`, split before a capital after a small letter, and before the last of several
  /// capitals that a small letter follows: "ChatGPT", "HTMLPage". Parts of several capitals stay in capitals.
  private func camelParts(_ start: Int, _ end: Int) -> [String] {
    var parts: [String] = []
    var partStart = start
    for index in start + 1...end {
      let begins =
        index < end && isCapital(bytes[index]) && isLetter(index - 1)
        && (!isCapital(bytes[index - 1]) || index + 1 < end && isLetter(index + 1) && !isCapital(bytes[index + 1]))
      guard begins || index == end else { continue }
      if index == end && partStart == start { return [] }
      let part = bytes[partStart..<index]
      let isInitialism = part.count > 1 && part.allSatisfy(isCapital)
      parts.append(String(decoding: isInitialism ? Array(part) : part.map(lower), as: UTF8.self))
      partStart = index
    }
    return parts
  }

  // MARK: Symbols

  private mutating func scanSymbol(_ symbol: UInt8) {
    let atWordStart = position == 0 || bytes[position - 1] == UInt8(ascii: " ")
    if scanCurrency(symbol) { return }
    position += 1
    switch symbol {
    case UInt8(ascii: "&"): append([Reading("and")])
    case UInt8(ascii: "+"): append([Reading("plus")])
    case UInt8(ascii: "="): append([Reading("equals")])
    case UInt8(ascii: "@"): append([Reading("at")])
    case UInt8(ascii: "%"): append([Reading("percent")])
    case LatinFolding.degreeSign: append([Reading("degrees")])
    case LatinFolding.squareSign: append([Reading("squared"), Reading("two")])
    case LatinFolding.cubeSign: append([Reading("cubed"), Reading("three")])
    case LatinFolding.plusMinusSign: append([Reading("plus or minus")])
    case LatinFolding.divisionSign: append([Reading("divided by")])
    case UInt8(ascii: "#"):
      if isDigit(position) {
        append([Reading("number"), Reading("hashtag")])
      } else if isLetter(position) {
        append([Reading("hashtag")])
      } else if isLetter(position - 2) {
        append([Reading("sharp")])
      } else {
        append([Reading("pound"), Reading("hash")])
      }
    case UInt8(ascii: "*") where isDigit(position) || isDigit(position - 2) || bytes.count == 1:
      append([Reading("star")])
    case UInt8(ascii: "/") where isLetter(position) && !atWordStart:
      append(
        isDigit(position - 2) ? [Reading("per"), Reading("a"), Reading("slash")] : [[], Reading("slash")])
    case hyphen where atWordStart && isDigit(position): append([Reading("minus"), Reading("negative")])
    case UInt8(ascii: ".") where isDigit(position) && atWordStart:
      append([Reading("point")])
      scanDigitsOneByOne()
    // "example.com", ".net"; without the blank after a full stop, it may be the end of a sentence.
    case UInt8(ascii: ".")
    where isLetter(position) && byte(at: position - 2) != UInt8(ascii: ".")
      && byte(at: position + 1) != UInt8(ascii: "."):
      append(atWordStart ? [Reading("dot")] : [Reading("dot"), []])
    case apostrophe where isLetter(position) && !isLetter(position - 2): scanElision()
    default: break
    }
  }

  private mutating func scanDigitsOneByOne() {
    let start = position
    while isDigit(position) { position += 1 }
    var readings: [Reading] = []
    NumberReadings.offerDigits(bytes[start..<position], &readings)
    append(readings)
  }

  /// Reads a word that begins with an apostrophe, such as 'em or 'til. Any other leading apostrophe is a quotation
  /// mark.
  private mutating func scanElision() {
    var end = position
    while isLetter(end) { end += 1 }
    let word = bytes[position..<end].map(lower)
    guard TextTable.index(of: word[...], in: "em til cause bout round tis twas n") != nil else { return }
    parts.append([[NormalizedWord(String(decoding: [apostrophe] + word, as: UTF8.self))]])
    lastWord = position..<end
    position = end
  }

  // MARK: Looking at the text

  mutating func append(_ readings: [Reading]) {
    guard !readings.isEmpty else { return }
    parts.append(readings.map { $0.words.map { NormalizedWord(String(decoding: $0, as: UTF8.self)) } })
  }

  func byte(at index: Int) -> UInt8? { index >= 0 && index < bytes.count ? bytes[index] : nil }

  func isDigit(_ index: Int) -> Bool {
    guard let byte = byte(at: index) else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  func isPower(_ index: Int) -> Bool {
    byte(at: index) == LatinFolding.squareSign || byte(at: index) == LatinFolding.cubeSign
  }

  func isLetter(_ index: Int) -> Bool { byte(at: index).map(TextTokenizer.isLetter) ?? false }

  private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

  func isCapital(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

  func anythingSaid(after index: Int) -> Bool {
    var later = index
    while later < bytes.count {
      if isLetter(later) || isDigit(later) { return true }
      later += 1
    }
    return false
  }

  func lower(_ byte: UInt8) -> UInt8 { isCapital(byte) ? byte + 0x20 : byte }

  var apostrophe: UInt8 { UInt8(ascii: "'") }
  var hyphen: UInt8 { UInt8(ascii: "-") }
}
