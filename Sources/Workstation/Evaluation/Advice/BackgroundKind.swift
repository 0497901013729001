import TextEnrollment

/// A kind of speech for a background, and the corpora that represent it.
public struct BackgroundKind: Equatable, Sendable {
  /// A short description.
  public var name: String
  /// Its share of the mix, 0…1.
  public var share: Float
  /// Prefixes of the names of its corpora.
  public var corpora: [String]

  /// Creates a kind of speech.
  public init(name: String, share: Float, corpora: [String]) {
    self.name = name
    self.share = share
    self.corpora = corpora
  }

  /// The kinds of ``/TextEnrollment/BackgroundMix/home``: talk as on radio and television, and many voices. Learners
  /// and children are reported, but are not part of the mix.
  public static let home = zip(
    BackgroundMix.home.kinds, [["librispeech", "vctk"], ["common-voice"], ["speechocean"]]
  ).map { BackgroundKind(name: $0.name, share: $0.share, corpora: $1) }

  /// Parses `NAME=SHARE:CORPUS,CORPUS`. Returns nil if the text has another form.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let equals = text[..<colon].lastIndex(of: "="),
      let share = Float(text[text.index(after: equals)..<colon]), (0...1).contains(share)
    else { return nil }
    let corpora = text[text.index(after: colon)...].split(separator: ",").map(String.init)
    let name = String(text[..<equals])
    guard !corpora.isEmpty, (1...64).contains(name.utf8.count) else { return nil }
    self.init(name: name, share: share, corpora: corpora)
  }

  func holds(corpus: String) -> Bool { corpora.contains { corpus.hasPrefix($0) } }
}
