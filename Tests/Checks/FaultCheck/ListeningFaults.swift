import Foundation

/// A program that processes a stream, and faults of its files and of the clock in the meantime.
///
/// In every case, the events are those of an undisturbed run.
struct ListeningFaults {
  let program: FaultedProgram
  /// `listen` or `serve`, and its options.
  let command: [String]
  let phrases: String
  /// A copy of the model, to which the faults apply.
  let model: String
  /// PCM audio with phrases in both halves.
  let samples: [UInt8]

  private struct Fault: Sendable {
    var kind: String
    /// The program's message about it, after which the check continues.
    var message: String?
    var act: @Sendable () -> Void
  }

  func run(_ table: inout FaultTable) {
    let phraseBytes = bytes(of: phrases)!
    let modelBytes = bytes(of: model)!
    let manager = FileManager.default
    let (expected, _) = listen(nil)
    guard expected.count >= 4 else {
      return table.note("\(command[0]): undisturbed", problem: "\(expected.count) events")
    }
    let before = "keeping the previous phrases"
    var faults = [
      Fault(kind: "\(command[0]): phrase file damaged", message: before) { overwrite(phrases, []) },
      Fault(kind: "\(command[0]): phrase file damaged", message: before) {
        overwrite(phrases, Array(phraseBytes.prefix(phraseBytes.count / 2)))
      },
      Fault(kind: "\(command[0]): phrase file damaged", message: before) {
        var damaged = phraseBytes
        damaged[damaged.count / 2] ^= 0x40
        overwrite(phrases, damaged)
      },
      Fault(kind: "\(command[0]): phrase file damaged", message: before) {
        overwrite(phrases, (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
      },
      Fault(kind: "\(command[0]): phrase file replaced", message: before) {
        unlink(phrases)
        mkdir(phrases, 0o700)
      },
      Fault(kind: "\(command[0]): phrase file replaced", message: "now listening") {
        overwrite(phrases + "-new", phraseBytes)
        rename(phrases + "-new", phrases)
      },
      Fault(kind: "\(command[0]): phrase file replaced", message: nil) { unlink(phrases) },
      Fault(kind: "\(command[0]): model replaced", message: nil) {
        overwrite(model + "-new", Array(modelBytes.reversed()))
        rename(model + "-new", model)
      },
      Fault(kind: "\(command[0]): model replaced", message: nil) { unlink(model) },
    ]
    for device in ["/dev/null", "/dev/zero"] {
      faults.append(
        Fault(kind: "\(command[0]): phrase file replaced", message: device == "/dev/null" ? before : nil) {
          unlink(phrases)
          symlink(device, phrases)
        })
    }
    for fault in faults {
      let (events, messages) = listen(fault)
      try? manager.removeItem(atPath: phrases)
      overwrite(phrases, phraseBytes)
      overwrite(model, modelBytes)
      var problem: String?
      if events != expected { problem = "\(events.count) events in place of \(expected.count): \(messages)" }
      if let told = fault.message, messages.components(separatedBy: told).count != 2 {
        problem = "not reported: \(messages)"
      }
      let lines = messages.split(separator: "\n")
      if let told = lines.first(where: { line in lines.count { $0 == line } > 1 }) { problem = "repeated: \(told)" }
      table.note(fault.kind, problem: problem)
    }
    for step in ["0:86400", "0:-86400", "0.5:86400", "0.5:-1000000", "0.5:4000000000"] {
      let started = Date().timeIntervalSince1970
      let (events, messages) = listen(nil, clockStep: step)
      var problem = events == expected ? nil : "\(step): other events; \(messages)"
      // The time of day in a service's output is that of the clock, which has stepped by the last event.
      let seconds = Double(step.split(separator: ":")[1])!
      if command[0] == "serve", !(0..<60).contains((timeOfLastEvent ?? 0) - seconds - started) {
        problem = "\(step): the last event is of \(timeOfLastEvent ?? 0), begun at \(started)"
      }
      table.note("\(command[0]): clock step", problem: problem)
    }
  }

  /// The time of day in a service's last line, in seconds; `nil` if there is none.
  private var timeOfLastEvent: Double? {
    guard let last = text(of: program.folder + "/output").split(separator: "\n").last,
      let event = try? JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    else { return nil }
    return event["time"] as? Double
  }

  /// Processes the stream, with a fault halfway.
  ///
  /// - Returns: the lines of the events, and the messages.
  private func listen(_ fault: Fault?, clockStep: String? = nil) -> (events: [String], messages: String) {
    var program = program
    program.environment["COOEE_CLOCK_STEP"] = clockStep
    let samples = samples
    let messages = program.folder + "/messages"
    unlink(messages)
    let run = program.run(
      command + ["--device", "stdin", "--model", model, "--phrases", phrases, "--json"],
      stream: { stream in
        let half = samples.count / 4 * 2
        Self.write(samples[..<half], stream)
        // The pipe has been read when the events of the first half may be reported.
        var waiting: Int32 = 1
        let limit = Date(timeIntervalSinceNow: 30)
        while waiting > 0, Date() < limit {
          guard ioctl(stream, UInt(FIONREAD), &waiting) == 0 else { break }
          usleep(10_000)
        }
        fault?.act()
        while let told = fault?.message, !text(of: messages).contains(told), Date() < limit { usleep(20_000) }
        // A clock that steps half a second after the start does so between the halves.
        if clockStep != nil { usleep(600_000) }
        Self.write(samples[half...], stream)
      })
    // A service adds the time of day at the end.
    let lines = run.output.split(separator: "\n").map { $0.components(separatedBy: ",\"time\":")[0] }
    return (run.hung || !run.succeeded ? [] : lines, run.messages)
  }

  private static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) {
    bytes.withUnsafeBytes { all in
      var written = 0
      while written < all.count {
        let count = Glibc.write(descriptor, all.baseAddress! + written, all.count - written)
        if count <= 0 { return }
        written += count
      }
    }
  }
}
