/// Written forms that are read as other words.
enum Abbreviations {
  /// The words that `word` (lower case) stands for; `nil` if it is not expanded.
  ///
  /// - Parameters:
  ///   - fullStopFollows: whether a full stop follows immediately.
  ///   - numberFollows: whether a number follows, after a full stop and a blank if there are any.
  ///   - wordsFollow: whether anything that is said follows.
  static func expansion(
    of word: ArraySlice<UInt8>, fullStopFollows: Bool, numberFollows: Bool, wordsFollow: Bool
  ) -> Reading? {
    let bytes = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
    for entry in bytes.split(separator: UInt8(ascii: ";")) {
      guard let sign = entry.firstIndex(of: UInt8(ascii: "=")), entry[..<sign].elementsEqual(word) else { continue }
      let holds =
        switch entry[sign + 1] {
        case UInt8(ascii: "*"): true
        case UInt8(ascii: "."): fullStopFollows
        case UInt8(ascii: ">"): fullStopFollows && wordsFollow
        default: fullStopFollows || numberFollows
        }
      if holds { return Reading(entry[(sign + 2)...]) }
    }
    return nil
  }

  // The first sign of a value says when the abbreviation is expanded: * always, . before a full stop, > before a full
  // stop and more words, # before a full stop or a number.
  private static let table: StaticString = """
    mr=*mister;mrs=*missus;dr=*doctor;ms=.miz;jr=*junior;sr=*senior;prof=.professor;vs=*versus;etc=*et cetera;\
    st=>saint;st=.street;ave=.avenue;blvd=*boulevard;rd=.road;ln=.lane;apt=.apartment;dept=*department;mt=.mount;\
    ft=>fort;lt=.lieutenant;sgt=*sergeant;capt=*captain;col=.colonel;gen=.general;gov=.governor;sen=.senator;\
    rev=.reverend;inc=.incorporated;ltd=*limited;corp=.corporation;co=.company;no=>number;approx=*approximately;\
    vol=#volume;ch=.chapter;pg=#page;pp=#pages;fig=#figure;ext=#extension;jan=#january;feb=#february;mar=#march;\
    apr=#april;jun=#june;jul=#july;aug=#august;sep=#september;sept=#september;oct=#october;nov=#november;dec=#december;
    """

  static let months: StaticString =
    "january february march april may june july august september october november december"

  /// Words after which "I" is the pronoun, not a numeral.
  static let auxiliaries: StaticString = """
    am and are can could did do does had has have if is may might must or shall should so than was were when will would
    """

  /// Words that are as often initialisms, even in small letters.
  static let spelledOrSaid: StaticString = "led"

  /// Short words that people put in capitals for emphasis, "turn it OFF", and that are rarely initialisms.
  static let common: StaticString = """
    a all an and any are as at be big but by can do day did for get go had has he her hey hi him his how if in is me my \
    new no not now of off oh old on one open or our out put red say see set she shut six so stop ten that the this to \
    too top try two up use was way we why yes yet you your
    """
}
