import ArgumentParser
import Evaluation
import TextEnrollment

/// The kinds of speech of a background.
struct KindOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      """
      A kind of speech, its share of the mix, and the beginnings of the names of its corpora. The shares sum to 1; a kind with a \
      share of 0 is reported separately. Default: half practised readers (librispeech, vctk), half everyday voices (common-voice), and \
      learners and children (speechocean) with a share of 0. Corpora of no kind are skipped.
      """, valueName: "name=share:corpus,…"))
  var kind: [String] = []

  func validate() throws {
    for text in kind where BackgroundKind(text) == nil { throw ValidationError(Self.refusal(of: text)) }
    guard kind.count <= BackgroundMix.maximumPartCount else {
      throw ValidationError("--kind: \(kind.count) given; at most \(BackgroundMix.maximumPartCount)")
    }
    let sum = kinds.reduce(0) { $0 + $1.share }
    guard abs(sum - 1) < 0.001 else { throw ValidationError("--kind: the shares sum to \(sum); they must sum to 1") }
  }

  var kinds: [BackgroundKind] { kind.isEmpty ? BackgroundKind.home : kind.compactMap { BackgroundKind($0) } }

  static func refusal(of text: String) -> String {
    "--kind \(text): must be NAME=SHARE:CORPUS,CORPUS, with a share of 0 to 1 and a name of at most 64 bytes, such as "
      + "\"practised readers=0.5:librispeech,vctk\""
  }
}
