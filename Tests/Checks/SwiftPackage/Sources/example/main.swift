import Cooee
import Foundation

func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(filePath: name))) }
let model = try SpotterModel(
  model: bytes("models/base.cooee"), language: bytes("models/english.cooee"),
  background: bytes("models/base-background.cooee"))
var phrases = PhraseList(for: model)
_ = try phrases.add("hey computer")
let spotter = Spotter(phrases)
let samples = try bytes(CommandLine.arguments[1]).withUnsafeBytes { [Int16]($0.bindMemory(to: Int16.self)) }
for event in spotter.process(samples) + spotter.finish() { print(event.start, event.end, event.score, event.phrase) }
