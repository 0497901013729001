import CPlatform
import Foundation

/// Files as a device has them: mapped, and beside one another in the folder of the models.
enum BenchFiles {
  /// A file's bytes, mapped for as long as the program runs.
  static func map(_ path: String, purpose: String) throws -> UnsafeRawBufferPointer {
    let mapping = platform_read_file(path, 1 << 30)
    guard mapping.error == 0 else {
      throw failure(66, "cannot open \(purpose) \(path): \(String(cString: strerror(mapping.error)))")
    }
    return UnsafeRawBufferPointer(start: mapping.bytes, count: mapping.count)
  }

  /// `models/NAME` of the folder in which the program is run, where that is there.
  static func inModels(_ name: String) -> String? {
    let path = "models/" + name
    return platform_is_readable_file(path) != 0 ? path : nil
  }

  /// `base-background.heed` beside `base.heed`, where that is there.
  static func background(of model: String) -> String? {
    let path = (model.hasSuffix(".heed") ? String(model.dropLast(5)) : model) + "-background.heed"
    return platform_is_readable_file(path) != 0 ? path : nil
  }

  /// The size of a file in bytes.
  static func size(of path: String) throws -> Int {
    do {
      // What a link stands for, as programs in `.build/release` may be.
      let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      return try resolved.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    } catch {
      throw failure(66, "cannot open \(path): \(error.localizedDescription)")
    }
  }
}
