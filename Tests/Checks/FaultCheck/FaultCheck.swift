import Foundation

/// Injects faults into the programs and prints how many there were and how many were survived.
///
/// `FaultCheck PROGRAMS FAULTS MODELS SAMPLES [--long]`: the folder of the built programs, libcooee_faults.so, the
/// folder of the models, and PCM audio with "hey computer" and "hey scout". The exit status is 1 if a fault was not
/// survived.
@main
enum FaultCheck {
  static func main() {
    // A program killed while this one writes to it must not end this one.
    signal(SIGPIPE, SIG_IGN)
    let arguments = CommandLine.arguments
    guard arguments.count >= 5 else {
      FileHandle.standardError.write(Data("usage: FaultCheck PROGRAMS FAULTS MODELS SAMPLES [--long]\n".utf8))
      exit(64)
    }
    let long = arguments.contains("--long")
    let only = arguments.firstIndex(of: "--only").map { arguments[$0 + 1] }
    var template = Array("/tmp/cooee-faults-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder can be made in /tmp")
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var table = FaultTable()
    let place = Place(programs: arguments[1], faults: arguments[2], models: arguments[3], folder: folder)
    if only ?? "enroll" == "enroll" { place.enroll(&table, long: long) }
    if only ?? "train" == "train" { place.train(&table, long: long) }
    if only ?? "listen" == "listen" { place.listen(&table, recording: arguments[4], long: long) }
    print(table.text)
    exit(table.failureCount == 0 ? 0 : 1)
  }
}

/// The locations of the programs and of their files.
private struct Place {
  let programs: String
  let faults: String
  let models: String
  let folder: String

  func enroll(_ table: inout FaultTable, long: Bool) {
    // Without running speech, enrolling a phrase takes some hundredths of a second.
    let bare = newFolder("models")
    for name in ["tiny.cooee", "english.cooee"] { symlink("\(models)/\(name)", "\(bare)/\(name)") }
    var draws = SystemRandomNumberGenerator()
    for name in ["cooee", "cooee-lean"] {
      let home = newFolder(name)
      let files = newFolder("\(name)/files")
      let program = FaultedProgram(
        path: "\(programs)/\(name)", faults: faults, environment: ["COOEE_MODELS": bare], folder: home)
      let file = "\(files)/phrases.cooeep"
      func enroll(_ text: String) -> [String] { ["enroll", text, "--to", file, "--model", "\(bare)/tiny.cooee"] }
      for text in ["hey computer", "hey scout"] { _ = program.run(enroll(text)) }
      let before = bytes(of: file)
      let clean = program.run(enroll("good morning kitchen"))
      guard let before, let after = bytes(of: file), clean.succeeded, before != after else {
        table.note("\(name) enroll", problem: "an undisturbed run fails: \(clean.messages)")
        continue
      }
      let writing = WritingFaults(
        name: "\(name) enroll", program: program, arguments: enroll("good morning kitchen"), file: file, before: before,
        after: after)
      if name == "cooee" || long { writing.run(&table, long: long, draws: &draws) }
      writing.runAllocations(&table, long: long)
      guard name == "cooee" else { continue }
      writing.runLocks(&table)
      if !writing.runSmallDisks(&table) { print("skipped: small disks: mounting them needs CAP_SYS_ADMIN") }
    }
  }

  func train(_ table: inout FaultTable, long: Bool) {
    let home = newFolder("training")
    let files = newFolder("training/files")
    let program = FaultedProgram(
      path: "\(programs)/FaultTraining", faults: faults, environment: ["OPENBLAS_NUM_THREADS": "1"], folder: home)
    let file = "\(files)/checkpoint"
    var states: [[UInt8]] = []
    for step in 1...100 {
      let run = program.run([file, "\(step)"])
      guard run.succeeded, let state = bytes(of: file) else {
        return table.note("training", problem: "an undisturbed run fails: \(run.messages)")
      }
      if state == states.last { break }
      states.append(state)
    }
    unlink(file)
    _ = program.run([file])
    table.note(
      "training: resumed at each step", problem: bytes(of: file) == states.last ? nil : "another result than in one go")
    var draws = SystemRandomNumberGenerator()
    WritingFaults(
      name: "training", program: program, arguments: [file], file: file, before: states[0], after: states.last!,
      between: states
    ).run(&table, long: long, draws: &draws)
    unlink(file)
    let model = "\(files)/model.cooee"
    let export = program.run(["export", model])
    guard export.succeeded, let after = bytes(of: model) else {
      return table.note("export", problem: "an undisturbed run fails: \(export.messages)")
    }
    WritingFaults(
      name: "export", program: program, arguments: ["export", model], file: model, before: states[0], after: after
    ).run(&table, long: long, draws: &draws)
  }

  func listen(_ table: inout FaultTable, recording: String, long: Bool) {
    let home = newFolder("listening")
    let program = FaultedProgram(
      path: "\(programs)/cooee", faults: faults, environment: ["COOEE_MODELS": models], folder: home)
    let phrases = "\(home)/phrases.cooeep"
    let model = "\(home)/tiny.cooee"
    overwrite(model, bytes(of: "\(models)/tiny.cooee") ?? [])
    for text in ["hey computer", "hey scout"] {
      _ = program.run(["enroll", text, "--to", phrases, "--model", model, "--threshold", "0.3"])
    }
    for command in [["listen"], ["serve", "--no-wyoming", "--no-console"]] {
      ListeningFaults(
        program: program, command: command, phrases: phrases, model: model, samples: bytes(of: recording) ?? []
      ).run(&table)
    }
    let options = ["--device", "stdin", "--model", model, "--phrases", phrases, "--json"]
    for (name, command) in [
      ("cooee", ["listen"]), ("cooee-lean", ["listen"]), ("cooee", ["serve", "--no-wyoming", "--no-console"]),
    ] {
      var program = program
      program.path = "\(programs)/\(name)"
      StartingFaults(
        name: "\(name) \(command[0])", program: program, arguments: command + options, recording: recording,
        files: [phrases, model]
      ).run(&table, long: long)
    }
  }

  private func newFolder(_ name: String) -> String {
    mkdir("\(folder)/\(name)", 0o700)
    return "\(folder)/\(name)"
  }
}
