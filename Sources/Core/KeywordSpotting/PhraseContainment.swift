import CoreMemory

/// Which phrases are part of others: "turn on", "lights" and "the lights" are part of "turn on the lights".
///
/// A phrase is part of another if the phonemes of one of its variants appear without a gap in a longer variant of the
/// other, and the reverse is not also true. Words do not matter: "art" is part of "start".
///
/// The variants are compared in `init`, which takes all memory: one byte per variant and five per phrase. Everything
/// else is real-time safe. The variants and the data that they borrow must outlive the value. Safe to read from several
/// threads.
public struct PhraseContainment: ~Copyable {
  private let variants: UnsafePointer<PhraseVariantView>
  private let variantCount: Int
  private let phraseCount: Int
  /// `[variants]` whether the variant contains a variant of another phrase.
  private let isWhole: UnsafeMutablePointer<Bool>
  /// `[phrases]` whether the phrase is part of another one.
  private let isPart: UnsafeMutablePointer<Bool>
  /// `[phrases]` index of the first variant of the phrase.
  private let firstVariants: UnsafeMutablePointer<Int32>

  private var memory = WorkspaceMemory()
  private var copies: PhraseCopies?

  /// Creates a value that allocates its own memory.
  ///
  /// - Parameter phrases: the phonemes of each variant of each phrase.
  public init(_ phrases: [[[UInt8]]]) {
    let copies = PhraseCopies(phrases: phrases)
    let variants = copies.variants.baseAddress!
    var measuring = Workspace.measuring()
    _ = PhraseContainment(
      variants, variantCount: copies.variants.count, phraseCount: phrases.count, in: &measuring)
    let memory = WorkspaceMemory(byteCount: measuring.usedBytes)
    var workspace = memory.workspace()
    self.init(variants, variantCount: copies.variants.count, phraseCount: phrases.count, in: &workspace)
    self.memory = memory
    self.copies = consume copies
  }

  /// Creates a value in `workspace`, without allocating.
  ///
  /// - Parameter variants: `[variantCount]`; not read if the workspace only measures.
  init(
    _ variants: UnsafePointer<PhraseVariantView>, variantCount: Int, phraseCount: Int, in workspace: inout Workspace
  ) {
    self.variants = variants
    self.variantCount = variantCount
    self.phraseCount = phraseCount
    isWhole = workspace.take(variantCount, repeating: false)
    isPart = workspace.take(phraseCount, repeating: false)
    firstVariants = workspace.take(phraseCount, repeating: 0)
    guard !workspace.isMeasuring else { return }
    for index in (0..<variantCount).reversed() { firstVariants[variants[index].phraseIndex] = Int32(index) }
    for whole in 0..<variantCount {
      for part in 0..<variantCount where variants[part].phraseIndex != variants[whole].phraseIndex {
        guard end(of: part, in: whole, from: 0) != nil else { continue }
        isWhole[whole] = true
        isPart[variants[part].phraseIndex] = true
      }
    }
  }

  /// The index of the first variant of the phrase.
  func firstVariant(of phraseIndex: Int) -> Int { Int(firstVariants[phraseIndex]) }

  /// Whether the phrase is part of any other.
  func isPart(_ phraseIndex: Int) -> Bool { isPart[phraseIndex] }

  /// Whether the phrase `part` is part of the phrase `whole`.
  public func isPart(_ part: Int, of whole: Int) -> Bool {
    isPart[part] && hasVariant(of: part, in: whole) && !hasVariant(of: whole, in: part)
  }

  /// Calls `body` for each place where the phrase is part of another, until it returns true.
  ///
  /// - Parameter body: receives the index of the longer variant and the index in it of the part's last phoneme.
  /// - Returns: whether `body` returned true.
  func contains(part: Int, where body: (_ variantIndex: Int, _ lastPhoneme: Int) -> Bool) -> Bool {
    guard isPart[part] else { return false }
    let parts = variantRange(of: part)
    var whole = 0
    while whole < variantCount {
      if isWhole[whole], isPart(part, of: variants[whole].phraseIndex) {
        for variant in parts {
          var start = 0
          while let end = end(of: variant, in: whole, from: start) {
            if body(whole, end &- 1) { return true }
            start = end &- variants[variant].phonemes.count &+ 1
          }
        }
      }
      whole &+= 1
    }
    return false
  }

  private func hasVariant(of part: Int, in whole: Int) -> Bool {
    for wholeVariant in variantRange(of: whole) where isWhole[wholeVariant] {
      for variant in variantRange(of: part) where end(of: variant, in: wholeVariant, from: 0) != nil { return true }
    }
    return false
  }

  private func variantRange(of phrase: Int) -> Range<Int> {
    Int(firstVariants[phrase])..<(phrase + 1 < phraseCount ? Int(firstVariants[phrase + 1]) : variantCount)
  }

  /// The index after the first occurrence, from index `first`, of a variant's phonemes in those of a longer variant.
  private func end(of part: Int, in whole: Int, from first: Int) -> Int? {
    let (part, whole) = (variants[part].phonemes, variants[whole].phonemes)
    guard part.count < whole.count else { return nil }
    var start = first
    while start &+ part.count <= whole.count {
      var length = 0
      while length < part.count && part[length] == whole[start &+ length] { length &+= 1 }
      if length == part.count { return start &+ length }
      start &+= 1
    }
    return nil
  }
}
