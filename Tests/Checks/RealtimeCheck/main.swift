import AudioFiles
import AudioFrontEnd
import CFrameThread
import Foundation
import KeywordSpotting
import ModelFormat
import TextEnrollment

// RealtimeCheck sanitizer|kernel MISDEED MODELS RECORDING...: processes recordings under RealtimeSanitizer, or in a
// thread in which the kernel forbids system calls. .ci/core/realtime builds and runs it.
//
// Exit status: 0 if nothing forbidden was done and every phrase was detected, 1 if a phrase was not detected, 64 if the
// command line is wrong, 69 if the check is not possible here. The sanitizer ends the process with 43, the kernel with
// SIGSYS.

func fail(_ code: Int32, _ message: String) -> Never {
  FileHandle.standardError.write(Data("RealtimeCheck: \(message)\n".utf8))
  exit(code)
}

func bytes(of path: String) -> UnsafeRawBufferPointer {
  guard let data = FileManager.default.contents(atPath: path) else { fail(64, "cannot open \(path)") }
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 64)
  memory.copyBytes(from: data)
  return UnsafeRawBufferPointer(memory)
}

let words = CommandLine.arguments
guard words.count >= 5, ["sanitizer", "kernel"].contains(words[1]), let misdeed = Misdeed(rawValue: words[2]) else {
  fail(
    64,
    "RealtimeCheck sanitizer|kernel \(Misdeed.allCases.map(\.rawValue).joined(separator: "|")) MODELS RECORDING...")
}
let usesSanitizer = words[1] == "sanitizer"
if usesSanitizer && !cooee_test_has_realtime_sanitizer() {
  fail(69, "not linked with -fsanitize=realtime; .ci/core/realtime does it")
}

let model = try AcousticModel(bytes(of: words[3] + "/base.cooee"), expectedFeatureContract: FeatureContract.hash)
let enroller = Enroller(model: model, language: try LanguageFile(bytes(of: words[3] + "/english.cooee")))
let phrases = ["hey computer", "hey scout", "railway station", "turn on the lights"]
let spokenCount = 3  // The last one is not said in the recordings.
var samples: [Int16] = []
for path in words[4...] {
  samples += try AudioFileReader.readAll(path: path)
  samples += [Int16](repeating: 0, count: 16_000)
}
let enrollments = try phrases.map { try enroller.enroll($0).enrollment }
let spotter = KeywordSpotter(model: model, enrollments: enrollments)

samples.withUnsafeBufferPointer { buffer in
  let path = FramePath(spotter, buffer, misdeed: misdeed, isWatched: usesSanitizer)
  let error = path.runOnThread()
  if error != 0 { fail(69, "the thread cannot be set up: \(String(cString: strerror(error)))") }
  let events = zip(phrases, path.eventCounts).map { "\($1) \"\($0)\"" }.joined(separator: ", ")
  print("\(samples.count / 16_000) s heard, \(path.candidateCount) candidates, events: \(events)")
  if path.eventCounts.prefix(spokenCount).contains(0) { fail(1, "a phrase that was said was not heard") }
}
