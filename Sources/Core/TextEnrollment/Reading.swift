/// One way to say a part of a phrase: words in lower case, separated by single spaces, in ASCII. A letter with a full
/// stop, `k.`, is the name of that letter.
///
/// Words are bytes, and tables are static text, because strings and arrays of strings take several times the code.
typealias Reading = [UInt8]

extension [UInt8] {
  init(_ text: StaticString) { self.init(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }

  /// Adds words after those that are there.
  mutating func say(_ words: Reading) {
    if !isEmpty && !words.isEmpty { append(UInt8(ascii: " ")) }
    self += words
  }

  mutating func say(_ words: StaticString) { say(Reading(words)) }

  /// The words of the reading.
  var words: [ArraySlice<UInt8>] { split(separator: UInt8(ascii: " ")) }

  /// The reading with its last word replaced.
  func changingLastWord(_ change: (ArraySlice<UInt8>) -> Reading) -> Reading {
    let start = (lastIndex(of: UInt8(ascii: " ")) ?? -1) + 1
    return self[..<start] + change(self[start...])
  }
}

extension [[UInt8]] {
  /// Readings of a part, the most plausible first, of which no more are kept.
  static var most: Int { 8 }

  /// Adds a reading that is less plausible than those that are there, unless it is one of them.
  mutating func offer(_ reading: Reading) {
    if count < Self.most && !reading.isEmpty && !contains(reading) { append(reading) }
  }

  mutating func offer(_ reading: StaticString) { offer(Reading(reading)) }

  /// The readings of this part and then another, the most plausible first: those whose ranks have the least product.
  func then(_ others: [Reading]) -> [Reading] {
    var joined: [Reading] = []
    guard !isEmpty && !others.isEmpty else { return isEmpty ? others : self }
    for product in 1...count * others.count {
      for index in indices where product % (index + 1) == 0 && product / (index + 1) <= others.count {
        var reading = self[index]
        reading.say(others[product / (index + 1) - 1])
        joined.offer(reading)
      }
    }
    return joined
  }

  func then(_ words: StaticString) -> [Reading] { then([Reading(words)]) }
}

/// Tables as static text: entries `key=value`, each followed by a semicolon.
enum TextTable {
  /// The value of a key; `nil` if the table does not have it.
  static func value(of key: ArraySlice<UInt8>, in table: StaticString) -> Reading? {
    let bytes = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
    for entry in bytes.split(separator: UInt8(ascii: ";")) {
      guard let sign = entry.firstIndex(of: UInt8(ascii: "=")), entry[..<sign].elementsEqual(key) else { continue }
      return Reading(entry[(sign + 1)...])
    }
    return nil
  }

  /// The word at an index of a list that is separated by spaces.
  static func word(_ index: Int, of list: StaticString) -> Reading {
    let bytes = UnsafeBufferPointer(start: list.utf8Start, count: list.utf8CodeUnitCount)
    return Reading(bytes.split(separator: UInt8(ascii: " "))[index])
  }

  /// The index of a word in a list that is separated by spaces; `nil` if it is not there.
  static func index(of word: ArraySlice<UInt8>, in list: StaticString) -> Int? {
    let bytes = UnsafeBufferPointer(start: list.utf8Start, count: list.utf8CodeUnitCount)
    var index = 0
    for listed in bytes.split(separator: UInt8(ascii: " ")) {
      if listed.elementsEqual(word) { return index }
      index += 1
    }
    return nil
  }
}
