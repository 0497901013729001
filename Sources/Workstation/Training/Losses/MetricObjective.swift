/// The deep-metric-learning objectives of ``MetricLearningLoss``.
///
/// `s` is the cosine between an anchor (a text embedding) and a candidate (an audio embedding), `P` the candidates of
/// the anchor's class, `N` the others; `softplus(x) = ln(1 + eˣ)`. The loss is the mean over the anchors of
///
/// | objective | for one anchor |
/// |---|---|
/// | ``triplet`` | `mean_P [max_N s − s_p + λ]₊`; with learned scales `mean_P 1/β · softplus(β (max_N s − s_p + λ))` |
/// | ``infoNCE`` | `mean_P −ln(e^{α s_p} / (e^{α s_p} + Σ_N e^{α s}))` |
/// | ``proxyAnchor`` | `1/α · ln(1 + Σ_P e^{−α (s − λ − δ)}) + 1/β · ln(1 + Σ_N e^{β (s − λ + δ)})` |
/// | ``proxyMS`` | `1/α · ln(1 + Σ_P e^{−α (s − λ)}) + 1/β · ln(1 + Σ_N e^{β (s − λ)})` |
/// | ``proxyBD`` | `mean_P 1/α · softplus(−α (s − λ)) + mean_N 1/β · softplus(β (s − λ))` |
/// | ``asyP`` | `1/α · ln(1 + Σ_P e^{−α (s − λ)}) + mean_N 1/β · softplus(β (s − λ))` |
///
/// With adaptive margins and scales (AdaMS) `α`, `β` and `λ` are learned, one value per class. A learned margin of the
/// triplet loss would shrink, because a smaller margin always gives a smaller loss. There only the scale adapts.
/// InfoNCE has no margin.
/// - Reference: Hermans et al. 2017, arXiv:1703.07737 (triplet, hardest negative); van den Oord et al. 2018,
///   arXiv:1807.03748 (InfoNCE); Kim et al. 2020, arXiv:2003.13911 (Proxy-Anchor, divided here by its scales to give
///   all objectives comparable weight); Wang et al. 2019, arXiv:1904.06627 (multi-similarity); Yi et al. 2014,
///   arXiv:1407.4979 (binomial deviance); Jung et al. 2025, arXiv:2505.16735 (AsyP, AdaMS).
public enum MetricObjective: String, Codable, Sendable, CaseIterable {
  /// The objectives in the table above.
  case triplet, infoNCE, proxyAnchor, proxyMS, proxyBD, asyP

  /// Fixed or initial values of scales and margins. The last three objectives share theirs, to differ only in form.
  public struct Constants: Sendable, Equatable {
    /// `α`, the scale of positives.
    public var alpha: Float
    /// `β`, the scale of negatives.
    public var beta: Float
    /// `λ`, the margin.
    public var margin: Float
    /// `δ`, half the distance between the thresholds of positives and negatives.
    public var separation: Float
  }

  /// The values of this objective.
  public var constants: Constants {
    switch self {
    case .triplet: Constants(alpha: 8, beta: 16, margin: 0.2, separation: 0)
    case .infoNCE: Constants(alpha: 14, beta: 16, margin: 0, separation: 0)
    case .proxyAnchor: Constants(alpha: 32, beta: 32, margin: 0, separation: 0.1)
    case .proxyMS, .proxyBD, .asyP: Constants(alpha: 8, beta: 16, margin: 0.4, separation: 0)
    }
  }
}
