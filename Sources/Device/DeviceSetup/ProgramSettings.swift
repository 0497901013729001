import AudioCapture
import CPlatform
import CommandLineOptions
import Int8Kernels
import Messages
import Recordings

/// The settings of a command: the configuration, overridden by the command line.
package struct ProgramSettings {
  package private(set) var configuration: DeviceConfiguration
  /// The path of the configuration file; nil without one.
  package let path: String?
  /// The model file that the command line names, if any.
  private let modelPath: String?
  /// The microphones and streams to listen to.
  package let sources: [NamedSource]
  /// Decodes streams other than raw PCM and WAV; nil if they are errors.
  private let openDecoder: StreamDecoderOpener?
  /// The keys that must have signed the files that are opened.
  package let trustedKeys: TrustedKeys

  package static let configurationOption = CommandSyntax.Option.value(
    "config", "file", "The configuration file (default: $COOEE_CONFIG, otherwise /etc/cooee/cooee.toml if it exists)."
  )
  package static let modelOption = CommandSyntax.Option.value(
    "model", "file",
    "The acoustic model (default: from the configuration, otherwise base.cooee in the model folders).")
  package static let kernelPathOption = CommandSyntax.Option.value(
    "kernel-path", "name",
    "The CPU instructions to use: \(KernelPath.available.map { $0.name }.joined(separator: ", ")) on this machine "
      + "(default: auto, the fastest).")

  /// Reads the configuration and applies the command line.
  ///
  /// - Parameter openDecoder: Decodes streams other than raw PCM and WAV; nil if they are errors.
  /// - Throws: A failure if the configuration cannot be read or a value is not accepted.
  package init(_ arguments: CommandArguments, openDecoder: StreamDecoderOpener? = nil) throws(Failure) {
    self.openDecoder = openDecoder
    path = Self.configurationPath(arguments)
    configuration = try Self.read(path)
    modelPath = arguments.text("model")
    if let name = arguments.text("kernel-path") { configuration.override(.kernelPath, .text(name)) }
    try Self.apply(arguments, to: &configuration)
    sources = try Self.sources(arguments, configuration)
    if let retries = try arguments.integer("retries", in: -1...1_000) {
      configuration.override(.retries, .integer(retries))
    }
    let keys = arguments.texts("trusted-key")
    if !keys.isEmpty { configuration.override(.trustedKeys, .text(keys.joined(separator: " "))) }
    do throws(TrustedKeys.Fault) {
      // The keys of a file were checked when the file was read.
      trustedKeys =
        if case .text(let keys) = configuration.value(.trustedKeys) { try TrustedKeys(keys) } else { TrustedKeys() }
    } catch {
      throw .usage("--trusted-key: \(error.message)", command: arguments.commandName)
    }
  }

  private static func configurationPath(_ arguments: CommandArguments) -> String? {
    if let path = arguments.text("config") { return path }
    let set = String(cString: platform_environment("COOEE_CONFIG"))
    if !set.isEmpty { return set }
    let installed = "/etc/cooee/cooee.toml"
    // A file that exists but cannot be read is an error: skipping it would lift its restrictions.
    var stamp = platform_stamp()
    return platform_file_stamp(installed, &stamp) == -platform_error_no_entry ? nil : installed
  }

  private static func read(_ path: String?) throws(Failure) -> DeviceConfiguration {
    guard let path else { return DeviceConfiguration() }
    let file = try FileBytes(path, purpose: "the configuration")
    guard file.bytes.count <= 65_536 else {
      throw Failure(
        .badData, "the configuration \(path) has \(file.bytes.count) bytes; name a board's file, such as cooee.toml")
    }
    do throws(DeviceConfiguration.FileError) {
      return try DeviceConfiguration(fileText: String(decoding: file.bytes, as: UTF8.self))
    } catch {
      let place = error.line > 0 ? ", line \(error.line)" : ""
      throw Failure(.badData, "the configuration \(path)\(place): \(error.message)")
    }
  }

  /// Opens the model.
  ///
  /// - Throws: A failure if the model cannot be found or used, or if it needs more memory than is allowed.
  package func openModel() throws(Failure) -> OpenModel {
    let path: String
    let name = configuration.text(.model)
    if let modelPath {
      path = modelPath
    } else if name.utf8.contains(UInt8(ascii: "/")) {
      path = name
    } else {
      path = try ModelSearch().path(of: "\(name).cooee", purpose: "acoustic model", option: "--model")
    }
    let model = try OpenModel(path, trustedKeys)
    try checkMemory(
      for: "the model \(path)", byteCount: model.byteCount,
      remedy: "use a smaller model, such as tiny.cooee")
    return model
  }

  /// Throws `badData` if something needs more memory than the configuration allows or the machine has.
  package func checkMemory(for subject: String, byteCount: Int64, remedy: String) throws(Failure) {
    let allowed = memoryLimitBytes
    guard byteCount > allowed else { return }
    throw Failure(
      .badData,
      "\(subject): \(megabytes(byteCount)) MB of memory are needed, but only \(megabytes(allowed)) MB are allowed "
        + "(by memory_limit_megabytes or the memory of this machine); \(remedy)")
  }

  /// Throws `badData` if there are more phrases than the configuration allows.
  package func checkPhraseCount(_ count: Int, path: String) throws(Failure) {
    let limit = configuration.integer(.phraseLimit)
    guard count > limit else { return }
    throw Failure(
      .badData,
      "\(path) has \(count) phrases, but phrase_limit allows \(limit) on this board; remove some with cooee phrases "
        + "--phrases " + shellQuoted(path) + " --remove, or raise phrase_limit in the configuration")
  }

  /// The bytes of memory that spotting may use.
  var memoryLimitBytes: Int64 {
    let configured = Int64(configuration.integer(.memoryLimitMegabytes)) * 1_000_000
    let physical = platform_physical_memory_bytes()
    return physical > 0 ? min(configured, physical) : configured
  }

  /// The kernel path that the configuration selects.
  ///
  /// - Throws: A failure if the path does not exist or this processor cannot run it.
  package func kernelPath() throws(Failure) -> KernelPath {
    let name = configuration.text(.kernelPath)
    if name == "auto" { return .best }
    let available = KernelPath.available.map { $0.name }.joined(separator: ", ")
    guard let path = KernelPath(name: name) else {
      let hint = suggestion(for: name, among: KernelPath.allCases.map { $0.name })
      throw Failure(
        .usage, "no kernel path " + name + (hint.isEmpty ? ";" : hint) + " this machine has auto, " + available)
    }
    guard path.isAvailable else {
      throw Failure(
        .deviceUnavailable,
        "this processor cannot run the kernel path \(name); choose one of auto, \(available) (--kernel-path, or "
          + "kernel_path in the configuration)")
    }
    return path
  }

  /// Opens a microphone or a stream and starts to capture.
  ///
  /// - Parameters:
  ///   - retries: How many times to retry opening, -1 for no limit; nil for the configured number.
  ///   - event: Signaled when there is something to read, if several captures share it.
  /// - Throws: `usage` for a bad name, `badData` for a bad stream, and `deviceUnavailable` for other capture errors.
  package func openCapture(
    _ device: String, retries: Int? = nil, event: CaptureEvent? = nil
  ) throws(Failure) -> CaptureThread {
    let attempts = retries ?? configuration.integer(.retries)
    do throws(CaptureError) {
      return try CaptureThread(
        capture(device), openAttempts: attempts < 0 ? .max : attempts,
        hasOwnThread: event != nil || configuration.integer(.threads) > 1,
        realtimePriority: configuration.integer(.realtimePriority), event: event, openDecoder: openDecoder)
    } catch {
      throw Failure(error)
    }
  }

  private func megabytes(_ bytes: Int64) -> String { "\((bytes + 999_999) / 1_000_000)" }
}

extension Failure {
  /// The failure of a command whose capture failed.
  package init(_ error: CaptureError) {
    let code: Code =
      switch error {
      case .badAddress: .usage
      case .badStream: .badData
      case .unknownDevice(let device, _) where platform_is_readable_file(device) != 0: .usage
      default: .deviceUnavailable
      }
    self.init(code, error.description)
  }
}
