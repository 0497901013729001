import AudioFrontEnd
import Glibc
import ModelFormat
import UntrainedModels

/// Folders of models for the program. The untrained ones hear nothing, but every part of the program works with them.
enum TestModels {
  /// The repository.
  static let repository: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast(4).joined(separator: "/")
  }()

  static let recordings = repository + "/Tests/Device/EndToEndTests/Recordings"

  /// A folder with the released models without their running speech, so that enrolling tries a phrase on none and is quick.
  static let withoutSpeech: String = {
    let folder = TemporaryFolder.shared.newPath("models")
    precondition(mkdir(folder, 0o700) == 0)
    for name in ["base.cooee", "tiny.cooee", "english.cooee"] {
      precondition(symlink(repository + "/models/" + name, folder + "/" + name) == 0)
    }
    return folder
  }()

  /// A folder with an untrained `base.cooee` and the released language file.
  static let untrained: String = makeFolder(seed: 1)
  /// The same with another model.
  static let other: String = makeFolder(seed: 2)

  private static func makeFolder(seed: UInt64) -> String {
    let folder = TemporaryFolder.shared.newPath("models")
    precondition(mkdir(folder, 0o700) == 0)
    let contents = AcousticModelContents.untrained(seed: seed, featureContract: FeatureContract.hash)
    guard let bytes = try? contents.encoded() else { preconditionFailure("the test model cannot be encoded") }
    overwrite(folder + "/base.cooee", bytes)
    precondition(symlink(repository + "/models/english.cooee", folder + "/english.cooee") == 0)
    return folder
  }
}
