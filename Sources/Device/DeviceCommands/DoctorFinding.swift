import JSON
import Messages

/// The result of a check of `cooee doctor` that did not fail.
struct DoctorFinding {
  var detail: String
  /// Whether something should be improved; the detail describes how.
  var isNote = false

  static func note(_ detail: String) -> DoctorFinding { DoctorFinding(detail: detail, isNote: true) }
}

extension LineWriter {
  /// Writes the result of a check, as JSON or as text.
  mutating func put(
    check: String, _ finding: DoctorFinding?, _ failure: Failure?, json: Bool
  ) throws(Failure) {
    let detail = failure?.message ?? finding?.detail ?? ""
    let isNote = failure == nil && finding?.isNote == true
    if json {
      var object = JSONObject()
      object.add("check", check)
      object.add("ok", failure == nil)
      if isNote { object.add("note", true) }
      object.add("detail", detail)
      try put(object.encoded)
    } else {
      let mark = failure != nil ? "bad " : isNote ? "note" : "ok  "
      try put((mark + " " + check + ": " + detail).utf8)
    }
  }
}
