/// A parser or a property for libFuzzer.
///
/// The target may reject an input by throwing an error. A trap, a fault, a report of AddressSanitizer and
/// ``require(_:_:)`` end the program, and libFuzzer keeps the input.
public struct FuzzTarget: Sendable {
  public var name: String
  /// Maximum length of generated inputs, in bytes.
  public var mostBytes: Int
  /// Words of the format, which mutations insert.
  public var words: [String]
  /// Valid inputs to start from, as small as possible.
  public var seeds: @Sendable () -> [[UInt8]]
  /// Tests one input. Called repeatedly, on one thread.
  public var body: @Sendable (UnsafeRawBufferPointer) -> Void

  public init(
    _ name: String, mostBytes: Int = 4_096, words: [String] = [],
    seeds: @escaping @autoclosure @Sendable () -> [[UInt8]],
    body: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
  ) {
    self.name = name
    self.mostBytes = mostBytes
    self.words = words
    self.seeds = seeds
    self.body = body
  }
}

/// Ends the program, so the input is kept, unless a documented property is true.
public func require(_ isKept: Bool, _ promise: @autoclosure () -> String) {
  if !isKept { fatalError("broken promise: \(promise())") }
}

/// The result of a parser: a value, or the reason for the rejection.
public enum Outcome<Value, Failure: Error> {
  case value(Value)
  case refused(Failure)

  public init(_ body: () throws(Failure) -> Value) {
    do {
      self = .value(try body())
    } catch {
      self = .refused(error)
    }
  }

  public var value: Value? {
    if case .value(let value) = self { value } else { nil }
  }

  public var failure: Failure? {
    if case .refused(let failure) = self { failure } else { nil }
  }
}
