import ArgumentParser
import AudioFiles
import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment

struct EnduranceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "endurance",
    abstract: "Run hours of audio through cooee serve and check memory, lost events, lost samples and latency.",
    discussion: """
      Starts cooee serve with a stream of recordings on stdin, in random order, and processes the same samples with the \
      library. The exit status is 1 if events or samples are missing or surplus, if memory grows by more than 1 MB after \
      the first hour, or if events are late.

      With --pace the stream runs at that multiple of real time. Latency is the time from writing the audio that decides an \
      event to reading the line of the event. Without --pace the stream runs as fast as cooee serve reads it.

      Arguments after -- are passed to cooee serve.

      Examples:
        cooee-bench endurance --phrases phrases.cooeep --hours 24 --audio speech/
        cooee-bench endurance --phrases phrases.cooeep --hours 0.2 --pace 1
        cooee-bench endurance --phrases phrases.cooeep --hours 24 -- --keep-audio /tmp/kept --wyoming 127.0.0.1:0
      """)

  @OptionGroup var options: BenchModelOptions
  @Option(help: "Phrase file.")
  var phrases: String
  @Option(help: "Hours of audio.")
  var hours = 24.0
  @Option(help: "A recording or a folder of recordings. You can repeat the option (default: the tests' recordings).")
  var audio: [String] = []
  @Option(help: "Speed of the stream as a multiple of real time (default: as fast as cooee serve reads).")
  var pace: Double?
  @Option(help: "Random seed of the order.")
  var seed: UInt64 = 1
  @Option(help: "The cooee program (default: the one in the folder of cooee-bench).")
  var program: String?
  @Flag(help: "Print JSON.")
  var json = false
  @Argument(parsing: .postTerminator, help: "Options of cooee serve.")
  var serve: [String] = []

  func validate() throws {
    guard hours > 0, hours <= 10_000, pace ?? 1 > 0 else { throw ValidationError("--hours and --pace must be above 0") }
  }

  func run() throws {
    let model = try options.modelPath()
    let (acousticModel, _) = try options.open()
    let enrollments = try readPhrases()
    let clips = try BenchAudio.clips(audio.isEmpty ? [BenchAudio.testRecordings] : audio)
    let service = try ServiceUnderTest(
      program ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/cooee",
      ["--model", model, "--phrases", phrases, "--json"] + serve)
    var listener = OfflineListener(acousticModel, enrollments)
    var stream = EnduranceStream(clips, seed: seed)
    let total = Int64(hours * 3_600 * 16_000)
    var sent: Int64 = 0
    let start = ProcessUsage.seconds(CLOCK_MONOTONIC)
    var memory: [EnduranceReport.Memory] = []
    var nextNote = start + 10
    while sent < total {
      // 10 ms when latency is measured: an event must not wait for the rest of its block.
      let samples = stream.next(atMost: Int(min(total - sent, pace == nil ? 16_000 : 160)))
      if let pace {
        let due = start + Double(sent + Int64(samples.count)) / 16_000 / pace
        let wait = due - ProcessUsage.seconds(CLOCK_MONOTONIC)
        if wait > 0 { usleep(UInt32(wait * 1e6)) }
      }
      let written = ProcessUsage.seconds(CLOCK_MONOTONIC)
      try service.write(samples)
      listener.hear(samples, at: written)
      let hour = sent / 57_600_000
      sent += Int64(samples.count)
      if sent / 57_600_000 > hour || memory.isEmpty,
        let resident = ResidentMemory(process: "\(service.processIdentifier)")
      {
        memory.append(
          .init(hours: Double(sent) / 57_600_000, bytes: resident.anonymousBytes + resident.fileMappedBytes))
      }
      if written > nextNote {
        nextNote = written + 10
        let left = (written - start) * Double(total - sent) / Double(sent)
        note(String(format: "%.2f of %.2f h, %.0f min left", Double(sent) / 57_600_000, hours, left / 60))
      }
    }
    listener.finish(at: ProcessUsage.seconds(CLOCK_MONOTONIC))
    if let resident = ResidentMemory(process: "\(service.processIdentifier)") {
      memory.append(.init(hours: hours, bytes: resident.anonymousBytes + resident.fileMappedBytes))
    }
    let (events, messages, exitCode) = try service.finish()
    let report = EnduranceReport(
      hours: hours, seconds: ProcessUsage.seconds(CLOCK_MONOTONIC) - start, expected: listener.events, heard: events,
      memory: memory, summary: messages.last { $0.hasPrefix("listened for") } ?? "", exitCode: exitCode,
      measuresLateness: pace != nil)
    if json { try printJSON(report) } else { print(report.text) }
    if let problem = report.problem {
      for message in messages.suffix(20) { note(message) }
      throw failure(1, problem)
    }
  }

  private func readPhrases() throws -> [Enrollment] {
    let bytes = try BenchFiles.map(phrases, purpose: "the phrase file")
    do throws(PhraseFileError) {
      return try PhraseFile(bytes).phrases.map(\.enrollment)
    } catch {
      throw failure(65, "the phrase file \(phrases) is not usable: \(error)")
    }
  }

  private func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}

/// An event in the form in which service and library are compared.
struct EnduranceEvent: Equatable {
  var phrase: String
  var start: Double
  var end: Double
  var score: Float
  /// When its audio was written, or its line read: the monotonic clock in seconds.
  var time: Double

  static func == (first: Self, second: Self) -> Bool {
    first.phrase == second.phrase && first.start == second.start && first.end == second.end
      && first.score == second.score
  }
}

/// Processes the service's input with the library.
private struct OfflineListener {
  private let spotter: KeywordSpotter
  private(set) var events: [EnduranceEvent] = []

  init(_ model: AcousticModel, _ enrollments: [Enrollment]) {
    spotter = KeywordSpotter(model: model, enrollments: enrollments)
  }

  mutating func hear(_ samples: ArraySlice<Int16>, at time: Double) {
    var detections: [Detection] = []
    samples.withUnsafeBufferPointer { spotter.process($0) { detections.append($0) } }
    note(detections, time)
  }

  mutating func finish(at time: Double) {
    var detections: [Detection] = []
    spotter.finish { detections.append($0) }
    note(detections, time)
  }

  private mutating func note(_ detections: [Detection], _ time: Double) {
    for detection in detections {
      events.append(
        EnduranceEvent(
          phrase: spotter.enrollments[detection.phraseIndex].text, start: Double(detection.startSample) / 16_000,
          end: Double(detection.endSample) / 16_000, score: detection.score, time: time))
    }
  }
}
