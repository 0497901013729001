/// A stretch of real time that the stream does not have, neither as samples nor as silence.
struct CaptureGap: Equatable {
  /// Samples of the stream before it.
  var position: Int64
  /// Samples that it would have had.
  var count: Int64
}
