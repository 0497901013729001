/// A whole number as decimal digits.
///
/// Texts of the device program are put together from strings with `+`: an interpolation takes five times the bytes in Embedded
/// Swift, and boards have to store them.
@inline(never)
package func decimal(_ number: Int) -> String { String(number) }
