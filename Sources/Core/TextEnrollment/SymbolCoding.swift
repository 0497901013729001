/// Frequencies of the symbols 0…15 out of 4,096, one set for each kind of value: `[tables, 16]`.
///
/// A value u is coded as symbol u, or as symbol 15 and 16 more bits if it is 15 or more. The bits that a symbol takes are
/// the logarithm of 4,096 over its frequency.
struct SymbolTables: Equatable, Sendable {
  static let symbolCount = 16
  static let escape = 15
  static let bits: UInt32 = 12
  static let total = 1 << 12
  /// The highest frequency in the first table, so that every frame takes at least 0.4 bits, and a small file cannot have
  /// billions of frames.
  static let highestInFirst = 3_072

  let frequencies: [UInt16]

  init(frequencies: [UInt16]) { self.frequencies = frequencies }

  /// The tables for values that occur this often, `[tables, 16]`. A symbol that does not occur has frequency 0.
  init(counts: [Int]) {
    var frequencies = [UInt16](repeating: 0, count: counts.count)
    for first in stride(from: 0, to: counts.count, by: SymbolTables.symbolCount) {
      var counts = Array(counts[first..<first + SymbolTables.symbolCount])
      if first == 0 {
        // The most frequent symbol has two thirds at most.
        var largest = 0
        var others = 0
        for symbol in 1..<SymbolTables.symbolCount where counts[symbol] > counts[largest] { largest = symbol }
        for symbol in 0..<SymbolTables.symbolCount where symbol != largest { others += counts[symbol] }
        if others == 0 {
          counts[largest == 0 ? 1 : 0] = 1
          others = 1
        }
        counts[largest] = min(counts[largest], 2 * others)
      }
      var sum = 0
      for count in counts { sum += count }
      var rest = SymbolTables.total
      var largest = 0
      for symbol in 0..<SymbolTables.symbolCount where counts[symbol] > 0 {
        let frequency = max(1, counts[symbol] * SymbolTables.total / sum)
        frequencies[first + symbol] = UInt16(frequency)
        rest -= frequency
        if counts[symbol] > counts[largest] { largest = symbol }
      }
      frequencies[first + largest] = UInt16(Int(frequencies[first + largest]) + rest)
    }
    self.frequencies = frequencies
  }

  /// The symbol of a value.
  static func symbol(of value: UInt32) -> Int { Int(min(value, UInt32(escape))) }

  /// The first table that cannot be decoded; `nil` if all can.
  var fault: Int? {
    for table in 0..<frequencies.count / SymbolTables.symbolCount {
      var sum = 0
      for symbol in 0..<SymbolTables.symbolCount { sum += Int(frequencies[table * SymbolTables.symbolCount + symbol]) }
      if sum != SymbolTables.total { return table }
    }
    for symbol in 0..<SymbolTables.symbolCount where Int(frequencies[symbol]) > SymbolTables.highestInFirst { return 0 }
    return nil
  }
}

/// Decodes values from bytes in place, with asymmetric numeral systems: about as few bits as the frequencies allow.
///
/// ```text
/// slot = state mod 4096, symbol s with start[s] ≤ slot < start[s] + frequency[s]
/// state = frequency[s] · ⌊state / 4096⌋ + slot − start[s], then ← 256 · state + next byte while below 2²³
/// ```
///
/// `start` counts the frequencies of the symbols before. Integer arithmetic, so every machine decodes the same. Beyond
/// the last byte, bytes are 0; any bytes decode to some values.
///
/// - Reference: Duda 2013, Asymmetric numeral systems, arXiv:1311.2540.
struct SymbolReader {
  static let lowestState: UInt32 = 1 << 23

  private let bytes: UnsafeRawBufferPointer
  private var position: Int
  private let end: Int
  private var state: UInt32

  /// - Precondition: `range` is within `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
    state = 0
    for shift in [0, 8, 16, 24] as [UInt32] { state |= next() << shift }
  }

  /// Whether all values were read that are in the bytes, and no others.
  var isComplete: Bool { position == end && state == SymbolReader.lowestState }

  /// Reads the next value.
  ///
  /// - Parameter frequencies: the table `[16]` of its kind.
  @inline(__always)
  mutating func read(_ frequencies: UnsafePointer<UInt16>) -> UInt32 {
    let slot = state & (1 << SymbolTables.bits - 1)
    var symbol = 0
    var start: UInt32 = 0
    var frequency = UInt32(frequencies[0])
    while symbol < SymbolTables.escape && slot >= start &+ frequency {
      start &+= frequency
      symbol &+= 1
      frequency = UInt32(frequencies[symbol])
    }
    state = frequency &* (state >> SymbolTables.bits) &+ slot &- start
    refill()
    return symbol == SymbolTables.escape ? readBits() | readBits() << 8 : UInt32(symbol)
  }

  private mutating func readBits() -> UInt32 {
    let value = state & 0xFF
    state >>= 8
    refill()
    return value
  }

  /// Two bytes at most: a symbol takes 12 bits at most.
  @inline(__always)
  private mutating func refill() {
    if state < SymbolReader.lowestState { state = state << 8 | next() }
    if state < SymbolReader.lowestState { state = state << 8 | next() }
  }

  @inline(__always)
  private mutating func next() -> UInt32 {
    guard position < end else { return 0 }
    position &+= 1
    return UInt32(bytes[position &- 1])
  }
}

/// Writes what ``SymbolReader`` reads.
struct SymbolWriter {
  private let tables: SymbolTables
  private var values: [(table: Int, value: UInt32)] = []

  init(_ tables: SymbolTables) { self.tables = tables }

  /// Adds a value up to 65,535 of a kind.
  mutating func write(_ value: UInt32, table: Int) { values.append((table, value)) }

  /// The bytes of all values.
  func finish() -> [UInt8] {
    var state = SymbolReader.lowestState
    var reversed: [UInt8] = []
    // The last value that is encoded is the first that is decoded.
    for (table, value) in values.reversed() {
      let symbol = SymbolTables.symbol(of: value)
      if symbol == SymbolTables.escape {
        for byte in [value >> 8, value & 0xFF] {
          while state >= SymbolReader.lowestState {
            reversed.append(UInt8(truncatingIfNeeded: state))
            state >>= 8
          }
          state = state << 8 | byte
        }
      }
      let first = table * SymbolTables.symbolCount
      var start: UInt32 = 0
      for index in 0..<symbol { start += UInt32(tables.frequencies[first + index]) }
      let frequency = UInt32(tables.frequencies[first + symbol])
      precondition(frequency > 0, "the tables have every symbol that occurs")
      while state >= (SymbolReader.lowestState >> (SymbolTables.bits - 8)) * frequency {
        reversed.append(UInt8(truncatingIfNeeded: state))
        state >>= 8
      }
      state = (state / frequency) << SymbolTables.bits + state % frequency + start
    }
    for shift in [24, 16, 8, 0] as [UInt32] { reversed.append(UInt8(truncatingIfNeeded: state >> shift)) }
    return reversed.reversed()
  }
}
