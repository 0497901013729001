import CoreMemory

/// The tokens of every phoneme position of every variant, one array a member.
///
/// A token stands for the best path that reaches a state at the current frame. Position i has two states: its phoneme, and
/// the blank after it. Ages are whole numbers of frames kept as floats, so that eight positions advance at once.
struct MatcherTokens: ~Copyable {
  /// Positions, a multiple of 8; the arrays have 8 more before position 0, so that "the position before" can be read.
  let count: Int
  /// Σ g along the path; −∞ where there is none.
  let score: UnsafeMutablePointer<Float>
  /// Frames of the path.
  let age: UnsafeMutablePointer<Float>
  /// Σ g of the phoneme in progress, the blanks after it included.
  let current: UnsafeMutablePointer<Float>
  /// The smallest Σ g of a finished phoneme; +∞ where none is finished.
  let minimum: UnsafeMutablePointer<Float>
  /// Frames spent in this blank without a break; unused for phonemes.
  let dwell: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutablePointer<Float>

  /// The tokens hold nothing that can be used before the first ``clear()``.
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
