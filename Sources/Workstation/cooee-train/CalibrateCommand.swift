import ArgumentParser
import AudioFrontEnd
import Foundation
import ModelFormat
import TextEnrollment
import Training

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fit the score heads of a model file again.",
    discussion: """
      Writes a model with the same encoders and new score heads, fitted to a prepared corpus as `cooee-train export` does. It \
      is another model: make its background file again with `cooee-train background`, and enroll your phrases again.

      Example:
        cooee-train calibrate --model models/base.cooee --corpus train.cooeecorpus --rooms rooms --output mine.cooee

      Exit status: 0 written, 1 a file cannot be used or written (see the message), 64 wrong usage.
      """)

  @Option(help: "Model file to start from.") var model: String
  @Option(help: "Prepared corpus that the model was trained on.") var corpus: String
  @OptionGroup var heard: RoomOptions
  @Option(help: "Language file with the lexicon.") var language = "models/english.cooee"
  @Option(help: "Model file to write.") var output: String
  @Option(help: "Random seed of the calibration.") var seed: UInt64 = 1

  func run() throws {
    MatrixProduct.useOneThreadPerCaller()
    let language = try LoadedLanguage(path: language)
    let set = TrainingSet(
      corpus: try PreparedCorpus(path: corpus), longestSeconds: TrainingRecipe().longestSeconds,
      rooms: try heard.load(), pronounce: language.pronunciations)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: model)))
    let (file, fitted) = try bytes.withUnsafeBytes { bytes in
      let model = try AcousticModel(bytes, expectedFeatureContract: FeatureContract.hash)
      let calibration = HeadCalibration(set: set, model: model, language: language.file, seed: seed)
      guard let fitted = calibration.run(progress: { Console.say("calibrating: \($0)") }) else {
        throw ValidationError("\(corpus): its held-out utterances have too few phrases to fit the score heads")
      }
      return (try fitted.replacingHeads(of: bytes), fitted)
    }
    try Data(file).replaceFile(at: output)
    Console.say("\(output): \(file.count) bytes")
    Console.say(fitted.description)
  }
}
