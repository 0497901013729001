import AudioFrontEnd
import KeywordSpotting
import SeededRandom

/// Builds shards: cuts and augments recordings and computes features. One instance per worker.
public final class BatchBuilder {
  private let set: TrainingSet
  private let recipe: TrainingRecipe
  private let vocabulary: KeywordVocabulary?
  private var extractor: FeatureExtractor
  private var augmenter: AudioAugmenter
  private var featureAugmentation: FeatureAugmentation
  private var frames: [Float] = []
  private var lengths: [Int] = []

  /// - Parameter vocabulary: the words of the keyword loss, if there is one.
  public init(set: TrainingSet, recipe: TrainingRecipe, vocabulary: KeywordVocabulary? = nil) {
    self.set = set
    self.vocabulary = vocabulary
    self.recipe = recipe
    extractor = FeatureExtractor(initialMeans: set.corpus.initialMeans)
    augmenter = set.augmenter(recipe.augmentation)
    featureAugmentation = FeatureAugmentation(recipe.augmentation)
  }

  /// Builds the shard of the utterances at `indices`.
  ///
  /// - Parameter progress: share of the run's steps before this one.
  /// - Returns: the batch and the position of each of its utterances in the recordings.
  public func build(
    _ indices: [Int], table: AlignmentTable, progress: Double = 1, using generator: inout SplitMix64
  ) -> (batch: TrainingBatch, placements: [Placement]) {
    let ramp = recipe.augmentationRamp > progress ? Float(progress / recipe.augmentationRamp) : 1
    var batch = TrainingBatch()
    var placements: [Placement] = []
    frames.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    var streamLengths: [Int] = []
    var start = StreamStart(.none, using: &generator)
    for index in indices {
      let item = set.items[index]
      var placement = cut(index, item, table, &generator)
      let recording = set.corpus.samples(of: item.utterance)
      let end = cutEnd(placement, item, table, recording.count, &generator)
      let samples = UnsafeBufferPointer(rebasing: recording[placement.firstSample..<end])
      let isJoined = !lengths.isEmpty && generator.nextUniform() < recipe.joinedShare
      if isJoined {
        let dropped = cutToWholeEmbeddings()
        streamLengths[streamLengths.count - 1] -= dropped
        if dropped > 0 { dropLastTarget(of: lengths.count - 1, from: &batch) }
      }
      let isAugmented = generator.nextUniform() < ramp * recipe.augmentedShare
      if !isJoined {
        start = StreamStart(isAugmented ? recipe.augmentation : .none, using: &generator)
        extractor.reset(levelOffset: start.levelOffset, colorOffsets: start.colorOffsets)
        streamLengths.append(0)
      }
      let before = frames.count
      if isAugmented {
        let augmented = augmenter.augment(
          samples, floor: start.floor, floorSamples: isJoined ? 0 : start.floorSamples, using: &generator)
        // Round to whole frames, so the encoder's input begins with one.
        let unheardFrames = isJoined ? 0 : (start.floorSamples - start.heardFloorSamples) / FeatureContract.hopSamples
        placement.leadingSamples = augmented.leadingSamples - unheardFrames * FeatureContract.hopSamples
        placement.speedFactor = Double(augmented.speedFactor)
        augmented.samples.withUnsafeBufferPointer { extract($0, unheardFrames: unheardFrames) }
        changeFeatures(from: before, using: &generator)
      } else {
        extract(samples)
      }
      let frameCount = (frames.count - before) / 40
      lengths.append(frameCount)
      streamLengths[streamLengths.count - 1] += frameCount
      let range = placement.firstWord..<placement.firstWord + placement.wordCount
      batch.words.append(Array(item.words[range]))
      let variants = table.variants[index] ?? item.words.map { _ in 0 }
      batch.chosenVariants.append(Array(variants[range]))
      batch.frameTargets.append(
        targets(item.utterance, placement, cutCount: samples.count, frameCount: (frameCount + 3) / 4))
      batch.teacherTargets.append(
        taught(item.utterance, placement, cutCount: samples.count, frameCount: (frameCount + 3) / 4))
      if recipe.usesGivenAlignments { batch.alignments.append(table.alignment(placement)) }
      if let vocabulary { batch.keywordClasses.append(Array(vocabulary.classes[index][range])) }
      placements.append(placement)
    }
    batch.bounds = SequenceBounds(lengths: lengths)
    if recipe.joinedShare > 0 { batch.streamBounds = SequenceBounds(lengths: streamLengths) }
    batch.features.reshape(rows: frames.count / 40, columns: 40)
    frames.withUnsafeBufferPointer { batch.features.pointer.update(from: $0.baseAddress!, count: frames.count) }
    return (batch, placements)
  }

  private func cut(
    _ index: Int, _ item: TrainingSet.Item, _ table: AlignmentTable, _ generator: inout SplitMix64
  ) -> Placement {
    var placement = Placement(
      item: index, firstWord: 0, wordCount: item.words.count, firstSample: 0, leadingSamples: 0, speedFactor: 1)
    guard let times = table.wordTimes[index], item.words.count > 1, generator.nextUniform() < recipe.phraseCropShare
    else { return placement }
    let count = 1 + generator.nextIndex(min(5, item.words.count))
    let first = generator.nextIndex(item.words.count - count + 1)
    // Words with fewer than three phonemes in total are too short for a cut.
    guard item.words[first..<first + count].reduce(0, { $0 + $1[0].count }) >= 3 else { return placement }
    placement.firstWord = first
    placement.wordCount = count
    let start = times[2 * first] - generator.nextUniform(in: 0...0.08)
    // An alignment may place a word in the padding after the recording.
    placement.firstSample = max(0, min(Int(start * 16_000), item.utterance.range.count - 2_000))
    return placement
  }

  private func cutEnd(
    _ placement: Placement, _ item: TrainingSet.Item, _ table: AlignmentTable, _ sampleCount: Int,
    _ generator: inout SplitMix64
  ) -> Int {
    guard placement.wordCount < item.words.count, let times = table.wordTimes[placement.item] else {
      return sampleCount
    }
    let end = times[2 * (placement.firstWord + placement.wordCount) - 1] + generator.nextUniform(in: 0.02...0.1)
    return max(min(sampleCount, Int(end * 16_000)), min(placement.firstSample + 2_000, sampleCount))
  }

  /// Drops up to three frames of the utterance added last, so the next one begins with a new embedding.
  /// - Returns: the number of dropped frames.
  private func cutToWholeEmbeddings() -> Int {
    let excess = lengths[lengths.count - 1] % 4
    lengths[lengths.count - 1] -= excess
    frames.removeLast(40 * excess)
    return excess
  }

  private func dropLastTarget(of utterance: Int, from batch: inout TrainingBatch) {
    if !batch.frameTargets[utterance].isEmpty { batch.frameTargets[utterance].removeLast() }
    if !batch.teacherTargets[utterance].isEmpty {
      batch.teacherTargets[utterance].removeLast(Phoneme.classCount)
    }
  }

  /// Appends the features of the samples.
  ///
  /// - Parameter unheardFrames: leading frames that only the front end processes.
  private func extract(_ samples: UnsafeBufferPointer<Int16>, unheardFrames: Int = 0) {
    var unheard = unheardFrames
    extractor.process(samples) { feature in
      guard unheard == 0 else {
        unheard -= 1
        return
      }
      for band in 0..<40 { frames.append(Float(feature[band]) * FeatureContract.quantizationStep) }
    }
  }

  private func changeFeatures(from start: Int, using generator: inout SplitMix64) {
    frames.withUnsafeMutableBufferPointer { buffer in
      let features = UnsafeMutableBufferPointer(rebasing: buffer[start...])
      featureAugmentation.apply(to: features, using: &generator)
      SpecAugment().apply(to: features, using: &generator)
    }
  }

  /// The phone at the middle of each embedding frame, if the corpus has alignments; blank before and after the cut.
  ///
  /// - Parameter cutCount: samples of the recording in the cut.
  private func targets(
    _ utterance: Utterance, _ placement: Placement, cutCount: Int, frameCount: Int
  ) -> [Int16] {
    guard !utterance.phones.isEmpty else { return [] }
    var result = [Int16](repeating: -1, count: frameCount)
    var phone = 0
    for frame in 0..<frameCount {
      let middle = Self.middle(ofFrame: frame, placement)
      guard middle >= 0, Int(middle) < cutCount else {
        result[frame] = Int16(SpottingNetwork.blank)
        continue
      }
      let sample = Int(middle) + placement.firstSample
      while phone < utterance.phones.count && utterance.phones[phone].end <= sample { phone += 1 }
      if phone < utterance.phones.count && utterance.phones[phone].start <= sample {
        result[frame] = Int16(utterance.phones[phone].phoneme)
      }
    }
    return result
  }

  /// The teacher's posteriors at the middle of each embedding frame; silence before and after the cut. Empty without a
  /// teacher.
  private func taught(
    _ utterance: Utterance, _ placement: Placement, cutCount: Int, frameCount: Int
  ) -> [UInt8] {
    guard let posteriors = set.teacher?.posteriors(of: utterance) else { return [] }
    var rows: [UInt8] = []
    rows.reserveCapacity(frameCount * Phoneme.classCount)
    for frame in 0..<frameCount {
      let middle = Self.middle(ofFrame: frame, placement)
      if middle >= 0, Int(middle) < cutCount {
        posteriors.append(atSample: Int(middle) + placement.firstSample, to: &rows)
      } else {
        for label in 0..<Phoneme.classCount { rows.append(label == SpottingNetwork.blank ? 255 : 0) }
      }
    }
    return rows
  }

  /// The sample of the cut at the middle of an embedding frame.
  private static func middle(ofFrame frame: Int, _ placement: Placement) -> Double {
    Double(640 * frame + 200 - placement.leadingSamples) * placement.speedFactor
  }
}
