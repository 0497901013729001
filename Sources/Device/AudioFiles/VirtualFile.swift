import CSndFile
import Recordings

/// A stream that libsndfile reads as a file without end.
///
/// Its decoders look back at the start of a stream to recognize it, and ahead for its length. The last 64 KB can be read
/// again; positions further back or ahead are refused, upon which the decoders read what follows. An ID3 tag at the
/// start, which may contain a picture, is skipped. One thread at a time.
final class VirtualFile {
  private static let windowBytes = 65_536
  private static let id3HeaderBytes = 10

  /// Whether a read may give fewer bytes than wanted before the end, for decoders that can continue, so that live
  /// streams are not delayed.
  var givesWhatIsThere = false

  private let stream: ByteStream
  /// What owns the stream's descriptor, if it must stay open.
  private let owner: AnyObject?
  /// The byte at position p of the stream is at `p % windowBytes`.
  private let window = UnsafeMutableRawBufferPointer.allocate(byteCount: windowBytes, alignment: 16)
  private var position: Int64 = 0
  /// Bytes taken from the stream.
  private var takenCount: Int64 = 0

  init(_ stream: ByteStream, owner: AnyObject? = nil) {
    self.stream = stream
    self.owner = owner
    skipTag()
  }

  deinit { window.deallocate() }

  /// Opens the stream. The file must be closed before this object is released.
  func open(_ info: inout SF_INFO) -> OpaquePointer? {
    var callbacks = SF_VIRTUAL_IO()
    callbacks.get_filelen = { _ in Int64.max / 2 }
    callbacks.seek = { offset, origin, context in VirtualFile.of(context).seek(offset, origin) }
    callbacks.read = { bytes, count, context in
      guard let bytes else { return 0 }
      return VirtualFile.of(context).read(UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
    }
    callbacks.tell = { context in VirtualFile.of(context).position }
    return sf_open_virtual(&callbacks, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> VirtualFile {
    Unmanaged<VirtualFile>.fromOpaque(context!).takeUnretainedValue()
  }

  private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
    let target: Int64
    switch origin {
    case 0: target = offset  // SEEK_SET
    case 1: target = position + offset  // SEEK_CUR
    default: return -1
    }
    let window = Int64(Self.windowBytes)
    guard target >= 0, target >= takenCount - window, target <= takenCount + window else { return -1 }
    while takenCount < target {
      guard take(atMost: Int(target - takenCount)) > 0 else { return -1 }
    }
    position = target
    return target
  }

  private func read(_ bytes: UnsafeMutableRawBufferPointer) -> Int64 {
    var filled = 0
    while filled < bytes.count {
      if position == takenCount {
        if filled > 0 && givesWhatIsThere { break }
        guard take(atMost: bytes.count - filled) > 0 else { break }
      }
      let index = Int(position % Int64(Self.windowBytes))
      let count = min(bytes.count - filled, Int(takenCount - position), Self.windowBytes - index)
      (bytes.baseAddress! + filled).copyMemory(from: window.baseAddress! + index, byteCount: count)
      filled += count
      position += Int64(count)
    }
    return Int64(filled)
  }

  /// Takes the next bytes of the stream into the window. Returns their number; 0 at the end.
  private func take(atMost count: Int) -> Int {
    let index = Int(takenCount % Int64(Self.windowBytes))
    let got = stream.read(into: UnsafeMutableRawBufferPointer(rebasing: window[index...].prefix(count)))
    takenCount += Int64(got)
    return got
  }

  /// Skips an ID3v2 tag.
  ///
  /// - Reference: id3.org, *ID3 tag version 2.4.0*, 3.1: the size has seven bits in each of four bytes.
  private func skipTag() {
    while takenCount < Int64(Self.id3HeaderBytes) {
      guard take(atMost: Self.id3HeaderBytes - Int(takenCount)) > 0 else { return }
    }
    guard window.prefix(3).elementsEqual("ID3".utf8) else { return }
    var left = window[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
    // A footer of the size of the header.
    if window[5] & 0x10 != 0 { left += Self.id3HeaderBytes }
    takenCount = 0
    while left > 0 {
      let got = take(atMost: min(left, Self.windowBytes))
      guard got > 0 else { break }
      left -= got
      takenCount = 0
    }
  }
}
