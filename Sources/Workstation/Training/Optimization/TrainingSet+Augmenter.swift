extension TrainingSet {
  /// An augmenter with the noises and rooms of this set, and babble of its training utterances.
  public func augmenter(_ configuration: AugmentationConfiguration = AugmentationConfiguration()) -> AudioAugmenter {
    AudioAugmenter(
      corpus: corpus, noises: noises, babble: items.map(\.utterance), rooms: rooms, configuration: configuration)
  }
}
