import JSON
import Messages

/// What a check of `heed doctor` found where nothing keeps Heed from listening.
struct DoctorFinding {
  var detail: String
  /// Whether something is not as it should be, and the detail says what to do.
  var isNote = false

  static func note(_ detail: String) -> DoctorFinding { DoctorFinding(detail: detail, isNote: true) }
}

extension LineWriter {
  /// Writes the outcome of a check, as JSON or for a person.
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
