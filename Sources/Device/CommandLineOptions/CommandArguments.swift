import CPlatform
import Messages

/// The words of one command line, sorted by ``CommandSyntax``.
package struct CommandArguments {
  package let commandName: String
  package var wantsHelp = false
  /// In the order given; a flag's value is empty.
  var values: [(name: String, value: String)] = []
  package var operands: [String] = []

  init(commandName: String) { self.commandName = commandName }

  package func flag(_ name: String) -> Bool { text(name) != nil }

  /// The last value of an option.
  package func text(_ name: String) -> String? {
    var last: String?
    for entry in values where entry.name == name { last = entry.value }
    return last
  }

  /// Every value of an option, in order.
  package func texts(_ name: String) -> [String] {
    var all: [String] = []
    for entry in values where entry.name == name { all.append(entry.value) }
    return all
  }

  /// A number that `accepts` approves of.
  ///
  /// - Parameter accepted: What is accepted, for a person.
  package func number(_ name: String, accepted: String, _ accepts: (Double) -> Bool) throws(Failure) -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = decimalNumber(text), accepts(value) else {
      throw .usage("--\(name) is \(text); accepted are \(accepted)", command: commandName)
    }
    return value
  }

  /// A whole number of a range.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    let accepted = "whole numbers from \(range.lowerBound) to \(range.upperBound)"
    let value = try number(name, accepted: accepted) {
      $0 == $0.rounded() && $0 >= Double(range.lowerBound) && $0 <= Double(range.upperBound)
    }
    return value.map { Int($0) }
  }
}

/// The number that a text is, all of it; nil where it is something else.
func decimalNumber(_ text: String) -> Double? {
  var value = 0.0
  return text.withCString { platform_parse_number($0, &value) } != 0 ? value : nil
}
