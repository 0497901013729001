import Foundation
import KeywordSpotting
import Training

/// Why a file of a comparison's run could not be used. Lines are counted from 1.
public enum RunFileError: Error, Equatable, Sendable {
  /// The file cannot be read.
  case unreadable(path: String)
  /// A line does not have the expected columns.
  case malformedLine(path: String, line: Int, expected: String)
  /// The file lacks data that its use requires.
  case incomplete(path: String, reason: String)
}

extension RunFileError: CustomStringConvertible {
  /// The error and its file in one line.
  public var description: String {
    switch self {
    case .unreadable(let path): "cannot read \(path); the run may not have finished"
    case .malformedLine(let path, let line, let expected): "\(path), line \(line): expected \(expected), tab-separated"
    case .incomplete(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// The scored pairs of a run, `pairs.tsv`: `kind label score anchor`, one pair per line under that header.
///
/// `kind` is a ``PairKind``, `label` 1 for a match and 0 otherwise, `anchor` the index of the anchor. The last column
/// is optional. Further columns are ignored.
public struct RunPairs: Equatable, Sendable {
  /// The name of the file in a run's folder.
  public static let fileName = "pairs.tsv"

  /// A pair and its score.
  public struct Item: Equatable, Sendable {
    /// The kind of the pair.
    public var kind: PairKind
    /// The score. Larger values indicate a match.
    public var score: Double
    /// The anchor; `nil` if the file has no such column.
    public var anchorIndex: Int?

    /// Creates a scored pair.
    public init(kind: PairKind, score: Double, anchorIndex: Int? = nil) {
      self.kind = kind
      self.score = score
      self.anchorIndex = anchorIndex
    }
  }

  /// The pairs in the order of the file.
  public var items: [Item]

  /// Creates a list of scored pairs.
  public init(items: [Item]) { self.items = items }

  /// Combines the pairs of a list with their scores.
  ///
  /// - Parameter scores: one per pair of the list.
  ///
  /// - Throws: ``RunFileError``.
  public init(list: PairList, scores: [Double]) {
    precondition(list.pairs.count == scores.count)
    items = zip(list.pairs, scores).map { Item(kind: $0.kind, score: $1, anchorIndex: $0.anchorIndex) }
  }

  /// Reads `pairs.tsv` in a run's folder.
  public init(folder: URL) throws(RunFileError) {
    let expected = "kind (own, positive, easy, hard), label (0, 1) and score"
    let path = folder.appendingPathComponent(Self.fileName).path
    items = []
    for (number, columns) in try RunFile.lines(path) where number > 1 {
      guard columns.count >= 3, let kind = PairKind(rawValue: String(columns[0])), let score = Double(columns[2]),
        !score.isNaN, columns[1] == (kind == .own || kind == .positive ? "1" : "0")
      else { throw .malformedLine(path: path, line: number, expected: expected) }
      items.append(Item(kind: kind, score: score, anchorIndex: columns.count > 3 ? Int(columns[3]) : nil))
    }
  }

  /// Writes `pairs.tsv` to a run's folder.
  public func write(folder: URL) throws {
    let hasAnchors = items.allSatisfy { $0.anchorIndex != nil }
    var text = hasAnchors ? "kind\tlabel\tscore\tanchor\n" : "kind\tlabel\tscore\n"
    for item in items {
      let label = item.kind == .own || item.kind == .positive ? 1 : 0
      text += "\(item.kind.rawValue)\t\(label)\t\(item.score)"
      text += hasAnchors ? "\t\(item.anchorIndex!)\n" : "\n"
    }
    try text.replaceFile(at: folder.appendingPathComponent(Self.fileName).path)
  }

  /// The operating points against one kind of negative. Positives are those of ``PositiveConvention/otherSpeakers``:
  /// recordings from other speakers, and the own recording of an anchor without any (in a file without anchors, only if
  /// there are none).
  ///
  /// - Returns: `nil` if there are no positives or no negatives.
  public func metrics(against negatives: PairKind) -> RankingMetrics? {
    let others = items.filter { $0.kind == .positive }
    let served = Set(others.map(\.anchorIndex))
    let own = items.filter { $0.kind == .own && !served.contains($0.anchorIndex) }
    let against = items.filter { $0.kind == negatives }
    guard !(others + own).isEmpty, !against.isEmpty else { return nil }
    return RankingMetrics(positives: (others + own).map(\.score), negatives: against.map(\.score))
  }
}

/// Phoneme embeddings of a run, `embeddings.tsv`: `modality phoneme e0 … eD−1`, one per line under that header.
///
/// `modality` is `audio` or `text`, `phoneme` an ARPAbet name.
public struct RunEmbeddings: Equatable, Sendable {
  /// The name of the file in a run's folder.
  public static let fileName = "embeddings.tsv"

  /// The encoder that an embedding is from.
  public enum Modality: String, CaseIterable, Sendable { case audio, text }

  /// One embedding.
  public struct Item: Equatable, Sendable {
    /// The encoder that it is from.
    public var modality: Modality
    /// The phoneme.
    public var phoneme: Phoneme
    /// `[D]`, the embedding.
    public var vector: [Float]

    /// Creates an embedding.
    public init(modality: Modality, phoneme: Phoneme, vector: [Float]) {
      self.modality = modality
      self.phoneme = phoneme
      self.vector = vector
    }
  }

  /// The embeddings. All vectors have the same length.
  public var items: [Item]

  /// Creates a list of embeddings.
  ///
  /// - Throws: ``RunFileError``.
  public init(items: [Item]) { self.items = items }

  /// Reads `embeddings.tsv` in a run's folder.
  public init(folder: URL) throws(RunFileError) {
    let expected = "modality (audio, text), an ARPAbet phoneme and as many finite numbers as in the lines before"
    let path = folder.appendingPathComponent(Self.fileName).path
    items = []
    for (number, columns) in try RunFile.lines(path) where number > 1 {
      let vector = columns.dropFirst(2).compactMap { Float($0) }
      guard columns.count > 2, let modality = Modality(rawValue: String(columns[0])),
        let phoneme = Phoneme(arpabet: String(columns[1])), vector.count == columns.count - 2,
        vector.allSatisfy(\.isFinite), vector.count == items.first?.vector.count ?? vector.count
      else { throw .malformedLine(path: path, line: number, expected: expected) }
      items.append(Item(modality: modality, phoneme: phoneme, vector: vector))
    }
  }

  /// Writes `embeddings.tsv` to a run's folder.
  public func write(folder: URL) throws {
    let dimension = items.first?.vector.count ?? 0
    var text = "modality\tphoneme" + (0..<dimension).map { "\te\($0)" }.joined() + "\n"
    for item in items {
      text += "\(item.modality.rawValue)\t\(item.phoneme.arpabet)" + item.vector.map { "\t\($0)" }.joined() + "\n"
    }
    try text.replaceFile(at: folder.appendingPathComponent(Self.fileName).path)
  }
}

enum RunFile {
  /// The columns of each nonempty line, with the line's number from 1.
  static func lines(_ path: String) throws(RunFileError) -> [(number: Int, columns: [Substring])] {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().filter { !$0.element.isEmpty }.map { index, line in
      (index + 1, line.split(separator: "\t", omittingEmptySubsequences: false))
    }
  }
}
