import Foundation
import ModelFormat

extension HeadCalibration.Result: CustomStringConvertible {
  /// Both heads and the amount of data behind them, in two lines.
  public var description: String {
    """
    stream head \(stream.weights) bias \(stream.bias), from \(streamMatches) matches and \(streamMismatches) mismatches; \
    bias from \(String(format: "%.0f", phraseHours)) phrase hours
    pair head \(pair.weights) bias \(pair.bias), from \(pairSamples) pairs
    """
  }

  /// A model file with these heads and everything else of another one.
  ///
  /// - Throws: ``ModelFormat/ContainerError`` if the bytes are not a model file.
  public func replacingHeads(of model: UnsafeRawBufferPointer) throws(ContainerError) -> [UInt8] {
    let container = try ContainerReader(model, expecting: .model)
    var writer = ContainerWriter(kind: .model)
    for section in container.sections {
      guard let bytes = container.bytes(of: section.id) else { continue }
      let isHead = section.id == "HEAD"
      writer.append(section.id, isHead ? AcousticModelContents.headSection(stream: stream, pair: pair) : Array(bytes))
    }
    return writer.finish()
  }
}
