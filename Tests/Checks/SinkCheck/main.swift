import CPlatform
import CommandLineOptions
import DetectionEvents
import Glibc
import ListeningService
import Messages
import ServiceSinks

// The sinks of cooee serve without the service, for scripts that check them from outside. Each line of stdin is a phrase
// that is "detected". The end of input, or SIGTERM, stops the sink in an orderly way. Notes go to stderr.

@Sendable func event(_ phrase: String) -> ServiceEvent {
  ServiceEvent(
    detection: DetectionEvent(
      source: .device("check"), phrase: phrase, startSample: 16_000, endSample: 32_000, score: 0.75),
    milliseconds: 1_767_323_045_678, threshold: 0.25)
}

func forEachPhrase(_ body: (String) -> Void) {
  while let line = readLine() { body(line) }
}

let mqttSyntax = CommandSyntax("mqtt", "Publish by MQTT.", "", options: MQTTOptions.options)

do throws(Failure) {
  let words = Array(CommandLine.arguments.dropFirst())
  switch words.first {
  case "mqtt":
    var options = try MQTTOptions(mqttSyntax.parse(Array(words.dropFirst())))
    options.firstPauseMilliseconds = 100
    options.longestPauseMilliseconds = 500
    options.steadyMilliseconds = 500
    let publisher = MQTTPublisher(
      options, version: "1.2.3", note: { report($0) }, onToggle: { report(.information($0 ? "paused" : "resumed")) })
    try publisher.start()
    forEachPhrase { publisher.publish(event($0)) }
    publisher.stop()
    let counts = publisher.counts
    print("published \(counts.publishedCount), dropped \(counts.droppedCount), queued \(counts.queuedCount)")
  case "metrics":
    let metrics = ServiceMetrics(version: "1.2.3 \"quoted\"")
    metrics.update {
      $0.levelDBFS = -.infinity
      $0.isMicrophoneUp = true
      $0.isMQTTConnected = false
      $0.httpRequestCounts = [200: 3, 404: 1]
      $0.sinkDroppedCounts = ["mqtt": 2]
      $0.processingSeconds = 1.25
    }
    forEachPhrase { metrics.note(event($0)) }
    print(metrics.rendered, terminator: "")
  case "announce":
    guard words.count == 4, let wyoming = Int(words[2]), let http = Int(words[3]) else { fallthrough }
    let announcement = ServiceAnnouncement(
      name: words[1],
      services: [
        .init(type: "_wyoming._tcp", port: wyoming), .init(type: "_http._tcp", port: http, attributes: ["path=/"]),
      ],
      retryMilliseconds: 300
    ) { report($0) }
    try announcement.start()
    forEachPhrase { _ in }
    announcement.stop()
  default: throw Failure(.usage, "SinkCheck mqtt [options] | metrics | announce NAME PORT PORT")
  }
} catch {
  report(.warning(error.message))
  exit(error.code.rawValue)
}
