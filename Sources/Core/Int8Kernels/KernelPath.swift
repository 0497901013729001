import CInt8Kernels

/// A set of instructions to run the int8 operators with; slower ones first.
///
/// A path is chosen once, when an encoder is made, and never changes a byte of what it computes. Every path can be named
/// and forced, so that a board's path can be tested and a suspect one ruled out.
public enum KernelPath: UInt8, CaseIterable, Equatable, Sendable {
  /// The formula, written out in Swift; slow, and what every other path is held to.
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

  /// The name by which tools list and force the path.
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

  /// The path of that name, whether or not this machine has it.
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

  /// The functions of a path, or nil where it is the reference or not available.
  static func find(_ path: KernelPath) -> heed_kernels? {
    guard let code = path.code else { return nil }
    var kernels = heed_kernels()
    return heed_find_kernels(code, &kernels) ? kernels : nil
  }

  /// The path's number in C; the reference has none.
  var code: heed_kernel_path? {
    switch self {
    case .reference: return nil
    case .portable: return HEED_KERNELS_PORTABLE
    case .sse41: return HEED_KERNELS_SSE41
    case .avx2: return HEED_KERNELS_AVX2
    case .avx512VNNI: return HEED_KERNELS_AVX512_VNNI
    case .avxVNNI: return HEED_KERNELS_AVX_VNNI
    case .neon: return HEED_KERNELS_NEON
    case .neonDotProduct: return HEED_KERNELS_NEON_DOT_PRODUCT
    }
  }
}
