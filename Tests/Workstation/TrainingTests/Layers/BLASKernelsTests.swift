import Testing
import Training

@Suite("Kernels of OpenBLAS") struct BLASKernelsTests {
  private static let xeon: Set<Substring> = [
    "sse2", "avx2", "fma", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_bf16",
  ]

  @Test("An unknown processor gets the newest kernels that its features allow")
  func unknown() {
    #expect(BLASKernels.fasterKernels(than: "Prescott", processorFlags: Self.xeon) == "SkylakeX")
    let older = Self.xeon.subtracting(["avx512vl"])
    #expect(BLASKernels.fasterKernels(than: "Prescott", processorFlags: older) == "Haswell")
  }

  @Test("A processor that OpenBLAS knows, or that has nothing newer, keeps its kernels")
  func known() {
    #expect(BLASKernels.fasterKernels(than: "Zen", processorFlags: Self.xeon) == nil)
    #expect(BLASKernels.fasterKernels(than: "Prescott", processorFlags: ["sse2", "avx"]) == nil)
    #expect(BLASKernels.fasterKernels(than: "Prescott", processorFlags: []) == nil)
  }
}
