import Foundation

/// A program that writes one file, and faults in the meantime.
///
/// In every case, the file has exactly its old or its new contents, and the new ones if the program reports success. An
/// undisturbed run afterwards writes the new contents and leaves nothing else in the folder.
struct WritingFaults {
  let name: String
  let program: FaultedProgram
  let arguments: [String]
  let file: String
  /// The file before; `nil` if there is none.
  let before: [UInt8]?
  /// The expected file; several states if it is written several times.
  let after: [UInt8]
  var between: [[UInt8]] = []
  /// Of a normal run.
  var randomKills = 15

  private enum CallFault {
    static let errors: [(call: String, number: Int32, kind: String)] = [
      ("write", ENOSPC, "full disk"), ("write", EIO, "I/O error"), ("write", EDQUOT, "full disk"),
      ("write", EINTR, "interrupted call"), ("create", ENOSPC, "full disk"), ("create", EACCES, "I/O error"),
      ("fsync", EIO, "I/O error"), ("fsync", ENOSPC, "full disk"), ("rename", EIO, "I/O error"),
      ("rename", ENOSPC, "full disk"), ("fchmod", EIO, "I/O error"), ("flock", ENOLCK, "I/O error"),
      ("flock", EINTR, "interrupted call"), ("read", EIO, "I/O error"), ("read", EINTR, "interrupted call"),
      ("open", EMFILE, "no more descriptors"), ("mmap", ENOMEM, "no memory"),
    ]
  }

  func run(_ table: inout FaultTable, long: Bool, draws: inout SystemRandomNumberGenerator) {
    for fault in CallFault.errors {
      sweep(fault.call, "\(fault.number)", "\(name): \(fault.kind)", &table, long: long)
    }
    sweep("write", "short", "\(name): short write", &table, long: long)
    note("\(name): full disk", run(fault: "write:1+:\(ENOSPC)"), &table)
    note("\(name): file size limit", run(fileBlocks: 1), &table)

    // The last calls are those of the writing path. Of the earlier ones, every tenth is tested.
    reset()
    let count = program.count("any", arguments)
    for number in 1...max(1, count) where long || number > count - 24 || number % 40 == 0 {
      note("\(name): kill -9 at a call", run(fault: "any:\(number):kill"), &table)
      if long || number > count - 24 {
        note("\(name): kill -9 after a call", run(fault: "any:\(number):killed-after"), &table)
      }
    }
    reset()
    let started = Date()
    _ = program.run(arguments)
    let microseconds = UInt32(max(10_000, Date().timeIntervalSince(started) * 1.1e6))
    for _ in 0..<(long ? 300 : randomKills) {
      reset()
      let outcome = program.run(arguments, killAfter: UInt32.random(in: 0...microseconds, using: &draws))
      note("\(name): kill -9 at any moment", outcome, &table)
    }
  }

  /// Every allocation fails in turn, or every n-th one; then the address space is too small.
  func runAllocations(_ table: inout FaultTable, long: Bool) {
    reset()
    let count = program.count("allocation", arguments)
    let stride = long ? max(1, count / 400) : max(1, count / 20)
    for number in Swift.stride(from: 1, through: max(1, count), by: stride) {
      noteAllocation("\(name): an allocation fails", run(fault: "allocation:\(number):12"), &table)
      noteAllocation("\(name): all allocations fail from one on", run(fault: "allocation:\(number)+:12"), &table)
    }
    for megabytes in Swift.stride(from: 2, through: 200, by: long ? 1 : 14) {
      reset()
      noteAllocation("\(name): little address space", program.run(arguments, limit: megabytes * 1_024), &table)
    }
  }

  /// Memory disks that are too small by some pages, which only root can create.
  ///
  /// - Returns: false if none can be created.
  func runSmallDisks(_ table: inout FaultTable) -> Bool {
    let disk = program.folder + "/disk"
    let name = disk + "/phrases.cooeep"
    mkdir(disk, 0o700)
    let pages = ((before?.count ?? 0) + after.count + 4_095) / 4_096
    for count in max(2, pages - 3)...pages + 3 {
      guard mount("tmpfs", disk, "tmpfs", 0, "size=\(count * 4)k") == 0 else { return false }
      if let before { overwrite(name, before) }
      let outcome = program.run(arguments.map { $0 == file ? name : $0 })
      let found = bytes(of: name)
      let left = (try? FileManager.default.contentsOfDirectory(atPath: disk)) ?? []
      umount2(disk, 0)
      let isWhole = outcome.succeeded ? found == after : found == before && outcome.messages.contains("cannot write")
      let problem = isWhole && left.count <= 1 ? nil : "\(count) pages: \(left) \(outcome.messages)"
      table.note("\(self.name): small disk", problem: problem)
    }
    return true
  }

  /// Programs that hold the folder's lock are killed, or keep holding it.
  func runLocks(_ table: inout FaultTable) {
    for call in ["flock:1:killed-after", "flock:2:killed-after"] {
      note("\(name): killed with the lock held", run(fault: call), &table)
    }
    reset()
    let folder = open((file as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    flock(folder, LOCK_EX)
    let held = program.run(arguments)
    close(folder)
    let isTold = held.exitCode == 73 && held.messages.contains("cannot lock") && bytes(of: file) == before
    table.note("\(name): lock held by another", problem: isTold ? nil : held.messages)
  }

  private func sweep(_ call: String, _ what: String, _ kind: String, _ table: inout FaultTable, long: Bool) {
    var number = 1
    while number <= 400 {
      let outcome = run(fault: "\(call):\(number):\(what)")
      guard outcome.wasInjected else { return }
      note(kind, outcome, &table)
      // The first reads and mappings are those of the libraries.
      number += !long && number >= 4 ? number : 1
    }
  }

  private func run(fault: String) -> FaultedRun {
    reset()
    return program.run(arguments, fault: fault)
  }

  private func run(fileBlocks: Int) -> FaultedRun {
    reset()
    return program.run(arguments, fileBlocks: fileBlocks)
  }

  private func reset() {
    unlink(file)
    if let before { overwrite(file, before) }
  }

  private func noteAllocation(_ kind: String, _ outcome: FaultedRun, _ table: inout FaultTable) {
    table.noteEnding(kind, outcome)
    note(kind, outcome, &table)
  }

  private func note(_ kind: String, _ outcome: FaultedRun, _ table: inout FaultTable) {
    table.note(kind, problem: problem(outcome))
  }

  private func problem(_ outcome: FaultedRun) -> String? {
    let found = bytes(of: file)
    if outcome.hung { return "it hung" }
    if found != before, found != after, !between.contains(where: { $0 == found }) {
      return "the file is damaged: \(found?.count ?? -1) bytes; \(outcome.messages.suffix(200))"
    }
    if outcome.succeeded, found != after { return "it reports success, but the file was not written" }
    if let code = outcome.exitCode, code != 0, !outcome.messages.contains(where: { $0.isLetter }) {
      return "it ended with exit status \(code) without a message"
    }
    let clean = program.run(arguments)
    if !clean.succeeded { return "the run afterwards ended with \(clean.exitCode ?? -1): \(clean.messages)" }
    if bytes(of: file) != after { return "the run afterwards wrote something else" }
    let folder = (file as NSString).deletingLastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let left = names.filter { folder + "/" + $0 != file }
    for name in left { unlink(folder + "/" + name) }
    if !left.isEmpty { return "\(left) were left" }
    return nil
  }
}
