/// A whole number as decimal digits.
@inline(never)
package func decimal(_ number: Int) -> String { String(number) }

/// A number with a fixed number of decimals, rounded to nearest.
public func fixedPoint(_ value: Double, decimals: Int) -> String {
  guard value.isFinite, value.magnitude < 1e12 else { return value.description }
  var scale: Int64 = 1
  for _ in 0..<decimals { scale *= 10 }
  let units = Int64((value.magnitude * Double(scale)).rounded())
  let fraction = String(units % scale)
  let padding = String(repeating: "0", count: max(0, decimals - fraction.utf8.count))
  let sign = value < 0 && units != 0 ? "-" : ""
  return sign + String(units / scale) + (decimals == 0 ? "" : "." + padding + fraction)
}
