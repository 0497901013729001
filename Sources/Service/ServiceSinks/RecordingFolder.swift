import CPlatform
import Glibc
import Messages

/// A folder of recordings that deletes the oldest to stay within a size limit.
///
/// One thread. Files with names other than ``RecordingName``'s, folders, and links are never touched.
struct RecordingFolder {
  /// The errno of a failed operation.
  struct WriteError: Error, Equatable {
    var number: Int32
  }

  private static let partialPrefix = ".cooee-"
  private static let partialSuffix = ".partial"

  let path: String
  private let byteLimit: Int64
  /// The stems of this run's recordings, in order. The order of names can differ, because the clock may be set back.
  private var ownStems: [String] = []

  /// Creates the folder with mode 0700 if necessary, and removes unfinished files of earlier runs.
  ///
  /// - Throws: A failure if the folder cannot be used.
  init(path: String, byteLimit: Int64) throws(Failure) {
    self.path = path
    self.byteLimit = byteLimit
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw Failure(.cannotCreate, "--keep-audio \(path) cannot be created: \(systemText(errno))")
    }
    guard let names = Self.names(path), access(path, W_OK | X_OK) == 0 else {
      throw Failure(
        .cannotCreate, "--keep-audio \(path) cannot be used: \(systemText(errno)); name a folder that this user owns")
    }
    for name in names where name.hasPrefix(Self.partialPrefix) && name.hasSuffix(Self.partialSuffix) {
      // A file that is still being written is locked.
      let left = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard left >= 0 else { continue }
      if flock(left, LOCK_EX | LOCK_NB) == 0 { unlink("\(path)/\(name)") }
      close(left)
    }
  }

  /// Writes a recording and its description under the first free name, after deleting old ones if necessary.
  ///
  /// - Returns: The name of the WAV file.
  /// - Throws: The errno of a failed operation.
  mutating func keep(
    milliseconds: Int64, phrase: String, wave: [UInt8], description: (_ name: String) -> [UInt8]
  ) throws(WriteError) -> String {
    var attempt = 1
    var stem = RecordingName(milliseconds: milliseconds, phrase: phrase).stem
    while access("\(path)/\(stem).wav", F_OK) == 0 || access("\(path)/\(stem).json", F_OK) == 0 {
      attempt += 1
      stem = RecordingName(milliseconds: milliseconds, phrase: phrase, attempt: attempt).stem
    }
    let lines = description("\(stem).wav")
    try makeRoom(for: Int64(wave.count + lines.count))
    // The description first, so it exists when the WAV file appears.
    try write(lines, "\(stem).json")
    do throws(WriteError) {
      try write(wave, "\(stem).wav")
    } catch {
      unlink("\(path)/\(stem).json")
      throw error
    }
    syncFolder()
    ownStems.append(stem)
    return "\(stem).wav"
  }

  /// Deletes the oldest recordings until this many more bytes fit within the limit.
  private mutating func makeRoom(for byteCount: Int64) throws(WriteError) {
    guard let names = Self.names(path) else { throw WriteError(number: errno) }
    var files: [(name: String, byteCount: Int64)] = []
    var total = byteCount
    for name in names where RecordingName.isRecording(name) {
      var status = stat()
      guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      files.append((name: name, byteCount: Int64(status.st_size)))
      total += Int64(status.st_size)
    }
    guard total > byteLimit else { return }
    let there = Set(files.map { RecordingName.stem(of: $0.name) })
    ownStems.removeAll { !there.contains($0) }
    let order = Dictionary(zip(ownStems, 0...), uniquingKeysWith: { $1 })
    func age(_ name: String) -> (Int, String) { (order[RecordingName.stem(of: name)] ?? -1, name) }
    files.sort { age($0.name) < age($1.name) }
    var number: Int32 = 0
    var lastStem = ""
    // A recording and its description are deleted together.
    for file in files where total > byteLimit || RecordingName.stem(of: file.name) == lastStem {
      guard unlink("\(path)/\(file.name)") == 0 else {
        number = errno
        continue
      }
      lastStem = RecordingName.stem(of: file.name)
      total -= file.byteCount
    }
    if total > byteLimit, number != 0 { throw WriteError(number: number) }
  }

  /// Writes a file that only its owner can read. The file is complete or absent.
  private func write(_ bytes: [UInt8], _ name: String) throws(WriteError) {
    // A random name, which another user cannot have created before.
    let partial = "\(path)/\(Self.partialPrefix)\(UInt64.random(in: .min ... .max))\(Self.partialSuffix)"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw WriteError(number: errno) }
    flock(descriptor, LOCK_EX | LOCK_NB)
    var number = -platform_write_all(descriptor, bytes, bytes.count)
    if number == 0, fsync(descriptor) != 0 { number = errno }
    if number == 0, rename(partial, "\(path)/\(name)") != 0 { number = errno }
    // Closed last, because of the lock.
    if close(descriptor) != 0, number == 0 { number = errno }
    guard number != 0 else { return }
    unlink(partial)
    throw WriteError(number: number)
  }

  private func syncFolder() {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The names in the folder; nil, with errno, if it cannot be read.
  private static func names(_ path: String) -> [String]? {
    guard let folder = opendir(path) else { return nil }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names
  }
}
