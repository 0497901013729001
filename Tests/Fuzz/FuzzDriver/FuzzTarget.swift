/// A parser, or a property, that libFuzzer tries with inputs that nobody meant.
///
/// What it calls may refuse an input by an error that it throws; a trap, a fault, a report of AddressSanitizer and
/// ``require(_:_:)`` end the program, and libFuzzer keeps the input.
public struct FuzzTarget: Sendable {
  public var name: String
  /// Inputs are not made longer than this.
  public var mostBytes: Int
  /// Words of the format, which mutations put in.
  public var words: [String]
  /// Valid inputs to start from, as small as they can be.
  public var seeds: @Sendable () -> [[UInt8]]
  /// Takes one input; called over and over, on one thread.
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

/// Ends the program, so that the input is kept, unless a promise of the documentation holds.
public func require(_ isKept: Bool, _ promise: @autoclosure () -> String) {
  if !isKept { fatalError("broken promise: \(promise())") }
}

/// What a parser made of an input: a value, or why it refused.
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
