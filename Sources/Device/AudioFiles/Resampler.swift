import CSampleRate

/// Converts the sample rate of a stream of mono Float samples with a band-limited sinc filter.
///
/// Supply a block with ``supply(_:)``, call ``produce(into:)`` until ``needsInput`` is true, and supply an empty block
/// at the end. The filter's delay is compensated: output sample n is at input time `n · fromHertz / toHertz`. Allocates
/// only in `init`.
package final class Resampler {
  /// Whether the last block is used up and the stream has not ended.
  package var needsInput: Bool { pending.isEmpty && !inputEnded }
  /// Whether the end was supplied and all samples were produced.
  package private(set) var isFinished = false

  private let state: OpaquePointer
  private let ratio: Double
  private var pending = UnsafeBufferPointer<Float>(start: nil, count: 0)
  private var inputEnded = false

  /// - Precondition: `toHertz / fromHertz` is in 1/256…256.
  package init(fromHertz: Int, toHertz: Int) {
    var error: Int32 = 0
    // Medium quality: 121 dB and 90 % of the band. The tables of the best converter would take 1.4 MB more memory.
    guard let state = src_new(Int32(SRC_SINC_MEDIUM_QUALITY), 1, &error) else {
      preconditionFailure("libsamplerate cannot create a converter")
    }
    self.state = state
    ratio = Double(toHertz) / Double(fromHertz)
    precondition(src_is_valid_ratio(ratio) != 0, "the resampling ratio is out of range")
  }

  deinit { src_delete(state) }

  /// Supplies the next block. It must stay valid and unchanged until `needsInput` is true. An empty block ends the
  /// stream.
  package func supply(_ block: UnsafeBufferPointer<Float>) {
    pending = block
    if block.isEmpty { inputEnded = true }
  }

  /// Produces output from the supplied block.
  ///
  /// - Returns: The number of samples written; 0 if more input is needed or the stream has ended.
  package func produce(into output: UnsafeMutableBufferPointer<Float>) -> Int {
    guard !isFinished, !output.isEmpty else { return 0 }
    var data = SRC_DATA()
    var nothing: Float = 0
    let made = withUnsafePointer(to: &nothing) { placeholder in
      data.data_in = pending.baseAddress ?? placeholder
      data.data_out = output.baseAddress
      data.input_frames = pending.count
      data.output_frames = output.count
      data.end_of_input = inputEnded ? 1 : 0
      data.src_ratio = ratio
      let result = src_process(state, &data)
      precondition(result == 0, "libsamplerate refused a block")
      return data.output_frames_gen
    }
    pending = UnsafeBufferPointer(rebasing: pending[data.input_frames_used...])
    if inputEnded && made == 0 { isFinished = true }
    return made
  }
}
