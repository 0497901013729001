/// Written forms that are read as other words.
enum Abbreviations {
  /// When an abbreviation is expanded.
  private enum Condition {
    case always
    /// Only before a full stop: "gen." but not "gen".
    case withFullStop
    /// Only after a number: "5 km".
    case afterNumber
    /// Only before a full stop followed by more words: "St. Louis", but not "Main St." at the end.
    case withFullStopBeforeWords
  }

  /// The words that `word` (lower case) stands for; `nil` if it is not expanded.
  static func expansion(
    of word: [UInt8], fullStopFollows: Bool, afterNumber: Bool, wordsFollow: Bool
  ) -> [String]? {
    for (written, said, condition) in table where written.utf8.elementsEqual(word) {
      let holds =
        switch condition {
        case .always: true
        case .withFullStop: fullStopFollows
        case .afterNumber: afterNumber
        case .withFullStopBeforeWords: fullStopFollows && wordsFollow
        }
      if holds { return said }
    }
    return nil
  }

  private static let table: [(String, [String], Condition)] = [
    ("mr", ["mister"], .always), ("mrs", ["missus"], .always), ("dr", ["doctor"], .always),
    ("ms", ["miz"], .withFullStop), ("jr", ["junior"], .always), ("sr", ["senior"], .always),
    ("prof", ["professor"], .withFullStop), ("vs", ["versus"], .always), ("etc", ["et", "cetera"], .always),
    ("st", ["saint"], .withFullStopBeforeWords), ("st", ["street"], .withFullStop), ("ave", ["avenue"], .withFullStop),
    ("blvd", ["boulevard"], .always), ("rd", ["road"], .withFullStop), ("apt", ["apartment"], .withFullStop),
    ("dept", ["department"], .always), ("mt", ["mount"], .withFullStop), ("ft", ["fort"], .withFullStopBeforeWords),
    ("lt", ["lieutenant"], .withFullStop), ("sgt", ["sergeant"], .always), ("capt", ["captain"], .always),
    ("col", ["colonel"], .withFullStop), ("gen", ["general"], .withFullStop), ("gov", ["governor"], .withFullStop),
    ("sen", ["senator"], .withFullStop), ("rev", ["reverend"], .withFullStop), ("inc", ["incorporated"], .withFullStop),
    ("ltd", ["limited"], .always), ("corp", ["corporation"], .withFullStop), ("co", ["company"], .withFullStop),
    ("no", ["number"], .withFullStopBeforeWords), ("approx", ["approximately"], .always),
    ("am", ["a.", "m."], .afterNumber), ("pm", ["p.", "m."], .afterNumber),
    ("km", ["kilometers"], .afterNumber), ("cm", ["centimeters"], .afterNumber),
    ("mm", ["millimeters"], .afterNumber), ("kg", ["kilograms"], .afterNumber),
    ("lb", ["pounds"], .afterNumber), ("lbs", ["pounds"], .afterNumber), ("oz", ["ounces"], .afterNumber),
    ("ft", ["feet"], .afterNumber), ("hr", ["hours"], .afterNumber), ("hrs", ["hours"], .afterNumber),
    ("min", ["minutes"], .afterNumber), ("mins", ["minutes"], .afterNumber), ("sec", ["seconds"], .afterNumber),
    ("secs", ["seconds"], .afterNumber), ("mph", ["miles", "per", "hour"], .afterNumber),
    ("kw", ["kilowatts"], .afterNumber), ("mb", ["megabytes"], .afterNumber), ("gb", ["gigabytes"], .afterNumber),
  ]
}
