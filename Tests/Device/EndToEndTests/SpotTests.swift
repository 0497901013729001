import Glibc
import Testing

@Suite("cooee spot and cooee score")
struct SpotTests {
  private let cooee = Program(environment: ["COOEE_MODELS": TestModels.untrained])
  private let phrases: String

  init() {
    phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    #expect(cooee.run(["enroll", "hey computer", "--to", phrases]).exitCode == 0)
  }

  private func recording(hertz: Int = 16_000, channels: Int = 1, seconds: Double = 1) -> String {
    let count = Int(seconds * Double(hertz)) * channels
    let samples = (0..<count).map { Int16(truncatingIfNeeded: ($0 * 7_919) % 2_000 - 1_000) }
    return TemporaryFolder.shared.write(
      waveFile(hertz: hertz, channels: channels, samples: samples), "recording-\(hertz)-\(channels).wav")
  }

  @Test(
    "any sample rate and channel count is accepted", arguments: [(8_000, 1), (44_100, 2), (48_000, 6), (96_000, 1)])
  func anyFormat(format: (hertz: Int, channels: Int)) {
    let path = recording(hertz: format.hertz, channels: format.channels)
    let run = cooee.run(["spot", "--phrases", phrases, path])
    #expect(run.exitCode == 0, "\(run.messages)")
  }

  @Test("unusable recordings are reported by name with their exit status")
  func badRecordings() {
    let text = TemporaryFolder.shared.write(Array("a letter".utf8), "letter.txt")
    let empty = TemporaryFolder.shared.write([], "empty.wav")
    let silent = recording(seconds: 0)
    let slow = recording(hertz: 100)
    let opus = contents(of: TestModels.recordings + "/hey-computer-1.opus")
    let headerOnly = TemporaryFolder.shared.write(Array(opus.prefix(60)), "header-only.opus")
    for (path, code) in [
      ("/nonexistent/a.wav", 66), ("/tmp", 66), (text, 65), (empty, 65), (silent, 65), (slow, 65), (headerOnly, 65),
    ] {
      let run = cooee.run(["spot", "--phrases", phrases, path])
      #expect(run.exitCode == Int32(code), "\(path): \(run.messages)")
      #expect(run.messages.contains(path), "\(run.messages)")
      #expect(run.output.isEmpty)
    }
  }

  @Test("one bad recording does not keep the others from being searched")
  func othersAreStillSearched() {
    let run = cooee.run(["spot", "--phrases", phrases, recording(), "/nonexistent/a.wav", recording()])
    #expect(run.exitCode == 66)
    #expect(run.messages.contains("/nonexistent/a.wav"))
    #expect(run.messages.contains("1 of 3"))
  }

  @Test("each phrase and moment has one candidate, however many pronunciations the phrase has")
  func oneCandidateForAMoment() {
    var released = cooee
    released.environment["COOEE_MODELS"] = TestModels.withoutSpeech
    let phrases = TemporaryFolder.shared.newPath("phrases.cooeep")
    for phrase in ["the computer", "hey computer"] {
      #expect(released.run(["enroll", phrase, "--to", phrases]).exitCode == 0)
    }
    let listed = released.run(["phrases", "--phrases", phrases]).lines
    #expect(listed.first?.contains(", ") == true, "one pronunciation only: \(listed)")
    let command = ["spot", "--phrases", phrases, TestModels.recordings + "/hey-computer-1.opus"]
    let run = released.run(command + ["--candidates"])
    // FILE START - END s SCORE PHRASE
    let events = run.lines.map { line in
      let words = line.split(separator: " ")
      let phrase = words.firstIndex(of: "computer").map { "\(words[$0 - 1])" } ?? ""
      return (phrase: phrase, start: Double(words[1]) ?? -1, end: Double(words[3]) ?? -1)
    }
    for phrase in ["the", "hey"] {
      let own = events.filter { $0.phrase == phrase }.sorted { $0.start < $1.start }
      #expect(!own.isEmpty, "\(run.output)")
      for (first, second) in zip(own, own.dropFirst()) { #expect(first.end <= second.start, "\(run.output)") }
    }
    #expect(run.lines.filter { !$0.hasSuffix("(not detected)") } == released.run(command).lines)
  }

  @Test("raw samples are read from stdin, and empty input is an error")
  func standardInput() {
    var piped = cooee
    piped.input = TemporaryFolder.shared.write([UInt8](repeating: 3, count: 32_001), "samples.raw")
    #expect(piped.run(["spot", "--phrases", phrases, "-"]).exitCode == 0)
    let none = cooee.run(["spot", "--phrases", phrases, "-"])
    #expect(none.exitCode == 65)
    #expect(none.messages.contains("standard input"))
  }

  @Test("pairs are scored in order, and bad lines are reported by number")
  func pairsKeepTheirOrder() {
    let clip = TestModels.recordings + "/hey-computer-1.opus"
    let pairs = [
      "\(clip)\they computer", "no tab here", "\(clip)\tgood morning", "/nonexistent/a.wav\they computer", "",
      "\(clip)\t語", "\(recording())\they computer\r",
    ]
    let list = TemporaryFolder.shared.write(Array(pairs.joined(separator: "\n").utf8), "pairs.tsv")
    let run = cooee.run(["score", "--pairs", list, "--json"])
    #expect(run.exitCode == 65)
    let lines = run.lines
    #expect(lines.count == 6)
    guard lines.count == 6 else { return }
    #expect(lines[0].hasPrefix(#"{"file":"\#(clip)","phrase":"hey computer","score":"#))
    #expect(lines[1] == #"{"file":"no tab here","phrase":"","score":null}"#)
    #expect(lines[2].contains(#""phrase":"good morning","score":"#))
    #expect(lines[3] == #"{"file":"/nonexistent/a.wav","phrase":"hey computer","score":null}"#)
    #expect(lines[4].hasSuffix(#""phrase":"語","score":null}"#))
    #expect(lines[5].contains(#""phrase":"hey computer","score":"#))
    for number in [2, 4, 6] { #expect(run.messages.contains("line \(number): "), "\(run.messages)") }
  }

  @Test("a missing or empty list of pairs is rejected")
  func badPairLists() {
    #expect(cooee.run(["score", "--pairs", "/nonexistent/pairs.tsv"]).exitCode == 66)
    let empty = TemporaryFolder.shared.write(Array("\n\n".utf8), "pairs.tsv")
    #expect(cooee.run(["score", "--pairs", empty]).exitCode == 65)
  }

  @Test("twenty minutes of audio are searched within 20 MB")
  func memoryStaysSmall() {
    let path = recording(seconds: 1_200)
    let run = cooee.run(["spot", "--phrases", phrases, path])
    #expect(run.exitCode == 0)
    #expect(run.peakKilobytes < 20_000, "\(run.peakKilobytes) KB")
    unlink(path)
  }
}

/// Bytes of a 16-bit WAV file.
func waveFile(hertz: Int, channels: Int, samples: [Int16]) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let data = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
  var file = Array("RIFF".utf8) + little(36 + data.count, 4) + Array("WAVEfmt ".utf8)
  file += little(16, 4) + little(1, 2) + little(channels, 2) + little(hertz, 4)
  file += little(hertz * channels * 2, 4) + little(channels * 2, 2) + little(16, 2)
  return file + Array("data".utf8) + little(data.count, 4) + data
}
