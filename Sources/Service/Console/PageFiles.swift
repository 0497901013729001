import HTTPTypes
import HummingbirdCore
import NIOCore

/// The page's files, which are part of the program.
enum PageFiles {
  struct File {
    var bytes: [UInt8]
    var type: String
  }

  /// The file with this path in its URL; nil if there is none.
  static func file(_ path: String) -> File? {
    switch path {
    case "/": File(bytes: PackageResources.index_html, type: html)
    case "/page/console.css": File(bytes: PackageResources.console_css, type: "text/css; charset=utf-8")
    case "/page/icon.svg": File(bytes: PackageResources.icon_svg, type: "image/svg+xml")
    case "/page/console.js": File(bytes: PackageResources.console_js, type: script)
    case "/page/service.js": File(bytes: PackageResources.service_js, type: script)
    case "/page/parts.js": File(bytes: PackageResources.parts_js, type: script)
    case "/page/microphone.js": File(bytes: PackageResources.microphone_js, type: script)
    case "/page/trace.js": File(bytes: PackageResources.trace_js, type: script)
    case "/page/phrases.js": File(bytes: PackageResources.phrases_js, type: script)
    case "/page/edit.js": File(bytes: PackageResources.edit_js, type: script)
    case "/page/threshold.js": File(bytes: PackageResources.threshold_js, type: script)
    case "/page/enroll.js": File(bytes: PackageResources.enroll_js, type: script)
    case "/page/trial.js": File(bytes: PackageResources.trial_js, type: script)
    case "/page/events.js": File(bytes: PackageResources.events_js, type: script)
    case "/page/files.js": File(bytes: PackageResources.files_js, type: script)
    default: nil
    }
  }

  private static let html = "text/html; charset=utf-8"
  private static let script = "text/javascript; charset=utf-8"

  /// Allows only this page's scripts, styles and images, none of them inline.
  ///
  /// - Parameter isFramed: Whether a page of the same site may show this page in a frame, as Home Assistant's does.
  static func policy(isFramed: Bool) -> String { isFramed ? basePolicy + "'self'" : basePolicy + "'none'" }

  private static let basePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src blob:; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors "
}
