import Evaluation
import Foundation
import KeywordSpotting
import ModelFormat
import Training
import UntrainedModels

/// A synthetic spoken language that a few lines recognize without error, for end-to-end tests of the protocols: phoneme
/// k is
/// 120 ms of a square wave whose sign changes every k + 4 samples. Loudness does not matter.
enum SquareWaveSpeech {
  static let phonemeSamples = 3 * 640

  /// Phonemes with 40 ms of silence between equal ones, and 0.2 s of silence at both ends.
  static func samples(_ phonemes: [UInt8]) -> [Int16] {
    let silence = [Int16](repeating: 0, count: 5 * 640)
    var samples = silence
    for (index, phoneme) in phonemes.enumerated() {
      if index > 0, phonemes[index - 1] == phoneme { samples += [Int16](repeating: 0, count: 640) }
      samples += (0..<phonemeSamples).map { ($0 / (Int(phoneme) + 4)) % 2 == 0 ? 3_000 : -3_000 }
    }
    return samples + silence
  }

  /// The phoneme of a window of 400 samples, or 39 if it contains none or several.
  static func phoneme(_ window: UnsafeBufferPointer<Int16>) -> Int {
    var changes: [Int] = []
    for index in 1..<window.count where (window[index] < 0) != (window[index - 1] < 0) { changes.append(index) }
    guard changes.count >= 3 else { return Phoneme.blankIndex }
    let interval = changes[1] - changes[0]
    let regular = zip(changes, changes.dropFirst()).allSatisfy { $1 - $0 == interval }
    let whole = changes[0] <= interval && window.count - changes.last! <= interval
    return regular && whole && (4..<43).contains(interval) ? interval - 4 : Phoneme.blankIndex
  }
}

/// Recognizes ``SquareWaveSpeech``: the embedding is the class's own vector, and its posterior is 0.96.
final class SquareWaveScorer: AcousticScorer {
  let name = "square wave"
  private let model: AcousticModel
  private var pending: [Int16] = []

  init(_ model: AcousticModel) { self.model = model }

  private func frame(_ phoneme: Int) -> (unit: [Float], logPosteriors: [Float]) {
    let dimension = model.embeddingDimension
    var logPosteriors = [Float](repeating: log(0.001), count: Phoneme.classCount)
    logPosteriors[phoneme] = log(0.961)
    return (Array(model.classVectors.vectors[phoneme * dimension..<(phoneme + 1) * dimension]), logPosteriors)
  }

  func encode(clip: UnsafeBufferPointer<Int16>) -> EncodedClip {
    var encoded = EncodedClip(units: [], logPosteriors: [])
    for start in stride(from: 0, to: clip.count, by: 640) {
      let window = UnsafeBufferPointer(rebasing: clip[start..<min(start + 400, clip.count)])
      let frame = frame(window.count == 400 ? SquareWaveSpeech.phoneme(window) : Phoneme.blankIndex)
      encoded.units += frame.unit
      encoded.logPosteriors += frame.logPosteriors
    }
    return encoded
  }

  func encode(
    stream samples: UnsafeBufferPointer<Int16>, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    pending += samples
    while pending.count >= 640 {
      let phoneme = pending[..<400].withUnsafeBufferPointer { SquareWaveSpeech.phoneme($0) }
      pending.removeFirst(640)
      let frame = frame(phoneme)
      body(frame.unit, frame.logPosteriors)
    }
  }

  func resetStream() { pending = [] }
}

/// An untrained English model, which enrolls phrases like a trained one.
func untrainedModel(seed: UInt64 = 5) throws -> EvaluatedModel {
  let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let language = try Data(contentsOf: repository.appendingPathComponent("models/english.cooee"))
  let contents = AcousticModelContents.untrained(seed: seed, featureContract: EvaluatedModel.featureContract)
  return try EvaluatedModel(modelBytes: contents.encoded(), languageBytes: [UInt8](language))
}

/// Writes a prepared corpus of spoken texts and gives it to `body`.
@discardableResult
func withCorpus<Result>(
  _ model: EvaluatedModel, name: String = "spoken", split: String = "dev", _ texts: [String], speakers: Int = 4,
  groups: [String] = [], audio: ((Int) -> [Int16])? = nil, _ body: (PreparedCorpus) throws -> Result
) throws -> Result {
  let path = NSTemporaryDirectory() + "\(UUID().uuidString).cooeecorpus"
  defer { try? FileManager.default.removeItem(atPath: path) }
  let writer = try PreparedCorpusWriter(path: path)
  for (index, text) in texts.enumerated() {
    let phonemes = text.split(separator: " ").flatMap { model.pronunciations(of: String($0))[0] }
    let utterance = Utterance(
      id: "folder/\(name)-\(index)", corpus: name, speaker: "s\(index % speakers)", split: split, text: text,
      range: 0..<0, group: groups.isEmpty ? "" : groups[index % groups.count])
    try writer.append(utterance, audio?(index) ?? SquareWaveSpeech.samples(phonemes))
  }
  try writer.finish(initialMeans: [Float](repeating: 0, count: 40))
  return try body(PreparedCorpus(path: path))
}
