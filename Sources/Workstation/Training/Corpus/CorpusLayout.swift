import Foundation

/// A recording listed by a corpus, before it is decoded.
public struct CorpusClip: Equatable, Sendable {
  /// The path of the recording.
  public var path: String
  /// Path inside the corpus without the extension.
  public var id: String
  /// The name of the corpus.
  public var corpus: String
  /// The speaker; empty if unknown.
  public var speaker: String
  /// The speaker's group; empty if the corpus has none.
  public var group = ""
  /// `train`, `dev` or `test`.
  public var split: String
  /// The transcript of the corpus, not normalized.
  public var transcript: String
}

/// How a corpus is laid out in its folder.
///
/// | layout        | recordings                        | transcripts                              | split                     |
/// |---------------|-----------------------------------|------------------------------------------|---------------------------|
/// | `manifest`    | anywhere under the folder         | `manifest.tsv`: path split speaker seconds text | column `split`     |
/// | `commonVoice` | `clips/`                          | `train.tsv`, `dev.tsv`, `test.tsv`: path, sentence, client_id | the table's name |
/// | `librispeech` | `speaker/chapter/*.flac`          | `*.trans.txt` next to them               | from the name of the folder above (`dev-clean`), else `train` |
///
/// A manifest may have a column `group`, the kind of speaker, by which evaluations break down their results. Other
/// columns are ignored.
///
/// A noise clip (without text) of a `train` split counts as `dev` if ``NoiseSplit`` reserves it for evaluation.
public enum CorpusLayout: String, CaseIterable, Sendable {
  /// A folder with `manifest.tsv`.
  case manifest
  /// A Common Voice download.
  case commonVoice = "common-voice"
  /// A LibriSpeech download.
  case librispeech

  /// Detects the layout from the files in the folder.
  ///
  /// - Throws: `noSuchFolder` or `unknownLayout`.
  public static func detect(_ folder: String) throws(CorpusError) -> CorpusLayout {
    try checkFolder(folder)
    if exists(folder + "/manifest.tsv") { return .manifest }
    if exists(folder + "/clips") && ["train", "dev", "test"].contains(where: { exists("\(folder)/\($0).tsv") }) {
      return .commonVoice
    }
    if !transcriptFiles(folder, onlyFirst: true).isEmpty { return .librispeech }
    throw .unknownLayout(path: folder)
  }

  /// Lists every clip of the corpus in the folder, in an order that depends only on its files.
  ///
  /// - Parameter corpus: the corpus's name, for the clips.
  /// - Throws: ``CorpusError``.
  public func clips(in folder: String, corpus: String) throws(CorpusError) -> [CorpusClip] {
    try Self.checkFolder(folder)
    var clips: [CorpusClip]
    switch self {
    case .manifest: clips = try Self.manifestClips(folder, corpus)
    case .commonVoice: clips = try Self.commonVoiceClips(folder, corpus)
    case .librispeech: clips = try Self.librispeechClips(folder, corpus)
    }
    for index in clips.indices
    where clips[index].transcript.isEmpty && clips[index].split == "train"
      && NoiseSplit.isReservedForEvaluation(id: clips[index].id)
    {
      clips[index].split = "dev"
    }
    return clips
  }

  private static func manifestClips(_ folder: String, _ corpus: String) throws(CorpusError) -> [CorpusClip] {
    let table = try TabSeparatedTable(path: folder + "/manifest.tsv")
    let path = try table.index(of: "path")
    let split = try table.index(of: "split")
    let speaker = try table.index(of: "speaker")
    let text = try table.index(of: "text")
    let group = table.columns.firstIndex(of: "group")
    var clips: [CorpusClip] = []
    try table.forEachRow { row throws(CorpusError) in
      clips.append(
        CorpusClip(
          path: folder + "/" + row[path], id: withoutExtension(row[path]), corpus: corpus, speaker: row[speaker],
          group: group.map { row[$0] } ?? "", split: row[split], transcript: row[text]))
    }
    return clips
  }

  private static func commonVoiceClips(_ folder: String, _ corpus: String) throws(CorpusError) -> [CorpusClip] {
    var clips: [CorpusClip] = []
    for split in ["train", "dev", "test"] where exists("\(folder)/\(split).tsv") {
      let table = try TabSeparatedTable(path: "\(folder)/\(split).tsv")
      let path = try table.index(of: "path")
      let sentence = try table.index(of: "sentence")
      let speaker = table.columns.firstIndex(of: "client_id")
      try table.forEachRow { row throws(CorpusError) in
        clips.append(
          CorpusClip(
            path: "\(folder)/clips/\(row[path])", id: withoutExtension(row[path]), corpus: corpus,
            speaker: speaker.map { row[$0] } ?? "", split: split, transcript: row[sentence]))
      }
    }
    return clips
  }

  private static func librispeechClips(_ folder: String, _ corpus: String) throws(CorpusError) -> [CorpusClip] {
    var clips: [CorpusClip] = []
    for file in transcriptFiles(folder, onlyFirst: false) {
      let chapterFolder = (file as NSString).deletingLastPathComponent
      let subset = folderName(chapterFolder + "/../..")
      let split = subset.hasPrefix("dev") ? "dev" : subset.hasPrefix("test") ? "test" : "train"
      let inside = String(chapterFolder.dropFirst(folder.count)).drop { $0 == "/" }
      for line in try TabSeparatedTable.lines(ofFile: file) {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard let name = parts.first else { continue }
        clips.append(
          CorpusClip(
            path: "\(chapterFolder)/\(name).flac", id: inside.isEmpty ? String(name) : "\(inside)/\(name)",
            corpus: corpus, speaker: String(name.prefix { $0 != "-" }), split: split,
            transcript: parts.count == 2 ? String(parts[1]) : ""))
      }
    }
    return clips
  }

  /// Paths of the `*.trans.txt` files under the folder, sorted.
  private static func transcriptFiles(_ folder: String, onlyFirst: Bool) -> [String] {
    var files: [String] = []
    let enumerator = FileManager.default.enumerator(atPath: folder)
    while let file = enumerator?.nextObject() as? String {
      guard file.hasSuffix(".trans.txt") else { continue }
      files.append(folder + "/" + file)
      if onlyFirst { break }
    }
    return files.sorted()
  }

  /// The last component of the folder's path after resolving `..` and links.
  static func folderName(_ folder: String) -> String {
    URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
  }

  private static func checkFolder(_ folder: String) throws(CorpusError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw .noSuchFolder(path: folder)
    }
  }

  private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private static func withoutExtension(_ path: String) -> String { (path as NSString).deletingPathExtension }
}
