import CoreMemory
import Testing

@Suite struct WorkspaceTests {
  /// Takes blocks of several types and odd sizes. Returns their offsets in bytes from the first one, and the end.
  private static func takeBlocks(_ workspace: inout Workspace) -> [Int] {
    let bytes = UInt(bitPattern: workspace.take(1, repeating: 7 as UInt8))
    let floats = UInt(bitPattern: workspace.take(5, repeating: 1.5 as Float))
    let none = UInt(bitPattern: workspace.take(0, of: Int64.self))
    let pairs = UInt(bitPattern: workspace.take(3, of: (Int64, UInt8).self))
    return [0, Int(floats) - Int(bytes), Int(none) - Int(bytes), Int(pairs) - Int(bytes)]
  }

  @Test("A measuring workspace returns exactly the size that the blocks take")
  func measuring() {
    var measuring = Workspace.measuring()
    let isMeasuring = measuring.isMeasuring
    #expect(isMeasuring)
    _ = Self.takeBlocks(&measuring)
    let needed = measuring.usedBytes
    #expect(needed == 16 + 32 + 0 + 48)

    let memory = WorkspaceMemory(byteCount: needed)
    var workspace = memory.workspace()
    let starts = Self.takeBlocks(&workspace)
    #expect(starts == [0, 16, 48, 48])
    let used = workspace.usedBytes
    #expect(used == needed)
  }

  @Test("Blocks contain their initial value, and nothing outside them is written")
  func contents() {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 96, alignment: 16)
    defer { memory.deallocate() }
    for index in memory.indices { memory[index] = 0xEE }
    var workspace = Workspace(over: UnsafeMutableRawBufferPointer(rebasing: memory[..<64]))
    let first = workspace.take(5, repeating: 0x0102_0304 as UInt32)
    let second = workspace.take(3, repeating: -1 as Int64)
    #expect((0..<5).allSatisfy { first[$0] == 0x0102_0304 } && (0..<3).allSatisfy { second[$0] == -1 })
    #expect(memory[20..<32].allSatisfy { $0 == 0xEE } && memory[56...].allSatisfy { $0 == 0xEE })
    let used = workspace.usedBytes
    #expect(used == 64)
  }

  @Test("Memory that does not start at a multiple of 16 is detected")
  func alignment() {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
    defer { memory.deallocate() }
    #expect(Workspace.isAligned(memory))
    for shift in [1, 4, 8, 15] {
      #expect(!Workspace.isAligned(UnsafeMutableRawBufferPointer(rebasing: memory[shift...])))
    }
  }

  @Test("Overlapping ranges are copied correctly, and the given count is filled", arguments: [0, 1, 15, 16, 33])
  func copies(count: Int) {
    var values = (0..<64).map { Int16($0) }
    values.withUnsafeMutableBufferPointer { buffer in
      let start = buffer.baseAddress!
      start.copy(from: start + 7, count: count)
      (start + 50).fill(with: -3, count: min(count, 10))
    }
    for index in 0..<count { #expect(values[index] == Int16(index + 7)) }
    for index in count..<50 { #expect(values[index] == Int16(index)) }
    for index in 50..<64 { #expect(values[index] == (index - 50 < min(count, 10) ? -3 : Int16(index))) }
  }
}
