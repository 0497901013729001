import Glibc

/// The name that this machine has on the network; nil where it has none.
package func hostName() -> String? {
  var name = [CChar](repeating: 0, count: 257)
  guard gethostname(&name, name.count - 1) == 0, name[0] != 0 else { return nil }
  return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
