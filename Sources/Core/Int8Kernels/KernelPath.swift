import CInt8Kernels

/// An instruction set for the int8 operators, slower ones first.
///
/// The path is chosen once, when an encoder is created. All paths compute the same bytes. Each path can be selected by
/// name, to test the path of a board or to rule it out as the cause of a problem.
public enum KernelPath: UInt8, CaseIterable, Equatable, Sendable {
  /// The formula written out in Swift: slow, and the reference for all other paths.
  case reference
  /// Plain C, for any processor.
  case portable
  /// x86 with SSE4.1.
  case sse41
  /// x86 with AVX2.
  case avx2
  /// x86 with AVX-512 VNNI and VL, on vectors of 256 bits.
  case avx512VNNI
  /// x86 with AVX-VNNI.
  case avxVNNI
  /// ARM with NEON.
  case neon
  /// ARMv8.2 with the dot product instructions.
  case neonDotProduct

  /// The name in tools and options.
  public var name: String {
    switch self {
    case .reference: "reference"
    case .portable: "portable"
    case .sse41: "sse4.1"
    case .avx2: "avx2"
    case .avx512VNNI: "avx512-vnni"
    case .avxVNNI: "avx-vnni"
    case .neon: "neon"
    case .neonDotProduct: "neon-dotprod"
    }
  }

  /// The path with this name, whether or not it is available on this machine.
  public init?(name: String) {
    for path in Self.allCases where path.name == name {
      self = path
      return
    }
    return nil
  }

  /// Whether this build and this processor can run the path.
  public var isAvailable: Bool {
    self == .reference || Self.find(self) != nil
  }

  /// The paths of this machine, slowest first; never empty.
  public static var available: [KernelPath] {
    allCases.filter { $0.isAvailable }
  }

  /// The fastest path of this machine.
  public static var best: KernelPath {
    available.last ?? .portable
  }

  /// The functions of a path; `nil` for the reference or if it is not available.
  static func find(_ path: KernelPath) -> cooee_kernels? {
    guard let code = path.code else { return nil }
    var kernels = cooee_kernels()
    return cooee_find_kernels(code, &kernels) ? kernels : nil
  }

  /// The number of the path in C; `nil` for the reference.
  var code: cooee_kernel_path? {
    switch self {
    case .reference: return nil
    case .portable: return COOEE_KERNELS_PORTABLE
    case .sse41: return COOEE_KERNELS_SSE41
    case .avx2: return COOEE_KERNELS_AVX2
    case .avx512VNNI: return COOEE_KERNELS_AVX512_VNNI
    case .avxVNNI: return COOEE_KERNELS_AVX_VNNI
    case .neon: return COOEE_KERNELS_NEON
    case .neonDotProduct: return COOEE_KERNELS_NEON_DOT_PRODUCT
    }
  }
}
