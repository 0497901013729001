import Testing
import Training

@Suite struct NoiseSplitTests {
  /// FNV-1a-64 by hand, of a published vector each: "a" = AF63DC4C8601EC8C (even), "b" = AF63DF4C8601F1A5 (odd),
  /// "foobar" = 85944171F73967E8 (even).
  @Test("The rule is the parity of the FNV-1a hash of the name") func publishedVectors() {
    #expect(!NoiseSplit.isReservedForEvaluation(id: "a"))
    #expect(NoiseSplit.isReservedForEvaluation(id: "b"))
    #expect(!NoiseSplit.isReservedForEvaluation(id: "foobar"))
  }

  @Test("Folder, extension and take letter are ignored") func normalisation() {
    for name in ["1-100032", "5-9032", "0265e9daabd9"] {
      let expected = NoiseSplit.isReservedForEvaluation(id: name)
      for form in ["\(name).opus", "set/\(name).wav", "a.b/c/\(name)", "x/\(name)-A.opus", "x/\(name)-B.opus"] {
        #expect(NoiseSplit.isReservedForEvaluation(id: form) == expected, "\(form)")
      }
    }
  }

  @Test("About half of many names are reserved") func balance() {
    let reserved = (0..<2_000).count { NoiseSplit.isReservedForEvaluation(id: "clip\($0)") }
    #expect((900...1_100).contains(reserved))
  }
}
