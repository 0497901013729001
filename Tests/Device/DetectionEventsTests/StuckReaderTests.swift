import CPlatform
import Glibc
import Testing

@Suite("Writing to a stuck reader")
struct StuckReaderTests {
  @Test("data that is not read in time is dropped, and data that is read arrives complete")
  func gives() {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let line = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
    #expect(platform_write_soon(ends[1], line, line.count, 10) == 0)
    var read = [UInt8](repeating: 0, count: line.count)
    #expect(Glibc.read(ends[0], &read, read.count) == line.count && read == line)
    var result: Int32 = 0
    for _ in 0..<1_000 where result == 0 { result = platform_write_soon(ends[1], line, line.count, 10) }
    #expect(result == -ETIMEDOUT)
  }
}
