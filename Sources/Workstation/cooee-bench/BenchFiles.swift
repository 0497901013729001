import CPlatform
import Foundation

/// Files as on a device: mapped, and next to one another in the folder of the models.
enum BenchFiles {
  /// Maps a file for the lifetime of the program.
  static func map(_ path: String, purpose: String) throws -> UnsafeRawBufferPointer {
    let mapping = platform_read_file(path, 1 << 30)
    guard mapping.error == 0 else {
      throw failure(66, "cannot open \(purpose) \(path): \(String(cString: strerror(mapping.error)))")
    }
    return UnsafeRawBufferPointer(start: mapping.bytes, count: mapping.count)
  }

  /// `models/NAME` in the current folder, if it exists.
  static func inModels(_ name: String) -> String? {
    let path = "models/" + name
    return platform_is_readable_file(path) != 0 ? path : nil
  }

  /// `base-background.cooee` next to `base.cooee`, if it exists.
  static func background(of model: String) -> String? {
    let path = (model.hasSuffix(".cooee") ? String(model.dropLast(6)) : model) + "-background.cooee"
    return platform_is_readable_file(path) != 0 ? path : nil
  }

  /// The size of a file in bytes.
  static func size(of path: String) throws -> Int {
    do {
      // Resolve symbolic links, such as those in `.build/release`.
      let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      return try resolved.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    } catch {
      throw failure(66, "cannot open \(path): \(error.localizedDescription)")
    }
  }
}
