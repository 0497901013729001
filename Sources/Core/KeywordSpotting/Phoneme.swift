import ModelFormat

/// One of the 39 phonemes of General American English, in ARPAbet without stress.
///
/// The raw value is the class index of the acoustic model: 0…38 for the phonemes in alphabetical order. Index 39
/// (``blankIndex``) is the CTC blank, which also represents silence. The order is part of the model format and never
/// changes.
///
/// - Reference: the phoneme set of CMUdict 0.7b.
public enum Phoneme: UInt8, CaseIterable, Sendable {
  case aa, ae, ah, ao, aw, ay, b, ch, d, dh, eh, er, ey, f, g, hh, ih, iy, jh, k
  case l, m, n, ng, ow, oy, p, r, s, sh, t, th, uh, uw, v, w, y, z, zh

  /// The number of phonemes.
  public static let count = 39
  /// The class index of the CTC blank.
  public static let blankIndex = 39
  /// The number of classes of the acoustic model: the phonemes and the blank.
  @inlinable public static var classCount: Int { AcousticModel.classCount }

  /// The name in CMUdict: capitals, without a stress digit.
  public var arpabet: String {
    let first = Character(Unicode.Scalar(Phoneme.names.utf8Start[2 * Int(rawValue)]))
    let second = Phoneme.names.utf8Start[2 * Int(rawValue) + 1]
    return second == Phoneme.noLetter ? String(first) : String(first) + String(Character(Unicode.Scalar(second)))
  }

  /// Reads an ARPAbet name in any case. A stress digit (0, 1 or 2) after a vowel is accepted and ignored.
  ///
  /// - Returns: `nil` if the name is not one of the 39 phonemes, or if a consonant has a stress digit.
  public init?(arpabet name: String) {
    var name = name
    let phoneme = name.withUTF8 { Phoneme(arpabetBytes: $0) }
    guard let phoneme else { return nil }
    self = phoneme
  }

  /// Reads an ARPAbet name from its ASCII bytes by the rules of ``init(arpabet:)``.
  public init?(arpabetBytes bytes: UnsafeBufferPointer<UInt8>) {
    var letterCount = bytes.count
    guard letterCount >= 1 else { return nil }
    let last = bytes[letterCount - 1]
    let stressed = last >= 0x30 && last <= 0x32
    if stressed { letterCount -= 1 }
    guard letterCount == 1 || letterCount == 2 else { return nil }
    let first = Phoneme.uppercased(bytes[0])
    let second = letterCount == 2 ? Phoneme.uppercased(bytes[1]) : Phoneme.noLetter
    for index in 0..<Phoneme.count
    where Phoneme.names.utf8Start[2 * index] == first && Phoneme.names.utf8Start[2 * index + 1] == second {
      guard let phoneme = Phoneme(rawValue: UInt8(index)), !stressed || phoneme.isVowel else { return nil }
      self = phoneme
      return
    }
    return nil
  }

  /// Whether the phoneme is the nucleus of a syllable. The number of vowels is the number of syllables.
  public var isVowel: Bool {
    switch self {
    case .aa, .ae, .ah, .ao, .aw, .ay, .eh, .er, .ey, .ih, .iy, .ow, .oy, .uh, .uw: true
    default: false
    }
  }

  // The names in the order of the raw values, two bytes each; one-letter names are padded with a space.
  private static let names: StaticString =
    "AAAEAHAOAWAYB CHD DHEHEREYF G HHIHIYJHK L M N NGOWOYP R S SHT THUHUWV W Y Z ZH"
  private static let noLetter: UInt8 = 0x20

  private static func uppercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte
  }
}
