import Foundation
import Messages
import ServiceSinks
import Testing

@Suite("Recordings of detections")
struct EventRecordingsTests {
  private let folder: SinkFolder
  private let notes = SinkNotes()
  private var path: String { folder.path + "/kept" }

  init() throws { folder = try SinkFolder() }

  static let canMount: Bool = {
    guard geteuid() == 0, let folder = try? SinkFolder() else { return false }
    guard system("mount -t tmpfs -o size=160k cooee-test '\(folder.path)' 2>/dev/null") == 0 else { return false }
    return system("umount -l '\(folder.path)'") == 0
  }()

  private func recordings(
    seconds: Double = 3, megabytes: Int = 100, path: String? = nil
  ) throws -> EventRecordings {
    var options = RecordingOptions()
    options.folder = path ?? self.path
    options.secondsBefore = seconds
    options.megabytes = megabytes
    return try EventRecordings(options, note: notes.add)
  }

  /// Appends a ramp up to a sample, in pieces as a microphone gives them.
  private func append(_ recordings: EventRecordings, _ range: Range<Int>) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(start + 1_023, range.upperBound)
      let samples = (start..<end).map { Int16(truncatingIfNeeded: $0) }
      samples.withUnsafeBufferPointer { recordings.append(samples: $0) }
      start = end
    }
  }

  private func names(_ ending: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(ending) }.sorted()
  }

  private func content(_ name: String) -> [UInt8] {
    Array(FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data())
  }

  /// The samples of a WAV file with the header that is expected.
  private func samples(_ name: String) throws -> [Int16] {
    let bytes = content(name)
    func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
      bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }
    try #require(bytes.count >= 44)
    #expect(String(decoding: bytes[0..<4] + bytes[8..<16], as: UTF8.self) == "RIFFWAVEfmt ")
    #expect(Int(number(4, UInt32.self)) == bytes.count - 8 && Int(number(40, UInt32.self)) == bytes.count - 44)
    #expect(number(20, UInt16.self) == 1 && number(22, UInt16.self) == 1 && number(24, UInt32.self) == 16_000)
    #expect(number(28, UInt32.self) == 32_000 && number(32, UInt16.self) == 2 && number(34, UInt16.self) == 16)
    return stride(from: 44, to: bytes.count, by: 2).map { number($0, Int16.self) }
  }

  @Test(
    "a file has exactly the samples around the phrase, anywhere in the stream",
    arguments: [
      // phrase, heard so far, heard in the end, samples that are kept
      (100_000..<120_000, 121_000, 140_000, 72_000..<128_000),
      (0..<8_000, 9_000, 20_000, 0..<16_000),
      (10_000..<90_000, 91_000, 98_000, 10_000..<98_000),
      (240_000..<247_000, 247_500, 255_000, 199_000..<255_000),
      (700_000..<720_000, 721_000, 728_000, 672_000..<728_000),
      // longer than what is remembered: 15.5 seconds
      (10_000..<400_000, 400_500, 408_000, 160_000..<408_000),
    ])
  func exactSamples(phrase: Range<Int>, decided: Int, heard: Int, kept: Range<Int>) throws {
    let recordings = try recordings()
    append(recordings, 0..<decided)
    recordings.keep(serviceEvent("hey computer", Int64(phrase.lowerBound)..<Int64(phrase.upperBound)))
    append(recordings, decided..<kept.upperBound)
    #expect(waits { recordings.counts.keptCount == 1 })
    append(recordings, kept.upperBound..<heard)
    recordings.stop()
    let name = "cooee-20260102T030405.678Z-hey-computer"
    #expect(try samples(name + ".wav") == kept.map { Int16(truncatingIfNeeded: $0) })
    let text = String(decoding: content(name + ".json"), as: UTF8.self)
    #expect(
      text
        == #"{"device":"test","phrase":"hey computer","start":\#(Double(phrase.lowerBound) / 16_000),"#
        + #""end":\#(Double(phrase.upperBound) / 16_000),"score":0.75,"detected":true,"threshold":0.25,"#
        + #""time":1767323045.678,"audio":"\#(name).wav","audio_start":\#(Double(kept.lowerBound) / 16_000)}"# + "\n")
    #expect(notes.all.isEmpty)
  }

  @Test(
    "the available part of a phrase is kept at the end, and a phrase without audio is counted")
  func end() throws {
    let recordings = try recordings()
    append(recordings, 0..<30_000)
    recordings.keep(serviceEvent("hey", 10_000..<29_000))
    recordings.keep(serviceEvent("later", 200_000..<210_000))
    recordings.stop()
    #expect(try samples("cooee-20260102T030405.678Z-hey.wav") == (0..<30_000).map { Int16(truncatingIfNeeded: $0) })
    #expect(recordings.counts.keptCount == 1 && recordings.counts.droppedCount == 1)
    #expect(recordings.counts.isFailing == false)
  }

  @Test("only the owner can read the files and the created folder, and no partial files remain")
  func modes() throws {
    func mode(_ path: String) throws -> Int {
      try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    for name in [".cooee-1.partial", "mine.partial"] {
      #expect(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data([1])))
    }
    try recordings().stop()
    #expect(names("partial") == ["mine.partial"])
    try FileManager.default.removeItem(atPath: path)
    let recordings = try recordings()
    append(recordings, 0..<40_000)
    recordings.keep(serviceEvent("../../etc/passwd", 10_000..<20_000))
    recordings.stop()
    #expect(try mode(path) == 0o700)
    #expect(names("") == ["cooee-20260102T030405.678Z-etc-passwd.json", "cooee-20260102T030405.678Z-etc-passwd.wav"])
    for name in names("") { #expect(try mode("\(path)/\(name)") == 0o600) }
  }

  @Test("the oldest recordings are deleted with their descriptions, and other files stay")
  func limit() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let foreign = [
      "notes.wav", "cooee-20200101T000000.000Z-a.txt", "cooee-20200101T000000.000Z.wav", "cooee-2020-hey.wav",
    ]
    for name in foreign {
      #expect(FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(count: 1_500_000)))
    }
    let folderName = "cooee-20200101T000000.000Z-a.wav"
    let linkName = "cooee-20200101T000001.000Z-a.wav"
    try FileManager.default.createDirectory(atPath: "\(path)/\(folderName)", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: "\(path)/\(linkName)", withDestinationPath: "notes.wav")
    let recordings = try recordings(megabytes: 1)
    append(recordings, 0..<100_000)
    for index in 0..<12 {
      recordings.keep(serviceEvent("number \(index)", 50_000..<60_000, milliseconds: 1_767_323_045_678 + Int64(index)))
    }
    #expect(waits { recordings.counts.keptCount == 12 })
    recordings.stop()
    let phrases = names(".wav").filter { $0.contains("number") }
    // 112 kB each of the million
    #expect(phrases.count == 8 && phrases.last?.hasSuffix("number-11.wav") == true, "\(phrases)")
    #expect(names(".json").map { $0.dropLast(5) } == phrases.map { $0.dropLast(4) })
    for name in foreign + [folderName, linkName] { #expect(names("").contains(name), "\(name) is gone") }
    #expect(recordings.counts.keptCount == 12 && recordings.counts.droppedCount == 0)
    #expect(recordings.counts.isFailing == false)
  }

  @Test("if the clock is set back, recordings of this run stay and older ones are deleted")
  func clockStepsBack() throws {
    for run in 0..<2 {
      let recordings = try recordings(megabytes: 1)
      append(recordings, 0..<100_000)
      for index in 0..<8 {
        recordings.keep(
          serviceEvent(
            "run \(run) number \(index)", 50_000..<60_000,
            milliseconds: (run == 0 ? 1_767_323_045_678 : 946_684_800_000) + Int64(index)))
      }
      #expect(waits { recordings.counts.keptCount == 8 })
      recordings.stop()
      #expect(names(".wav").count == 8 && names(".wav").allSatisfy { $0.contains("run-\(run)") }, "\(names(".wav"))")
    }
  }

  @Test("a missing folder is reported once and not created again, and its return is reported")
  func vanishedFolder() throws {
    let recordings = try recordings(seconds: 0.5)
    append(recordings, 0..<40_000)
    try FileManager.default.removeItem(atPath: path)
    for index in 1...3 {
      recordings.keep(serviceEvent("hey", 10_000..<20_000))
      #expect(waits { recordings.counts.droppedCount == index })
    }
    #expect(recordings.counts.isFailing && !FileManager.default.fileExists(atPath: path))
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    for index in 1...2 {
      recordings.keep(serviceEvent("hey", 10_000..<20_000))
      #expect(waits { recordings.counts.keptCount == index })
    }
    recordings.stop()
    guard notes.all.count == 2, notes.all[0].severity == .warning else {
      Issue.record("\(notes.all)")
      return
    }
    let failure = notes.all[0].text
    #expect(failure.contains(path) && failure.contains("No such file or directory"))
    #expect(notes.all[1] == .notice("keeping audio in \(path) again"))
    #expect(names(".wav").count == 2 && names(".json").count == 2)
  }

  @Test(
    "a full disk is reported once, leaves no partial files, and is used again when there is space",
    .enabled(if: canMount, "only root mounts a small disk, and in a container only with CAP_SYS_ADMIN"))
  func fullDisk() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try #require(system("mount -t tmpfs -o size=160k cooee-test '\(path)'") == 0, "no disk can be mounted")
    defer { _ = system("umount -l '\(path)'") }
    let recordings = try recordings()
    append(recordings, 0..<100_000)
    for _ in 0..<4 { recordings.keep(serviceEvent("hey", 60_000..<70_000)) }
    #expect(waits { recordings.counts.keptCount + recordings.counts.droppedCount == 4 })
    #expect(recordings.counts.keptCount == 1 && recordings.counts.droppedCount == 3)
    #expect(recordings.counts.isFailing == true)
    #expect(names("") == ["cooee-20260102T030405.678Z-hey.json", "cooee-20260102T030405.678Z-hey.wav"])
    #expect(notes.all.count == 1 && notes.count(of: "No space left on device") == 1, "\(notes.all)")
    for name in names("") { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    recordings.keep(serviceEvent("hey", 60_000..<70_000))
    recordings.stop()
    #expect(try samples("cooee-20260102T030405.678Z-hey.wav").count == 56_000)
    #expect(notes.all.dropFirst() == [.notice("keeping audio in \(path) again")])
  }

  @Test("detections beyond the waiting limit are counted, and all others are kept, even at the same time")
  func mostWaiting() throws {
    let recordings = try recordings(seconds: 0.5)
    append(recordings, 0..<20_000)
    for _ in 0..<EventRecordings.mostWaiting + 8 { recordings.keep(serviceEvent("hey", 10_000..<20_000)) }
    #expect(recordings.counts.droppedCount == 8)
    append(recordings, 20_000..<28_000)
    #expect(waits { recordings.counts.keptCount == EventRecordings.mostWaiting })
    recordings.stop()
    #expect(names(".wav").count == EventRecordings.mostWaiting && names(".json").count == EventRecordings.mostWaiting)
    #expect(names(".wav").contains("cooee-20260102T030405.678Z-hey-\(EventRecordings.mostWaiting).wav"))
  }

  @Test(
    "a path that cannot be a folder is rejected with code 73 and its path",
    arguments: ["file", "none/below", "file/below"])
  func refusedPlace(place: String) throws {
    _ = folder.write("file", "")
    do {
      try recordings(path: "\(folder.path)/\(place)").stop()
      Issue.record("\(place) is accepted")
    } catch let failure as Failure {
      #expect(
        failure.code == .cannotCreate && failure.message.contains("\(folder.path)/\(place)"), "\(failure.message)")
    }
  }
}
