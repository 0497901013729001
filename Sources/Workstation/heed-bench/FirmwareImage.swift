import Foundation

/// How much flash and memory a linked firmware image takes: the sizes of its sections.
///
/// Reads the section headers of an ELF file of 32 bits, little-endian, as a microcontroller's linker writes it.
struct FirmwareImage: Encodable {
  enum Fault: Error, Equatable {
    /// Not an ELF file of 32 bits, little-endian.
    case otherKind
    /// The file ends before its section headers do.
    case truncated
  }

  /// Bytes of code.
  private(set) var codeBytes = 0
  /// Bytes of constants, tables for unwinding included.
  private(set) var constantBytes = 0
  /// Bytes of variables that start with a value: in flash, and in memory too.
  private(set) var dataBytes = 0
  /// Bytes of variables that start as zeros, the image's own listening memory included.
  private(set) var zeroedBytes = 0

  /// What the image takes of the flash.
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
