import AudioFrontEnd
import KeywordSpotting

/// The first 4,096 bytes of a prepared corpus. ``PreparedCorpus`` gives the layout.
struct PreparedCorpusHeader {
  static let byteCount = 4_096
  /// Version 2 has a list of groups at the end of its index.
  static let versions: ClosedRange<UInt32> = 1...2
  private static let magic = Array("COOECORP".utf8)

  var hasGroups = false
  var utteranceCount = 0
  var sampleCount = 0
  var indexBytes = 0
  var featureContract: UInt64 = 0
  var initialMeans = [Float](repeating: 0, count: FeatureContract.melBandCount)
  var indexChecksum: UInt32 = 0
  var indexOffset: Int { Self.byteCount + 2 * sampleCount }

  init() {}

  /// - Throws: `notPrepared` unless every size is consistent with the file.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(CorpusError) {
    guard bytes.count >= Self.byteCount else {
      throw .notPrepared(path: path, reason: "it has \(bytes.count) bytes, the header alone is \(Self.byteCount)")
    }
    guard bytes[0..<8].elementsEqual(Self.magic) else {
      throw .notPrepared(path: path, reason: "it does not start with COOECORP")
    }
    let version = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    guard Self.versions.contains(version) else {
      throw .notPrepared(path: path, reason: "its version is \(version), this program reads 1 and 2")
    }
    hasGroups = version == 2
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    utteranceCount = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
    let size = UInt64(bytes.count)
    guard word(16) <= size / 2, word(24) == UInt64(Self.byteCount) + 2 * word(16), word(24) <= size,
      word(32) == size - word(24)
    else {
      throw .notPrepared(path: path, reason: "its sizes are inconsistent with its \(bytes.count) bytes")
    }
    sampleCount = Int(word(16))
    indexBytes = Int(word(32))
    featureContract = word(40)
    initialMeans = (0..<FeatureContract.melBandCount).map { band in
      Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 48 + 4 * band, as: UInt32.self)))
    }
    indexChecksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 208, as: UInt32.self))
  }

  /// `[4096]`.
  func encoded() -> [UInt8] {
    var bytes = Self.magic
    append(hasGroups ? Self.versions.upperBound : Self.versions.lowerBound, to: &bytes)
    append(UInt32(utteranceCount), to: &bytes)
    append(UInt64(sampleCount), to: &bytes)
    append(UInt64(indexOffset), to: &bytes)
    append(UInt64(indexBytes), to: &bytes)
    append(featureContract, to: &bytes)
    for mean in initialMeans { append(mean.bitPattern, to: &bytes) }
    append(indexChecksum, to: &bytes)
    bytes.append(contentsOf: [UInt8](repeating: 0, count: Self.byteCount - bytes.count))
    return bytes
  }
}

/// The list of utterances at the end of a prepared corpus.
enum PreparedCorpusIndex {
  static func append(_ utterance: Utterance, to bytes: inout [UInt8]) {
    for text in [utterance.id, utterance.corpus, utterance.speaker, utterance.split, utterance.text] {
      append(text, to: &bytes)
    }
    Training.append(UInt64(utterance.range.lowerBound), to: &bytes)
    Training.append(UInt64(utterance.range.count), to: &bytes)
    Training.append(UInt32(utterance.phones.count), to: &bytes)
    for phone in utterance.phones {
      Training.append(UInt32(phone.start), to: &bytes)
      Training.append(UInt32(phone.end), to: &bytes)
      Training.append(UInt32(phone.phoneme), to: &bytes)
    }
  }

  /// Appends the groups of all utterances, which follow the last one in version 2.
  static func append(groups: [String], to bytes: inout [UInt8]) {
    for group in groups { append(group, to: &bytes) }
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    Training.append(UInt32(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  /// - Returns: the utterances, or nil if a size or a range exceeds the file.
  static func decode(_ bytes: UnsafeRawBufferPointer, _ header: PreparedCorpusHeader) -> [Utterance]? {
    var reader = IndexReader(bytes: bytes)
    // The smallest record is five empty texts and three numbers.
    guard header.utteranceCount <= bytes.count / 40 else { return nil }
    var utterances: [Utterance] = []
    utterances.reserveCapacity(header.utteranceCount)
    for _ in 0..<header.utteranceCount {
      guard let id = reader.text(), let corpus = reader.text(), let speaker = reader.text(),
        let split = reader.text(), let text = reader.text(), let first = reader.integer(UInt64.self),
        let count = reader.integer(UInt64.self), let phoneCount = reader.integer(UInt32.self),
        first <= header.sampleCount, count <= UInt64(header.sampleCount) - first,
        Int(phoneCount) <= reader.remaining / 12
      else { return nil }
      var phones: [LabeledPhone] = []
      phones.reserveCapacity(Int(phoneCount))
      for _ in 0..<phoneCount {
        guard let start = reader.integer(UInt32.self), let end = reader.integer(UInt32.self),
          let phoneme = reader.integer(UInt32.self), start < end, end <= count, phoneme < Phoneme.classCount
        else { return nil }
        phones.append(LabeledPhone(start: Int(start), end: Int(end), phoneme: UInt8(phoneme)))
      }
      utterances.append(
        Utterance(
          id: id, corpus: corpus, speaker: speaker, split: split, text: text,
          range: Int(first)..<Int(first) + Int(count), phones: phones))
    }
    if header.hasGroups {
      for index in utterances.indices {
        guard let group = reader.text() else { return nil }
        utterances[index].group = group
      }
    }
    return reader.remaining == 0 ? utterances : nil
  }
}

private struct IndexReader {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  var remaining: Int { bytes.count - position }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    guard remaining >= MemoryLayout<T>.size else { return nil }
    defer { position += MemoryLayout<T>.size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  mutating func text() -> String? {
    guard let count = integer(UInt32.self), Int(count) <= remaining else { return nil }
    defer { position += Int(count) }
    return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
  }
}

private func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
}
