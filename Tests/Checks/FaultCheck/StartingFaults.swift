import Foundation

/// A program that processes a recording to its end, and faults of its system calls.
///
/// In every case, the events are the first ones of an undisturbed run, and all of them unless the program reports an
/// error. The files that it read are unchanged. A service may retry forever if it reports that it retries.
struct StartingFaults {
  let name: String
  let program: FaultedProgram
  /// The whole command, which reads stdin.
  let arguments: [String]
  /// The path of PCM audio with phrases.
  let recording: String
  /// The other files that are read.
  let files: [String]

  private static let errors: [(call: String, number: Int32, kind: String)] = [
    ("open", EMFILE, "no more descriptors"), ("open", EACCES, "I/O error"), ("mmap", ENOMEM, "no memory"),
    ("read", EIO, "I/O error"), ("read", EINTR, "interrupted call"), ("print", ENOSPC, "full disk"),
    ("print", EINTR, "interrupted call"), ("thread", EAGAIN, "no more threads"),
  ]

  func run(_ table: inout FaultTable, long: Bool) {
    let before = files.map { bytes(of: $0) }
    let clean = program.run(arguments, input: recording)
    let expected = events(clean)
    guard clean.succeeded, expected.count >= 4 else {
      return table.note("\(name): undisturbed", problem: "\(expected.count) events; \(clean.messages)")
    }
    func problem(_ run: FaultedRun, tellsNothing: Bool = false) -> String? {
      if run.hung, !run.messages.contains("trying again") { return "it hung" }
      // If the audio ends early, a phrase in progress is decided by the audio processed so far.
      let endsEarly = !run.succeeded && run.messages.contains("standard input stopped")
      let found = endsEarly ? events(run).dropLast() : events(run)[...]
      if found != expected.prefix(found.count) { return "other events: \(run.output)" }
      let isTold = tellsNothing || run.messages.contains("standard output cannot be written")
      if run.succeeded, found.count != expected.count, !isTold {
        return "it reports success with \(found.count) events"
      }
      if let code = run.exitCode, code != 0, !run.messages.contains(where: \.isLetter) {
        return "it ended with exit status \(code) without a message"
      }
      if files.map({ bytes(of: $0) }) != before { return "a file was changed" }
      return nil
    }
    func note(_ kind: String, fault: String, tellsNothing: Bool = false) -> FaultedRun {
      let run = program.run(arguments, fault: fault, input: recording)
      table.note("\(name): \(kind)", problem: problem(run, tellsNothing: tellsNothing).map { "\(fault): \($0)" })
      return run
    }
    for error in Self.errors {
      var number = 1
      while number <= 400 {
        let run = note(error.kind, fault: "\(error.call):\(number):\(error.number)")
        guard run.wasInjected else { break }
        // The first opens, reads and mappings are those of the libraries.
        number += !long && number >= 4 ? number : 1
      }
    }
    _ = note("short write", fault: "print:1+:short")
    // Messages fail here, too.
    _ = note("full disk", fault: "print:1+:\(ENOSPC)", tellsNothing: true)
    let count = program.count("allocation", arguments, input: recording)
    for number in stride(from: 1, through: max(1, count), by: max(1, count / (long ? 400 : 20))) {
      for stretch in ["", "+"] {
        let kind = stretch.isEmpty ? "an allocation fails" : "all allocations fail from one on"
        table.noteEnding("\(name): \(kind)", note(kind, fault: "allocation:\(number)\(stretch):\(ENOMEM)"))
      }
    }
    for megabytes in stride(from: 2, through: 400, by: long ? 2 : 28) {
      let run = program.run(arguments, limit: megabytes * 1_024, input: recording)
      table.noteEnding("\(name): little address space", run)
      table.note("\(name): little address space", problem: problem(run).map { "\(megabytes) MB: \($0)" })
    }
  }

  /// The complete lines, without the time of day that a service adds at the end.
  private func events(_ run: FaultedRun) -> [String] {
    run.output.split(separator: "\n").map { $0.components(separatedBy: ",\"time\":")[0] }
  }
}
