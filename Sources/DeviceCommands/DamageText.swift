import KeywordSpotting
import ModelFormat
import TextEnrollment

// What exactly is wrong with a damaged file, for the parentheses of a message. Embedded Swift cannot print a case's name.

extension ContainerError {
  var damage: String {
    switch self {
    case .wrongMagic(let found): "it begins with \(found) and not with HEED"
    case .newerVersion(let found, let supported): "version \(found), supported \(supported)"
    case .wrongKind(let found, _): "kind \(found)"
    case .truncated(let needed, let available): "\(available) bytes of \(needed)"
    case .trailingBytes(let stated, let found): "\(found) bytes where its header says \(stated)"
    case .tooManySections(let count, let limit): "\(count) sections, at most \(limit)"
    case .corruptHeader(let stated, let computed): "header checksum \(stated), computed \(computed)"
    case .misplacedSection(let id, let offset): "section \(id.name) at \(offset), which overlaps or is not aligned"
    case .truncatedSection(let id, let needed, let available):
      "section \(id.name) ends after \(available) bytes of \(needed)"
    case .corruptSection(let id, let stated, let computed):
      "section \(id.name): checksum \(stated), computed \(computed)"
    case .duplicateSection(let id): "section \(id.name) stands twice"
    case .missingSection(let id): "section \(id.name) is missing"
    case .strayByte(let offset): "byte \(offset), between two sections, is not zero"
    case .oversizedSection(let id, let used, let size): "section \(id.name) has \(size) bytes and uses \(used)"
    }
  }
}

extension ModelFileError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .misaligned(let alignment): "its bytes do not start at a multiple of \(alignment)"
    case .featureContractMismatch: "another front end"
    case .layerCount(let count): "\(count) layers"
    case .layerField(let layer, let field, let value): "layer \(layer): \(field.name) is \(value)"
    case .channelMismatch(let layer, let takes, let given):
      "layer \(layer) takes \(takes) channels and is given \(given)"
    case .misplacedResidual(let layer): "layer \(layer) adds a residual where there is none"
    case .timeReduction(let factor): "strides multiply to \(factor)"
    case .stateTooLarge(let bytes): "its layers keep \(bytes) bytes"
    case .tensorOutOfBounds(let layer, let tensor, let offset, let size, let available):
      "layer \(layer): \(tensor.name) of \(size) bytes at \(offset), of \(available)"
    case .biasTooLarge(let layer, let channel, let value): "layer \(layer), channel \(channel): bias \(value)"
    case .negativeMultiplier(let layer, let channel, let value):
      "layer \(layer), channel \(channel): multiplier \(value)"
    case .embeddingDimension(let section, let found, let expected):
      "section \(section.name): dimension \(found), expected \(expected)"
    case .count(let section, let found, let expected): "section \(section.name): count \(found), expected \(expected)"
    case .dimension(let section, let found, let limit): "section \(section.name): dimension \(found), at most \(limit)"
    case .matrixShape(let section, let rows, let columns, let expectedRows, let expectedColumns):
      "section \(section.name): matrix of \(rows) by \(columns), expected \(expectedRows) by \(expectedColumns)"
    case .invalidScale(let section, let index): "section \(section.name): scale of row \(index)"
    case .notFinite(let section, let index): "section \(section.name): value \(index) is not finite"
    case .notUnitLength(let phonemeClass, _): "the vector of class \(phonemeClass) is not of length 1"
    }
  }
}

extension ModelFileError.LayerField {
  fileprivate var name: String {
    switch self {
    case .kind: "kind"
    case .activation: "activation"
    case .residual: "residual"
    case .reserved: "reserved"
    case .inputChannels: "input channels"
    case .outputChannels: "output channels"
    case .kernel: "kernel"
    case .stride: "stride"
    case .dilation: "dilation"
    case .rightContext: "right context"
    case .depth: "depth"
    case .residualMultiplier: "residual multiplier"
    }
  }
}

extension ModelFileError.Tensor {
  fileprivate var name: String {
    switch self {
    case .weights: "weights"
    case .bias: "biases"
    case .multipliers: "multipliers"
    }
  }
}

extension PhraseFileError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .misaligned(let alignment): "its bytes do not start at a multiple of \(alignment)"
    case .otherModel: "another model"
    case .tooManyPhrases(let count, let maximum): "\(count) phrases, at most \(maximum)"
    case .embeddingDimension(let found, let maximum): "embeddings of dimension \(found), at most \(maximum)"
    case .text(let phrase): "the text of phrase \(phrase)"
    case .threshold(let phrase, let value): "phrase \(phrase): threshold \(value)"
    case .variantCount(let phrase, let count): "phrase \(phrase): \(count) variants"
    case .undefinedValue(let phrase, let value): "phrase \(phrase): value \(value)"
    case .notFinite(let phrase): "phrase \(phrase): a value is not finite"
    case .alreadyEnrolled(let phrase): "phrase \(phrase) stands twice"
    }
  }
}

extension LanguageFileError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .lexicon(.truncated(let needed, let available)): "lexicon: \(available) bytes of \(needed)"
    case .lexicon(.inconsistentCounts): "lexicon: counts that contradict each other"
    case .graphemeToPhoneme(let error): error.damage
    }
  }
}

extension BackgroundSpeechError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .otherModel: "another model"
    case .count(_, let found, let maximum): "a count of \(found), at most \(maximum)"
    case .step(let value): "step \(value)"
    case .notFinite(let section, let index): "section \(section.name): value \(index) is not finite"
    case .undefinedValue(let utterance, let value): "utterance \(utterance): value \(value)"
    case .frames(let utterance): "utterance \(utterance): its frames"
    case .notAscending(let section, let index): "section \(section.name): value \(index) is not above the one before"
    }
  }
}
