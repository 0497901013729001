import CoreMemory

/// The tokens of all phoneme positions of all variants, one array per member.
///
/// A token represents the best path that reaches a state at the current frame. Position i has two states: its phoneme
/// and the blank after it. Ages are integers stored as floats, so eight positions advance at once.
struct MatcherTokens: ~Copyable {
  /// The number of positions, a multiple of 8. The arrays have 8 more elements before position 0, so "the position
  /// before" can be read.
  let count: Int
  /// Σ g along the path; −∞ if there is no path.
  let score: UnsafeMutablePointer<Float>
  /// Frames of the path.
  let age: UnsafeMutablePointer<Float>
  /// Σ g of the phoneme in progress, including the blanks after it.
  let current: UnsafeMutablePointer<Float>
  /// The smallest Σ g of a finished phoneme; +∞ before the first one is finished.
  let minimum: UnsafeMutablePointer<Float>
  /// Consecutive frames in this blank; unused for phonemes.
  let dwell: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutablePointer<Float>

  /// Call ``clear()`` before the first use of the tokens.
  init(count: Int, in workspace: inout Workspace) {
    precondition(count % 8 == 0)
    self.count = count
    let stride = count + 8
    memory = workspace.take(5 * stride, repeating: 0)
    score = memory + 8
    age = memory + stride + 8
    current = memory + 2 * stride + 8
    minimum = memory + 3 * stride + 8
    dwell = memory + 4 * stride + 8
  }

  /// Removes every token.
  func clear() {
    let stride = count + 8
    memory.fill(with: 0, count: 5 * stride)
    (score - 8).fill(with: -.infinity, count: stride)
    (minimum - 8).fill(with: .infinity, count: stride)
  }
}
