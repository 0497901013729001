import CommandLineOptions
import Messages

/// The options for keeping the audio around detections.
package struct RecordingOptions: Sendable {
  package static var options: [CommandSyntax.Option] {
    [
      .value(
        "keep-audio", "folder", "Record the audio around each detection as WAV files in this folder (default: none)."),
      .value("keep-audio-megabytes", "count", "Delete the oldest recordings beyond this size (default: 100)."),
      .value("keep-audio-seconds", "seconds", "How much audio to record up to the end of the phrase (default: 3)."),
    ]
  }

  package static let megabyteRange = 2...1_000_000
  package static let secondsRange = 0.5...30.0

  /// The folder; nil to keep nothing.
  package var folder: String?
  /// The size limit of the folder.
  package var megabytes = 100
  /// Seconds from the first sample to the end of the phrase; more if the phrase is longer.
  package var secondsBefore = 3.0
  /// Seconds from the end of the phrase to the last sample.
  package let secondsAfter = 0.5

  package init() {}

  /// - Throws: `usage` if an option is not accepted.
  package init(_ arguments: CommandArguments) throws(Failure) {
    folder = arguments.text("keep-audio")
    if folder == "" { throw .usage("--keep-audio is empty; name a folder", command: arguments.commandName) }
    if let count = try arguments.integer("keep-audio-megabytes", in: Self.megabyteRange) { megabytes = count }
    let seconds = try arguments.number("keep-audio-seconds", accepted: "numbers from 0.5 to 30") {
      Self.secondsRange.contains($0)
    }
    if let seconds { secondsBefore = seconds }
    guard folder == nil else { return }
    for name in ["keep-audio-megabytes", "keep-audio-seconds"] where arguments.text(name) != nil {
      throw .usage("--\(name) needs --keep-audio, which names the folder", command: arguments.commandName)
    }
  }
}
