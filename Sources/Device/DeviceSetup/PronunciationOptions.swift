import CommandLineOptions
import Messages

/// The options for typed pronunciations.
package enum PronunciationOptions {
  package static var all: [CommandSyntax.Option] {
    [
      .value(
        "pronunciation", "phonemes",
        "A pronunciation to listen for instead of the dictionary's, in ARPAbet with a period between words, or in the "
          + "phonetic alphabet between slashes.", isRepeated: true),
      .value(
        "sounds-like", "spelling",
        "A pronunciation, spelled as it sounds with hyphens between syllables: \"shi-vawn\".",
        isRepeated: true),
    ]
  }

  /// The typed pronunciations for ``EnrollmentRequest/pronunciation``; nil if there are none.
  package static func text(_ arguments: CommandArguments) -> String? {
    let ways = arguments.texts("pronunciation") + arguments.texts("sounds-like").map(spelled)
    return ways.isEmpty ? nil : ways.joined(separator: "\n")
  }

  /// A pronunciation that is spelled as it sounds.
  package static func spelled(_ text: String) -> String { "\"" + text + "\"" }
}

/// The value of `--threshold`; nil if it was not given.
package func thresholdOption(_ arguments: CommandArguments) throws(Failure) -> Float? {
  try arguments.number("threshold", accepted: "values from 0 to 1") { $0 >= 0 && $0 <= 1 }.map { Float($0) }
}
