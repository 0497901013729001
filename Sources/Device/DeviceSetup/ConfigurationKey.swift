import AudioCapture
import Int8Kernels
import KeywordSpotting
import Messages
import Recordings

/// A key of the configuration file.
package enum ConfigurationKey: Int, CaseIterable, Sendable {
  case schema, board, description, target, cpu, kernelPath, model, device, format, channels, channel, rate
  case gainDecibels, periodMilliseconds, bufferMilliseconds, refractoryMilliseconds, realtimePriority, threads,
    phraseLimit, memoryLimitMegabytes, retries
  case trustedKeys, webhook, voiceAssistant

  /// The values that a key accepts.
  package enum Rule {
    /// A whole number in this range.
    case integer(ClosedRange<Int>)
    /// Any text that is not blank.
    case text
    /// One of these texts.
    case oneOf([String])
  }

  /// The key as written in the file.
  package var name: String {
    switch self {
    case .schema: "schema"
    case .board: "board"
    case .description: "description"
    case .target: "target"
    case .cpu: "cpu"
    case .kernelPath: "kernel_path"
    case .model: "model"
    case .device: "device"
    case .format: "format"
    case .channels: "channels"
    case .channel: "channel"
    case .rate: "rate"
    case .gainDecibels: "gain_decibels"
    case .periodMilliseconds: "period_milliseconds"
    case .bufferMilliseconds: "buffer_milliseconds"
    case .refractoryMilliseconds: "refractory_milliseconds"
    case .realtimePriority: "realtime_priority"
    case .threads: "threads"
    case .phraseLimit: "phrase_limit"
    case .memoryLimitMegabytes: "memory_limit_megabytes"
    case .retries: "retries"
    case .trustedKeys: "trusted_keys"
    case .webhook: "webhook"
    case .voiceAssistant: "voice_assistant"
    }
  }

  // Constants rather than two array literals in `rule`: where Embedded Swift 6.3 compiles a function into several modules,
  // its array literals can get one another's symbols, and the program then accepts the wrong values.
  private static let targets = ["aarch64", "armv7", "riscv64", "x86_64"]
  private static let automatic = ["auto"]

  /// The values that the key accepts.
  package var rule: Rule {
    switch self {
    case .schema: .integer(1...1)
    case .board, .description, .cpu, .model, .device, .trustedKeys, .webhook, .voiceAssistant: .text
    case .target: .oneOf(Self.targets)
    case .kernelPath: .oneOf(Self.automatic + KernelPath.allCases.map { $0.name })
    case .format: .oneOf(Self.automatic + SampleFormat.allCases.map { $0.rawValue })
    case .channels: .integer(0...32)
    case .channel: .integer(-1...31)
    case .rate: .integer(0...192_000)
    case .gainDecibels: .integer(-60...60)
    case .periodMilliseconds: .integer(5...200)
    case .bufferMilliseconds: .integer(50...5_000)
    case .refractoryMilliseconds: .integer(0...60_000)
    case .realtimePriority: .integer(0...80)
    case .threads: .integer(1...2)
    case .phraseLimit: .integer(1...PhraseLimits.phraseCount)
    case .memoryLimitMegabytes: .integer(1...4_096)
    case .retries: .integer(-1...1_000)
    }
  }

  /// The default value; nil if the key has none.
  package var standard: ConfigurationValue? {
    switch self {
    case .schema, .board, .description, .target, .cpu, .trustedKeys, .webhook, .voiceAssistant: nil
    case .kernelPath: .text("auto")
    case .model: .text("base")
    case .device: .text("default")
    case .format: .text("auto")
    case .channels, .channel, .rate, .gainDecibels: .integer(0)
    case .periodMilliseconds: .integer(20)
    case .bufferMilliseconds, .refractoryMilliseconds: .integer(1_000)
    case .realtimePriority: .integer(0)
    case .threads: .integer(2)
    case .phraseLimit: .integer(1_000)
    case .memoryLimitMegabytes: .integer(512)
    case .retries: .integer(-1)
    }
  }
}

/// A value in the configuration.
package enum ConfigurationValue: Equatable, Sendable {
  case integer(Int)
  case text(String)

  /// The value as written in the file.
  package var written: String {
    switch self {
    case .integer(let value): "\(value)"
    case .text(let value): "\"\(value)\""
    }
  }
}

extension ConfigurationKey.Rule {
  /// The accepted values, for a message.
  var description: String {
    switch self {
    case .integer(let range):
      range.count == 1
        ? "the number \(range.lowerBound)" : "whole numbers from \(range.lowerBound) to \(range.upperBound)"
    case .text: "texts in quotation marks"
    case .oneOf(let words): words.map { "\"\($0)\"" }.joined(separator: ", ")
    }
  }

  /// Whether the rule accepts a value.
  func accepts(_ value: ConfigurationValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let number)): range.contains(number)
    case (.text, .text(let text)): text.utf8.contains { $0 != UInt8(ascii: " ") }
    case (.oneOf(let words), .text(let text)): words.contains(text)
    default: false
    }
  }
}
