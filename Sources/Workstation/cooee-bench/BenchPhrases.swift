import Foundation
import KeywordSpotting
import ModelFormat
import SeededRandom
import TextEnrollment

/// The phrases of a measurement: a wake phrase followed by home-control commands, enrolled from text as an installer
/// would do it.
struct BenchPhrases {
  /// The number of phrases that can be generated.
  static let largestCount = 1 + actions.count * places.count * things.count

  private static let actions = [
    "turn on", "turn off", "switch on", "switch off", "open", "close", "start", "stop", "check", "reset",
  ]
  private static let places = [
    "kitchen", "bedroom", "bathroom", "garage", "garden", "office", "hallway", "basement", "attic", "nursery",
  ]
  private static let things = [
    "lights", "heating", "window", "fan", "camera", "alarm", "speaker", "curtains", "heater", "music",
  ]

  /// The first `count` texts: the wake phrase, then the commands in a fixed random order.
  static func texts(_ count: Int, first: String) -> [String] {
    var commands = actions.flatMap { action in
      places.flatMap { place in things.map { "\(action) the \(place) \($0)" } }
    }
    var generator = SplitMix64(seed: 2)
    for index in stride(from: commands.count - 1, to: 0, by: -1) {
      commands.swapAt(index, generator.integer(in: 0...index))
    }
    return [first] + commands.prefix(count - 1)
  }

  private let enroller: Enroller

  /// - Parameter language: the path of a language file, which stays mapped for the lifetime of the program.
  init(model: AcousticModel, language path: String) throws {
    let bytes = try BenchFiles.map(path, purpose: "the language file")
    do throws(LanguageFileError) {
      enroller = Enroller(model: model, language: try LanguageFile(bytes))
    } catch {
      throw failure(65, "the language file \(path) is not usable: \(error)")
    }
  }

  /// Enrolls a phrase with the threshold used without advice.
  func enroll(_ text: String) throws -> Enrollment {
    do throws(EnrollmentError) {
      return try enroller.enroll(text).enrollment
    } catch {
      throw failure(65, "cannot enroll \"\(text)\": \(error)")
    }
  }

  func enroll(_ count: Int, first: String) throws -> [Enrollment] {
    try Self.texts(count, first: first).map(enroll)
  }
}
