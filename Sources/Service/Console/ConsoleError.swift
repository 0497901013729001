import HTTPTypes
import JSON
import Messages

/// Why a request is refused: a status, what is wrong, and what to do.
struct ConsoleError: Error, Equatable {
  var status: HTTPResponse.Status
  var error: String
  var remedy: String
  /// Seconds after which the same request may be answered.
  var retrySeconds: Int?

  init(_ status: HTTPResponse.Status, _ error: String, remedy: String, retrySeconds: Int? = nil) {
    self.status = status
    self.error = error
    self.remedy = remedy
    self.retrySeconds = retrySeconds
  }

  /// A failure's message has what is wrong, a semicolon, and what to do.
  init(_ failure: Failure) {
    switch failure.code {
    case .badData, .usage: status = .unprocessableContent
    case .noInput: status = .conflict
    default: status = .internalServerError
    }
    let message = failure.message
    if let mark = message.firstRange(of: "; ") {
      error = String(message[..<mark.lowerBound])
      remedy = String(message[mark.upperBound...])
    } else {
      error = message
      remedy = "check the service's log"
    }
  }

  var json: JSONObject {
    var object = JSONObject()
    object.add("error", error)
    object.add("remedy", remedy)
    return object
  }
}
