import Foundation
import ModelFormat
import Testing
@Test func dump() throws {
  let bytes = try ExampleModel.bytes()
  FileManager.default.createFile(atPath: "/tmp/heed/example.heed", contents: Data(bytes))
}
