import CEmulatedDotProduct
import CInt8Kernels
import Int8Kernels
import ModelFormat
import SeededRandom
import Testing

/// The AVX-VNNI path on processors without its instruction.
@Suite(.serialized) struct EmulatedPathTests {
  @Test(
    "AVX-VNNI machine code gives the portable path's bytes, with its instruction emulated if missing",
    .enabled(if: emulated_avx_vnni_is_possible(), "needs an x86 processor with AVX2"))
  func avxVNNI() {
    var portable = cooee_kernels()
    #expect(cooee_find_kernels(COOEE_KERNELS_PORTABLE, &portable))
    var generator = SplitMix64(seed: 9)
    func bytes(_ count: Int, _ range: ClosedRange<Int>) -> [Int8] {
      (0..<count).map { _ in Int8(generator.integer(in: range)) }
    }
    let before = emulated_avx_vnni_count()
    // Depths around the vector and its multiples, outputs around the tile and the block.
    for depth in [1, 31, 32, 33, 63, 64, 65, 96, 200, 256] {
      for outputs in [1, 7, 8, 9, 16, 23, 64, 65, 73] {
        let weights = bytes(depth * outputs, -128...127)
        let input = bytes(depth, -127...127)
        let residual = bytes(outputs, -127...127)
        let biases = (0..<outputs).map { _ in Int32(generator.integer(in: -1 << 20...1 << 20)) }
        let multipliers = (0..<outputs).map { _ in Int32(generator.integer(in: 0...1 << 22)) }
        var expected = [Int8](repeating: 99, count: outputs + 1)
        var found = expected
        weights.withUnsafeBufferPointer { weights in
          biases.withUnsafeBufferPointer { biases in
            multipliers.withUnsafeBufferPointer { multipliers in
              var layer = cooee_int8_layer(
                weights: weights.baseAddress!, biases: biases.baseAddress!,
                multipliers_q30: multipliers.baseAddress!, residual_multiplier_q30: 1 << 29, lower_bound: -127,
                depth: Int32(depth), outputs: Int32(outputs))
              portable.dense(&layer, input, residual, &expected)
              emulated_avx_vnni_dense(&layer, input, residual, &found)
            }
          }
        }
        #expect(found == expected, "seed 9, depth \(depth), outputs \(outputs)")
      }
    }
    // A processor that reports the instruction needs no emulation. One whose hypervisor hides it may have it all the same.
    #expect(!KernelPath.avxVNNI.isAvailable || emulated_avx_vnni_count() == before)
  }
}
