import Foundation

/// The difference of the int8 model from the float network behind it, and of the engine from its simulation.
public struct ParityReport: Sendable, Codable {
  /// The phoneme error rate of one form of the encoder.
  public struct Form: Sendable, Codable {
    /// `float`, `simulated int8` or `int8 engine`.
    public var name: String
    /// Of greedy decoding, against the nearest pronunciation.
    public var phonemeErrorRate: Double
  }

  /// Two forms over all frames.
  public struct Difference: Sendable, Codable {
    /// The form compared.
    public var form: String
    /// The form it is compared with.
    public var reference: String
    /// Mean absolute difference of log posteriors over all frames and classes, in nats.
    public var meanAbsoluteDifference: Double
    /// Maximum absolute difference of log posteriors, in nats.
    public var maximumAbsoluteDifference: Double
    /// Mean cosine of the two embeddings of a frame.
    public var meanCosine: Double
  }

  /// The error of one layer's output, including that of all layers before it.
  public struct LayerNoise: Sendable, Codable {
    /// The name of the layer.
    public var layer: String
    /// `10 · log₁₀(Σ f² / Σ (f − g · q)²)` of float `f` against simulated `q`, with the best-fitting gain `g` per
    /// channel. The gain stands for the channel's step and equalization, which the model file does not store. 100 if
    /// there is no difference.
    public var signalToQuantizationNoiseDecibels: Double
  }

  /// Utterances encoded.
  public var utteranceCount: Int
  /// Frames of all utterances.
  public var frameCount: Int
  /// Phonemes of the nearest pronunciations.
  public var phonemeCount: Int
  /// Utterances skipped because a word has no pronunciation.
  public var skippedCount: Int
  /// The three forms of the encoder.
  public var forms: [Form]
  /// The form pairs compared.
  public var differences: [Difference]
  /// By layer, in the order of the model file.
  public var layers: [LayerNoise]
}

extension ParityReport {
  /// Tables of the forms, their differences and the layers.
  public var markdown: String {
    var heard = MarkdownTable(["encoder", "PER %"])
    for form in forms { heard.append([form.name, percent(form.phonemeErrorRate)]) }
    var compared = MarkdownTable(["log posteriors, embeddings", "mean \u{394}, nats", "largest", "mean cosine"])
    for difference in differences {
      compared.append([
        "\(difference.form) against \(difference.reference)",
        String(format: "%.5f", difference.meanAbsoluteDifference),
        String(format: "%.4f", difference.maximumAbsoluteDifference), String(format: "%.6f", difference.meanCosine),
      ])
    }
    var noise = MarkdownTable(["layer", "signal to quantization noise, dB"])
    for layer in layers {
      noise.append([layer.layer, String(format: "%.1f", layer.signalToQuantizationNoiseDecibels)])
    }
    let skipped = skippedCount > 0 ? ", \(skippedCount) with unpronounceable words skipped" : ""
    return "\(utteranceCount) utterances\(skipped), \(frameCount) frames, \(phonemeCount) phonemes\n\n"
      + [heard, compared, noise].map(\.text).joined(separator: "\n")
  }
}
