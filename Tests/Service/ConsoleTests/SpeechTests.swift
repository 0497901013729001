import Console
import Glibc
import KeywordSpotting
import Testing
import TextEnrollment

@Suite("Speech synthesis")
struct SpeechTests {
  private func variant(_ words: [[Phoneme]]) -> PhraseVariant {
    let phonemes = words.flatMap { $0 }.map { $0.rawValue }
    let starts = words.flatMap { word in word.indices.map { $0 == 0 } }
    return PhraseVariant(
      phonemes: phonemes, wordInitial: starts, phonemeEmbeddings: [Float](repeating: 0, count: phonemes.count),
      utteranceEmbedding: [0])
  }

  /// A program in place of espeak-ng.
  private func program(_ script: String) throws -> SpeechSynthesis {
    let path = TestConsole.newFolder() + "/espeak-ng"
    let file = try #require(fopen(path, "w"))
    fputs("#!/bin/sh\n" + script, file)
    fclose(file)
    chmod(path, 0o755)
    return SpeechSynthesis(path: path)
  }

  @Test("phonemes are in espeak-ng's notation, with one stress per word")
  func phonemes() {
    let computer = variant([[.hh, .ey], [.k, .ah, .m, .p, .y, .uw, .t, .er]])
    #expect(computer.espeakText == "[[h'eI]] [[k@mpj'u:t3:]]")
    #expect(variant([[.dh, .ah]]).espeakText == "[[D'V]]")
    #expect(variant([[.s]]).espeakText == "[[s]]")
  }

  @Test("the program gets only the phonemes, and its output gets correct sizes")
  func arguments() throws {
    let speech = try program("printf 'RIFF____WAVEfmt %28s' x; printf '%s|' \"$@\"; ls /proc/self/fd | tr '\\n' ' '\n")
    let bytes = try speech.wave(of: variant([[.hh, .ey]]))
    let text = String(decoding: bytes[44...], as: UTF8.self)
    #expect(text.hasPrefix("-v|en-us|-s|150|--stdout|[[h'eI]]|"))
    // ls itself has the folder open.
    #expect(text.split(separator: "|").last == "0 1 2 3 ", "\(text)")
    #expect(bytes[4] == UInt8(bytes.count - 8) && bytes[40] == UInt8(bytes.count - 44))
  }

  @Test(
    "a program that fails, is silent or runs too long is reported as such",
    arguments: [
      ("exit 3", SpeechSynthesis.Problem.failed), ("exit 0", .failed), ("exec sleep 60", .tookTooLong),
      ("exec cat /dev/zero", .tooMuchSound),
    ])
  func problems(_ script: String, _ problem: SpeechSynthesis.Problem) throws {
    var speech = try program(script + "\n")
    if problem == .tookTooLong { speech.limitMilliseconds = 200 }
    #expect(throws: problem) { _ = try speech.wave(of: variant([[.hh, .ey]])) }
  }

  @Test("a missing program cannot be started")
  func missing() {
    let speech = SpeechSynthesis(path: "/nowhere/espeak-ng")
    #expect(throws: SpeechSynthesis.Problem.cannotStart(errorNumber: ENOENT)) {
      _ = try speech.wave(of: variant([[.hh, .ey]]))
    }
  }
}
