import CPlatform
import Messages

/// The parsed words of one command line; ``CommandSyntax`` creates it.
package struct CommandArguments {
  package let commandName: String
  /// Whether `--help` was given.
  package var wantsHelp = false
  /// In the given order; a flag has an empty value.
  var values: [(name: String, value: String)] = []
  /// The arguments that are not options, in order.
  package var operands: [String] = []

  init(commandName: String) { self.commandName = commandName }

  /// Whether a flag was given.
  package func flag(_ name: String) -> Bool { text(name) != nil }

  /// The last value of an option; nil if it was not given.
  package func text(_ name: String) -> String? {
    var last: String?
    for entry in values where entry.name == name { last = entry.value }
    return last
  }

  /// All values of an option, in the given order.
  package func texts(_ name: String) -> [String] {
    var all: [String] = []
    for entry in values where entry.name == name { all.append(entry.value) }
    return all
  }

  /// The last value of an option as a number; nil if it was not given.
  ///
  /// - Parameters:
  ///   - accepted: The accepted values, for the message.
  ///   - accepts: Whether a number is accepted.
  /// - Throws: `usage` if the value is not an accepted number.
  package func number(_ name: String, accepted: String, _ accepts: (Double) -> Bool) throws(Failure) -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = decimalNumber(text), accepts(value) else {
      throw .usage("--\(name) is \(text); it accepts \(accepted)", command: commandName)
    }
    return value
  }

  /// The last value of an option as a whole number; nil if it was not given.
  ///
  /// - Throws: `usage` if the value is not a whole number in the range.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    let accepted = "whole numbers from \(range.lowerBound) to \(range.upperBound)"
    let value = try number(name, accepted: accepted) {
      $0 == $0.rounded() && $0 >= Double(range.lowerBound) && $0 <= Double(range.upperBound)
    }
    return value.map { Int($0) }
  }
}

/// The number that the whole text represents; nil if it is not a number.
package func decimalNumber(_ text: String) -> Double? {
  var value = 0.0
  return text.withCString { platform_parse_number($0, &value) } != 0 ? value : nil
}
