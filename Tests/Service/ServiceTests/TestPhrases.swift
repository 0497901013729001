import AudioFiles
import AudioFrontEnd
import Glibc
import KeywordSpotting
import ModelFormat
import TextEnrollment

/// The released model, phrases enrolled with it, and recordings of people.
enum TestPhrases {
  static let repository: String = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

  static let model: AcousticModel = {
    guard let model = try? AcousticModel(load("models/base.cooee"), expectedFeatureContract: FeatureContract.hash)
    else {
      preconditionFailure("models/base.cooee cannot be used")
    }
    return model
  }()

  static func enroll(_ texts: String...) -> [Enrollment] {
    guard let language = try? LanguageFile(load("models/english.cooee")) else {
      preconditionFailure("models/english.cooee cannot be used")
    }
    let enroller = Enroller(model: model, language: language)
    return texts.compactMap { try? enroller.enroll($0).enrollment }
  }

  /// 16 kHz mono.
  static func recording(_ name: String) throws -> [Int16] {
    var reader = try AudioFileReader(path: repository + "/Tests/Device/EndToEndTests/Recordings/" + name)
    var samples: [Int16] = []
    let buffer = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 4_096)
    defer { buffer.deallocate() }
    while true {
      let count = try reader.read(into: buffer)
      guard count > 0 else { return samples }
      samples += buffer[..<count]
    }
  }

  /// When phrases end, in milliseconds, as the spotter hears it without a server.
  static func offline(_ samples: [Int16], _ enrollments: [Enrollment]) -> [(name: String, milliseconds: Int)] {
    let spotter = KeywordSpotter(model: model, enrollments: enrollments)
    var heard: [(name: String, milliseconds: Int)] = []
    func note(_ detection: Detection) {
      let milliseconds = Int((Double(detection.endSample) / 16).rounded())
      heard.append((name: enrollments[detection.phraseIndex].text, milliseconds: milliseconds))
    }
    samples.withUnsafeBufferPointer { spotter.process($0, onDetection: note) }
    spotter.finish(onDetection: note)
    return heard
  }

  /// A file's bytes, kept for as long as the tests run.
  private static func load(_ path: String) -> UnsafeRawBufferPointer {
    guard let file = fopen("\(repository)/\(path)", "rb") else { preconditionFailure("\(path) cannot be opened") }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: ftell(file), alignment: 64)
    rewind(file)
    precondition(fread(bytes.baseAddress, 1, bytes.count, file) == bytes.count)
    return UnsafeRawBufferPointer(bytes)
  }
}
