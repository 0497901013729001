/// Splits noise clips between training and evaluation.
///
/// The noise sets have no development split. A rule on the clip's name divides every set: a clip is reserved for
/// evaluation if the 64-bit FNV-1a hash of its *recording* is odd. The recording is the last component of the path
/// without its extension and take letter (`1-100032-A` → `1-100032`). Takes cut from one recording therefore stay on
/// the same side.
public enum NoiseSplit {
  /// Whether a noise clip is reserved for evaluations and must never be used in training.
  ///
  /// - Parameter id: the clip's path or name. Folders and a file extension are ignored.
  public static func isReservedForEvaluation(id: String) -> Bool { hash(of: id) % 2 == 1 }

  /// FNV-1a of the clip's recording, 64 bits.
  static func hash(of id: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in recording(id) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash
  }

  /// The UTF-8 of a clip's recording, without folder, extension and take letter.
  private static func recording(_ id: String) -> ArraySlice<UInt8> {
    var name = Array(id.utf8)[...]
    if let slash = name.lastIndex(of: UInt8(ascii: "/")) { name = name[(slash + 1)...] }
    if let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex { name = name[..<dot] }
    let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
    if name.count > 2, name.suffix(2).first == UInt8(ascii: "-"), letters.contains(name.last!) {
      name = name.dropLast(2)
    }
    return name
  }
}
