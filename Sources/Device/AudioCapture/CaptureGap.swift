/// A period of real time that the stream lacks: it has neither its samples nor silence for it.
struct CaptureGap: Equatable {
  /// Samples of the stream before the gap.
  var position: Int64
  /// Samples that the gap would have had.
  var count: Int64
}
