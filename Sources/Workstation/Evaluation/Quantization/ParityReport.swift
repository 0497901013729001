import Foundation

/// How far the int8 model is from the float network that it was exported from, and the engine from its simulation.
public struct ParityReport: Sendable, Codable {
  /// What one form of the encoder hears.
  public struct Form: Sendable, Codable {
    /// `float`, `simulated int8` or `int8 engine`.
    public var name: String
    /// Of greedy decoding, against the nearest pronunciation.
    public var phonemeErrorRate: Double
  }

  /// Two forms over all frames.
  public struct Difference: Sendable, Codable {
    public var form: String
    public var reference: String
    /// Of log posteriors, over all frames and classes, in nats.
    public var meanAbsoluteDifference: Double
    public var maximumAbsoluteDifference: Double
    /// Of a frame's two embeddings.
    public var meanCosine: Double
  }

  /// The error of one layer's output, everything before it included.
  public struct LayerNoise: Sendable, Codable {
    public var layer: String
    /// `10 · log₁₀(Σ f² / Σ (f − g · q)²)` of float `f` against simulated `q`, with the gain `g` of each channel that fits
    /// best: step and equalisation of the channel, which the model file does not keep. 100 where nothing differs.
    public var signalToQuantizationNoiseDecibels: Double
  }

  public var utteranceCount: Int
  public var frameCount: Int
  /// Phonemes of the nearest pronunciations.
  public var phonemeCount: Int
  /// Utterances with a word that has no pronunciation.
  public var skippedCount: Int
  public var forms: [Form]
  public var differences: [Difference]
  public var layers: [LayerNoise]
}

extension ParityReport {
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
    var noise = MarkdownTable(["layer", "signal to quantisation noise, dB"])
    for layer in layers {
      noise.append([layer.layer, String(format: "%.1f", layer.signalToQuantizationNoiseDecibels)])
    }
    let skipped = skippedCount > 0 ? ", \(skippedCount) with unpronounceable words left out" : ""
    return "\(utteranceCount) utterances\(skipped), \(frameCount) frames, \(phonemeCount) phonemes\n\n"
      + [heard, compared, noise].map(\.text).joined(separator: "\n")
  }
}
