import Foundation
import KeywordSpotting

/// Why the frame posteriors of another recognizer cannot be used.
public enum TeacherError: Error, Equatable, CustomStringConvertible {
  /// A file of the folder cannot be read.
  case cannotRead(path: String, reason: String)
  /// The range of frames in a line is invalid. Lines count from 1.
  case malformedLine(path: String, line: Int)
  /// The ranges in the table exceed the frames in the file.
  case tooShort(path: String, frames: Int, wanted: Int)
  /// The table contains no utterance of the corpus.
  case noneKnown(path: String)

  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "cannot read \(path) (\(reason)); --teacher takes a folder with teacher.bin and teacher.tsv"
    case .malformedLine(let path, let line):
      "\(path), line \(line): a line needs four columns separated by tabs: corpus, utterance, first frame, frame count"
    case .tooShort(let path, let frames, let wanted):
      "\(path) has \(frames) frames of 40 bytes, but its table names \(wanted); write both files again, together"
    case .noneKnown(let path):
      "\(path) names no utterance of the corpus; its first two columns are the corpus' folder and the recording's path in it, without the extension"
    }
  }
}

/// Frame posteriors of another recognizer for the training recordings: soft targets of the frame loss.
///
/// A folder with two files:
///
/// | file | contents |
/// |---|---|
/// | `teacher.bin` | `u8[frames, 40]`: probability · 255 of each class, 39 = silence; a frame each 10 ms, frame t about sample 160 t + 200 |
/// | `teacher.tsv` | a line an utterance, without a heading: corpus, utterance (path without extension), first frame, frame count |
///
/// The frames are memory-mapped. Safe to use from several threads.
public final class TeacherPosteriors: Sendable {
  private static let frameSamples = 160
  private static let centre = 200
  private let folder: String
  private let frames: Data
  /// Frames of each utterance, by corpus and id.
  private let ranges: [String: Range<Int>]
  /// Identifies the posteriors. A resumed run must find the same value.
  public let fingerprint: String

  /// Reads the table and maps the frames.
  ///
  /// - Throws: ``TeacherError``, except ``TeacherError/noneKnown(path:)``, which ``check(_:)`` throws.
  public init(folder: String) throws(TeacherError) {
    self.folder = folder
    let table = folder + "/teacher.tsv"
    let path = folder + "/teacher.bin"
    let text: Data
    do { text = try Data(contentsOf: URL(fileURLWithPath: table)) } catch {
      throw .cannotRead(path: table, reason: error.localizedDescription)
    }
    do { frames = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
    var ranges: [String: Range<Int>] = [:]
    var wanted = 0
    for (number, line) in String(decoding: text, as: UTF8.self).split(separator: "\n").enumerated() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 4, let first = Int(fields[2]), let count = Int(fields[3]), first >= 0, count >= 0,
        first <= Int.max / 128, count <= Int.max / 128
      else { throw .malformedLine(path: table, line: number + 1) }
      ranges[Self.key(String(fields[0]), String(fields[1]))] = first..<first + count
      wanted = max(wanted, first + count)
    }
    guard frames.count >= wanted * Phoneme.classCount else {
      throw .tooShort(path: path, frames: frames.count / Phoneme.classCount, wanted: wanted)
    }
    self.ranges = ranges
    fingerprint = "teacher \(ranges.count) utterances \(wanted) frames"
  }

  private static func key(_ corpus: String, _ id: String) -> String { corpus + "\t" + id }

  /// Checks that the table contains at least one of the utterances.
  ///
  /// - Throws: ``TeacherError/noneKnown(path:)``.
  public func check(_ utterances: [Utterance]) throws(TeacherError) {
    if utterances.allSatisfy({ frameRange(of: $0) == nil }) { throw .noneKnown(path: folder + "/teacher.tsv") }
  }

  private func frameRange(of utterance: Utterance) -> Range<Int>? {
    ranges[Self.key(utterance.corpus, utterance.id)].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The frames of an utterance; nil if it has none.
  func posteriors(of utterance: Utterance) -> Posteriors? {
    frameRange(of: utterance).map { Posteriors(frames: frames, range: $0) }
  }

  /// The frames of one utterance.
  struct Posteriors {
    fileprivate let frames: Data
    fileprivate let range: Range<Int>

    /// Appends the 40 probabilities · 255 of the frame nearest to a sample.
    func append(atSample sample: Int, to rows: inout [UInt8]) {
      let nearest = (sample - centre + frameSamples / 2) / frameSamples
      let row = frames.startIndex + (range.lowerBound + min(max(nearest, 0), range.count - 1)) * Phoneme.classCount
      rows.append(contentsOf: frames[row..<row + Phoneme.classCount])
    }
  }
}
