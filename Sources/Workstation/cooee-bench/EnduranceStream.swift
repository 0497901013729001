import ModelFormat
import SeededRandom

/// An endless stream of recordings. The seed determines their order, levels and pauses; it gives the same stream
/// everywhere.
struct EnduranceStream {
  private let clips: [[Int16]]
  private var generator: SplitMix64
  private var piece: [Int16] = []
  private var position = 0

  /// - Precondition: at least one clip.
  init(_ clips: [[Int16]], seed: UInt64) {
    precondition(!clips.isEmpty)
    self.clips = clips
    generator = SplitMix64(seed: seed)
  }

  /// The next samples, at least one and at most `limit`.
  mutating func next(atMost limit: Int) -> ArraySlice<Int16> {
    if position == piece.count {
      piece = makePiece()
      position = 0
    }
    let end = min(piece.count, position + limit)
    defer { position = end }
    return piece[position..<end]
  }

  /// A recording followed by a pause of 0.2 to 3 s with the hiss of a quiet input.
  private mutating func makePiece() -> [Int16] {
    let clip = clips[generator.integer(in: 0...clips.count - 1)]
    let gain = Float(generator.integer(in: 30...120)) / 100
    var samples = clip.map { Int16(min(max(Float($0) * gain, -32_768), 32_767)) }
    for _ in 0..<generator.integer(in: 3_200...48_000) { samples.append(Int16(generator.integer(in: -8...8))) }
    return samples
  }
}
