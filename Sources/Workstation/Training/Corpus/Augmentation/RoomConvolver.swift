/// Convolves a recording with impulse responses: `y[n] = Σₖ h[d + k]·x[n − k]`, where `d` is the index of the direct
/// sound.
///
/// The direct sound therefore keeps its time. The method is overlap-add with two blocks per transform, one as its real
/// and one as its imaginary part. Memory is kept between calls. One thread at a time.
public final class RoomConvolver {
  private var real = [Float]()
  private var imaginary = [Float]()

  /// Creates a convolver without any memory yet.
  public init() {}

  /// Convolves `input` with a response.
  ///
  /// - Parameter output: has the length of `input` and does not overlap it. The reverberation after its end is cut off.
  public func hear(
    _ input: UnsafeBufferPointer<Float>, through response: RoomResponse,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(input.count == output.count, "the output has the length of the input")
    output.update(repeating: 0)
    let transform = response.transform
    if real.count < transform.count {
      real = .init(repeating: 0, count: transform.count)
      imaginary = real
    }
    let longest = transform.count - response.samples.count + 1
    real.withUnsafeMutableBufferPointer { realPlane in
      imaginary.withUnsafeMutableBufferPointer { imaginaryPlane in
        let real = UnsafeMutableBufferPointer(rebasing: realPlane[..<transform.count])
        let imaginary = UnsafeMutableBufferPointer(rebasing: imaginaryPlane[..<transform.count])
        var start = 0
        while start < input.count {
          let block = min(longest, (input.count - start + 1) / 2)
          Self.load(input, from: start, count: block, into: real)
          Self.load(input, from: start + block, count: min(block, input.count - start - block), into: imaginary)
          transform.forward(real.baseAddress!, imaginary.baseAddress!)
          response.multiply(real.baseAddress!, imaginary.baseAddress!)
          transform.inverse(real.baseAddress!, imaginary.baseAddress!)
          let heardCount = block + response.samples.count - 1
          Self.add(real, count: heardCount, to: output, at: start - response.directIndex)
          Self.add(imaginary, count: heardCount, to: output, at: start + block - response.directIndex)
          start += 2 * block
        }
      }
    }
  }

  private static func load(
    _ input: UnsafeBufferPointer<Float>, from start: Int, count: Int, into plane: UnsafeMutableBufferPointer<Float>
  ) {
    if count > 0 { plane.baseAddress!.update(from: input.baseAddress! + start, count: count) }
    (plane.baseAddress! + count).update(repeating: 0, count: plane.count - count)
  }

  private static func add(
    _ plane: UnsafeMutableBufferPointer<Float>, count: Int, to output: UnsafeMutableBufferPointer<Float>, at start: Int
  ) {
    let first = max(0, -start)
    let end = min(count, output.count - start)
    guard first < end else { return }
    let source = plane.baseAddress!
    let target = output.baseAddress! + start
    for index in first..<end { target[index] += source[index] }
  }
}
