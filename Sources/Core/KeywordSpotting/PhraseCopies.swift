import CoreMemory

/// Views of enrolled phrases over one allocation that contains a copy of all their numbers.
///
/// Arrays can move. Memory that a spotter borrows must not.
struct PhraseCopies: ~Copyable {
  private let memory: WorkspaceMemory
  /// The variants of all phrases, in order.
  let variants: UnsafeBufferPointer<PhraseVariantView>

  init(_ enrollments: [Enrollment]) {
    var count = 0
    for enrollment in enrollments { count += enrollment.variants.count }
    self.init(count: count) { body in
      for (phraseIndex, enrollment) in enrollments.enumerated() {
        for (variantIndex, variant) in enrollment.variants.enumerated() {
          variant.withView { view in
            var view = view
            view.phraseIndex = phraseIndex
            view.variantIndex = variantIndex
            view.threshold = enrollment.threshold
            body(view)
          }
        }
      }
    }
  }

  /// Variants of one phrase with phonemes only.
  init(phonemes: [[UInt8]]) { self.init(phrases: [phonemes]) }

  /// Phrases whose variants have phonemes only.
  init(phrases: [[[UInt8]]]) {
    let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
    var count = 0
    for variants in phrases { count += variants.count }
    self.init(count: count) { body in
      for (phraseIndex, variants) in phrases.enumerated() {
        for (variantIndex, phonemes) in variants.enumerated() {
          phonemes.withUnsafeBufferPointer {
            body(
              PhraseVariantView(
                phonemes: $0, phonemeEmbeddings: none, utteranceEmbedding: none, phraseIndex: phraseIndex,
                variantIndex: variantIndex))
          }
        }
      }
    }
  }

  /// Variants of one phrase with the phonemes of their words only.
  init(words: [[[UInt8]]]) {
    let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
    self.init(count: words.count) { body in
      for words in words {
        let wordInitial = words.flatMap { word in word.indices.map { $0 == 0 } }
        words.flatMap { $0 }.withUnsafeBufferPointer { phonemes in
          wordInitial.withUnsafeBytes {
            body(
              PhraseVariantView(
                phonemes: phonemes, wordInitial: $0, phonemeEmbeddings: none, utteranceEmbedding: none))
          }
        }
      }
    }
  }

  /// - Parameter forEach: passes the same `count` variants to its argument in every call.
  private init(count: Int, forEach: ((PhraseVariantView) -> Void) -> Void) {
    func take(_ workspace: inout Workspace) -> UnsafeMutablePointer<PhraseVariantView> {
      let views = workspace.take(count, of: PhraseVariantView.self)
      var index = 0
      forEach { variant in
        var view = variant
        view.phonemes = Self.copy(variant.phonemes, &workspace)
        view.wordInitial = Self.copy(variant.wordInitial, &workspace)
        view.phonemeEmbeddings = Self.copy(variant.phonemeEmbeddings, &workspace)
        view.utteranceEmbedding = Self.copy(variant.utteranceEmbedding, &workspace)
        if !workspace.isMeasuring { (views + index).initialize(to: view) }
        index += 1
      }
      return views
    }
    var measuring = Workspace.measuring()
    _ = take(&measuring)
    memory = WorkspaceMemory(byteCount: measuring.usedBytes)
    var workspace = memory.workspace()
    variants = UnsafeBufferPointer(start: take(&workspace), count: count)
  }

  private static func copy<Value: BitwiseCopyable>(
    _ values: UnsafeBufferPointer<Value>, _ workspace: inout Workspace
  ) -> UnsafeBufferPointer<Value> {
    let block = workspace.take(values.count, of: Value.self)
    if !workspace.isMeasuring, let start = values.baseAddress { block.copy(from: start, count: values.count) }
    return UnsafeBufferPointer(start: block, count: values.count)
  }

  private static func copy(_ bytes: UnsafeRawBufferPointer, _ workspace: inout Workspace) -> UnsafeRawBufferPointer {
    let block = UnsafeMutableRawPointer(workspace.take(bytes.count, of: UInt8.self))
    if !workspace.isMeasuring, let start = bytes.baseAddress { block.copyMemory(from: start, byteCount: bytes.count) }
    return UnsafeRawBufferPointer(start: block, count: bytes.count)
  }
}
