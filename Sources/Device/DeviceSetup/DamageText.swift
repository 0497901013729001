import KeywordSpotting
import Messages
import ModelFormat
import TextEnrollment

// What is wrong with a damaged file, for the parentheses of a message. Embedded Swift cannot print a case's name.

extension ContainerError {
  var damage: String {
    switch self {
    case .wrongMagic(let found): filled("it begins with % instead of COOE", word(found))
    case .newerVersion(let found, let supported): filled("version %, supported %", word(found), word(supported))
    case .wrongKind(let found, _): filled("kind %", word(found))
    case .truncated(let needed, let available): filled("% of % bytes", word(available), word(needed))
    case .trailingBytes(let stated, let found): filled("% bytes, header says %", word(found), word(stated))
    case .tooManySections(let count, let limit): filled("% sections, at most %", word(count), word(limit))
    case .corruptHeader(let stated, let computed): filled("header checksum %, computed %", word(stated), word(computed))
    case .misplacedSection(let id, let offset):
      filled("section % at %, which overlaps or is not aligned", id.name, word(offset))
    case .truncatedSection(let id, let needed, let available):
      filled("section % ends after % of % bytes", id.name, word(available), word(needed))
    case .corruptSection(let id, let stated, let computed):
      filled("section %: checksum %, computed %", id.name, word(stated), word(computed))
    case .duplicateSection(let id): filled("section % appears twice", id.name)
    case .missingSection(let id): filled("section % is missing", id.name)
    case .strayByte(let offset): filled("byte %, between two sections, is not zero", word(offset))
    case .oversizedSection(let id, let used, let size):
      filled("section % has % bytes and uses %", id.name, word(size), word(used))
    }
  }
}

extension ModelFileError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .misaligned(let alignment): filled("its bytes do not start at a multiple of %", word(alignment))
    case .featureContractMismatch: "different front end"
    case .layerCount(let count): filled("% layers", word(count))
    case .layerField(let layer, let field, let value): filled("layer %: % is %", word(layer), field.name, word(value))
    case .channelMismatch(let layer, let takes, let given):
      filled("layer % needs % channels and gets %", word(layer), word(takes), word(given))
    case .misplacedResidual(let layer): filled("layer % adds a residual that does not exist", word(layer))
    case .timeReduction(let factor): filled("strides multiply to %", word(factor))
    case .stateTooLarge(let bytes): filled("its layers keep % bytes", word(bytes))
    case .tensorOutOfBounds(let layer, let tensor, let offset, let size, let available):
      filled("layer %: % of % bytes at %, of %", [word(layer), tensor.name, word(size), word(offset), word(available)])
    case .biasTooLarge(let layer, let channel, let value):
      filled("layer %, channel %: bias %", word(layer), word(channel), word(value))
    case .negativeMultiplier(let layer, let channel, let value):
      filled("layer %, channel %: multiplier %", word(layer), word(channel), word(value))
    case .embeddingDimension(let section, let found, let expected):
      filled("section %: dimension %, expected %", section.name, word(found), word(expected))
    case .count(let section, let found, let expected):
      filled("section %: count %, expected %", section.name, word(found), word(expected))
    case .dimension(let section, let found, let limit):
      filled("section %: dimension %, at most %", section.name, word(found), word(limit))
    case .matrixShape(let section, let rows, let columns, let expectedRows, let expectedColumns):
      filled(
        "section %: matrix of % by %, expected % by %",
        [section.name, word(rows), word(columns), word(expectedRows), word(expectedColumns)])
    case .invalidScale(let section, let index): filled("section %: scale of row %", section.name, word(index))
    case .notFinite(let section, let index): filled("section %: value % is not finite", section.name, word(index))
    case .notUnitLength(let phonemeClass, _): filled("the vector of class % does not have length 1", word(phonemeClass))
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
    case .misaligned(let alignment): filled("its bytes do not start at a multiple of %", word(alignment))
    case .otherModel: "different model"
    case .tooManyPhrases(let count, let maximum): filled("% phrases, at most %", word(count), word(maximum))
    case .embeddingDimension(let found, let maximum):
      filled("embeddings of dimension %, at most %", word(found), word(maximum))
    case .text(let phrase): filled("the text of phrase %", word(phrase))
    case .threshold(let phrase, let value): filled("phrase %: threshold %", word(phrase), value.description)
    case .variantCount(let phrase, let count): filled("phrase %: % variants", word(phrase), word(count))
    case .undefinedValue(let phrase, let value): filled("phrase %: value %", word(phrase), word(value))
    case .notFinite(let phrase): filled("phrase %: a value is not finite", word(phrase))
    case .alreadyEnrolled(let phrase): filled("phrase % appears twice", word(phrase))
    }
  }
}

extension LanguageFileError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .lexicon(.truncated(let needed, let available)): filled("lexicon: % of % bytes", word(available), word(needed))
    case .lexicon(.inconsistentCounts): "lexicon: inconsistent counts"
    case .lexicon(.damagedTrees): "lexicon: its trees"
    case .earlierFormat: "earlier format"
    case .graphemeToPhoneme(let error): error.damage
    }
  }
}

extension BackgroundSpeechError {
  var damage: String {
    switch self {
    case .container(let error): error.damage
    case .otherModel: "different model"
    case .count(_, let found, let maximum): filled("a count of %, at most %", word(found), word(maximum))
    case .step(let value): filled("step %", value.description)
    case .share(let part, let found): filled("part % of the mix: share %", word(part), found.description)
    case .notFinite(let section, let index): filled("section %: value % is not finite", section.name, word(index))
    case .undefinedValue(let utterance, let value): filled("utterance %: value %", word(utterance), word(value))
    case .frames(let utterance): filled("utterance %: its frames", word(utterance))
    case .frequencies(let table): filled("section PACK: frequencies of table %", word(table))
    case .spelling(let index): filled("section WORD: word %", word(index))
    case .notAscending(let section, let index):
      filled("section %: value % is not greater than the one before it", section.name, word(index))
    }
  }
}
