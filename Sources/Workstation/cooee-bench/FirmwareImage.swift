import Foundation

/// The flash and memory of a linked firmware image, from the sizes of its sections.
///
/// Reads the section headers of a 32-bit little-endian ELF file, as written by a microcontroller's linker.
struct FirmwareImage: Encodable {
  enum Fault: Error, Equatable {
    /// Not a 32-bit little-endian ELF file.
    case otherKind
    /// The file ends before its section headers.
    case truncated
  }

  /// Bytes of code.
  private(set) var codeBytes = 0
  /// Bytes of constants, including unwind tables.
  private(set) var constantBytes = 0
  /// Bytes of initialized variables, which take flash and memory.
  private(set) var dataBytes = 0
  /// Bytes of variables initialized to zero, including the memory of the spotter.
  private(set) var zeroedBytes = 0

  /// Flash of the image.
  var flashBytes: Int { codeBytes + constantBytes + dataBytes }

  init(_ file: [UInt8]) throws(Fault) {
    guard file.count >= 52 else { throw .truncated }
    // Magic, class 1 (32 bits), data 1 (little-endian).
    guard file[0..<6].elementsEqual([0x7F, 0x45, 0x4C, 0x46, 1, 1]) else { throw .otherKind }
    func integer(_ offset: Int, _ byteCount: Int) -> Int {
      (0..<byteCount).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    let start = integer(32, 4)
    let headerBytes = integer(46, 2)
    let count = integer(48, 2)
    guard headerBytes >= 40 else { throw .otherKind }
    guard start + count * headerBytes <= file.count else { throw .truncated }
    for index in 0..<count {
      let header = start + index * headerBytes
      let flags = integer(header + 8, 4)
      let size = integer(header + 20, 4)
      let (writable, allocated, executable) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
      guard allocated else { continue }
      if integer(header + 4, 4) == 8 {
        zeroedBytes += size
      } else if executable {
        codeBytes += size
      } else if writable {
        dataBytes += size
      } else {
        constantBytes += size
      }
    }
  }
}
