import ModelFormat
import Testing

@Suite struct ContainerTests {
  private static func phrases() -> [UInt8] {
    var writer = ContainerWriter(kind: .phrases)
    writer.append("AAAA", [1, 2, 3])
    writer.append("NONE", [])
    writer.append("BBBB", Array(0..<200))
    return writer.finish()
  }

  @Test("CRC-32 and FNV-1a match their published check values")
  func checkValues() {
    var checksum = CyclicRedundancyCheck()
    var hash = ContentHash()
    #expect(checksum.checksum == 0 && hash.value == 0xCBF2_9CE4_8422_2325)
    Array("123456789".utf8).withUnsafeBytes { checksum.update($0) }
    Array("foobar".utf8).withUnsafeBytes { hash.update($0) }
    #expect(checksum.checksum == 0xCBF4_3926)
    #expect(hash.value == 0x8594_4171_F739_67E8)
  }

  @Test("Written sections are read back from any address, including empty ones")
  func roundTrip() throws {
    let file = Self.phrases()
    #expect(file.count % 64 == 0)
    for shift in [0, 1, 2, 3, 7] {
      let moved = [UInt8](repeating: 0xEE, count: shift) + file
      try moved.withUnsafeBytes { buffer in
        let reader = try ContainerReader(UnsafeRawBufferPointer(rebasing: buffer[shift...]), expecting: .phrases)
        #expect(reader.sections.allSatisfy { $0.offset % 64 == 0 })
        #expect(Array(try #require(reader.bytes(of: "AAAA"))) == [1, 2, 3])
        #expect(try #require(reader.bytes(of: "NONE")).isEmpty)
        #expect(Array(try #require(reader.bytes(of: "BBBB"))) == Array(0..<200))
        #expect(reader.bytes(of: "ZZZZ") == nil)
        #expect(throws: ContainerError.missingSection(id: "ZZZZ")) { try reader.section("ZZZZ") }
      }
    }
  }

  @Test("Values of a section are read in order and never past its end")
  func sectionValues() throws {
    let bytes: [UInt8] = [7, 0x34, 0x12, 0, 0, 0x80, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 9, 0]
    try bytes.withUnsafeBytes { buffer in
      var reader = SectionReader(id: "TEST", bytes: buffer)
      #expect(try reader.integer(UInt8.self) == 7)
      #expect(try reader.integer(UInt16.self) == 0x1234)
      #expect(try reader.float() == 1)
      #expect(try reader.integers(1) == [-1])
      #expect(throws: ContainerError.oversizedSection(id: "TEST", used: 11, size: 13)) { try reader.expectEnd() }
      #expect(throws: ContainerError.truncatedSection(id: "TEST", needed: 15, available: 13)) {
        try reader.integer(UInt32.self)
      }
      // A count whose size in bytes does not fit 64 bits must not wrap around to a small one.
      #expect(throws: ContainerError.truncatedSection(id: "TEST", needed: .max, available: 13)) {
        try reader.floats(1 << 62)
      }
      #expect(try Array(reader.bytes(1)) == [9])
      try reader.skipPadding(toMultipleOf: 13)
      try reader.expectEnd()
    }
  }

  @Test("Every truncated file is rejected")
  func truncations() {
    let file = Self.phrases()
    for count in 0..<file.count {
      #expect(containerError(Array(file[..<count]), expecting: .phrases) != nil, "\(count) bytes were accepted")
    }
  }

  @Test("Every flipped bit is detected, including in the padding")
  func flippedBits() {
    let file = Self.phrases()
    for index in file.indices {
      for bit in 0..<8 as Range<UInt8> {
        var damaged = file
        damaged[index] ^= 1 << bit
        #expect(containerError(damaged, expecting: .phrases) != nil, "bit \(bit) of byte \(index) was not noticed")
      }
    }
  }

  @Test("A file of another kind is rejected with its kind")
  func otherKind() {
    #expect(containerError(Self.phrases(), expecting: .model) == .wrongKind(found: 3, expected: .model))
  }

  @Test("Section names in messages show unprintable bytes as question marks")
  func sectionNames() {
    #expect(SectionID("ARCH").name == "ARCH")
    #expect(SectionID(rawValue: 0x4100_FF0A).name == "???A")
  }
}
