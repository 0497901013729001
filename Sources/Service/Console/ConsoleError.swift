import HTTPTypes
import JSON
import Messages

/// Why a request is refused: the HTTP status, the problem, and what to do.
struct ConsoleError: Error, Equatable {
  var status: HTTPResponse.Status
  var error: String
  var remedy: String
  /// The number of seconds after which the request may be sent again.
  var retrySeconds: Int?

  init(_ status: HTTPResponse.Status, _ error: String, remedy: String, retrySeconds: Int? = nil) {
    self.status = status
    self.error = error
    self.remedy = remedy
    self.retrySeconds = retrySeconds
  }

  /// Splits a failure's message at the first semicolon into the problem and what to do.
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
      remedy = "see the service's log"
    }
  }

  var json: JSONObject {
    var object = JSONObject()
    object.add("error", error)
    object.add("remedy", remedy)
    return object
  }
}
