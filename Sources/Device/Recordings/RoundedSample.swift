/// Rounds a sample in steps of full scale / 32,768 to the nearest of Int16, ties away from zero; saturates at full scale.
///
/// Half a step is added and the fraction cut, so the largest Float below ½ becomes 1. Free of branches: loops over it are
/// vectorised where it is inlined.
///
/// - Precondition: `value` is not NaN.
@inlinable
public func roundedSample(steps value: Float) -> Int16 {
  let bounded = min(max(value, -32_768), 32_767)
  return Int16(truncatingIfNeeded: Int32(bounded + (bounded < 0 ? -0.5 : 0.5)))
}
