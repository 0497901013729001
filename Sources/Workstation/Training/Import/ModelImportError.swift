/// Why a model file cannot become a network to train.
public enum ModelImportError: Error, Equatable, CustomStringConvertible {
  /// The layers are not those of an ``AcousticEncoder``.
  case otherLayers
  /// The pooling has another number of units than ``SpottingNetwork`` builds.
  case otherPooling(found: Int, wanted: Int)
  /// The recipe describes another network. The values are names of shapes.
  case otherShape(found: String, wanted: String)

  /// The error and its remedy in one line.
  public var description: String {
    switch self {
    case .otherLayers: "its layers are not those of the streaming encoder; pass a model that `cooee-train export` wrote"
    case .otherPooling(let found, let wanted):
      "its pooling has \(found) units and the trainer's has \(wanted); pass a model that this version exported"
    case .otherShape(let found, let wanted):
      "its network is \(found) and the recipe's is \(wanted); give the recipe the model's shape (network.streaming)"
    }
  }
}
