import ListeningService
import Synchronization

/// The metrics of a service, for Prometheus.
///
/// Any thread may call every method; each waits only for a short lock.
package final class ServiceMetrics: Sendable {
  private let version: String
  private let measurements = Mutex(ServiceMeasurements())

  package init(version: String) { self.version = version }

  /// Changes the measurements under a lock.
  package func update(_ change: (inout ServiceMeasurements) -> Void) {
    measurements.withLock { change(&$0) }
  }

  /// Counts a detection, or a candidate that was not detected.
  package func note(_ event: ServiceEvent) {
    update {
      $0.count(phrase: event.detection.phrase, score: event.detection.score, detected: event.detection.detected)
    }
  }

  /// All metrics in the format of ``MetricsText``, with current readings of the machine.
  package var rendered: String {
    Self.rendered(measurements.withLock { $0 }, MachineReadings(), version: version)
  }

  /// All metrics, in the order of the output.
  package static let all: [MetricsText.Metric] = [
    .init(name: "cooee_build_info", kind: .gauge, labels: ["version"], help: "Always 1; the label is the version."),
    .init(name: "cooee_detections_total", kind: .counter, labels: ["phrase"], help: "Detections."),
    .init(
      name: "cooee_candidate_score", kind: .histogram, labels: ["phrase"],
      help: "Scores of detections and rejected candidates, 0 to 1."),
    .init(
      name: "cooee_samples_total", kind: .counter, labels: [], help: "Samples read from the microphones."),
    .init(
      name: "cooee_lost_samples_total", kind: .counter, labels: [], help: "Samples that the sound card lost."),
    .init(
      name: "cooee_dropped_samples_total", kind: .counter, labels: [],
      help: "Samples dropped because keyword spotting did not keep up."),
    .init(name: "cooee_overruns_total", kind: .counter, labels: [], help: "Overruns of the sound card's buffer."),
    .init(name: "cooee_suspends_total", kind: .counter, labels: [], help: "Suspensions of the machine."),
    .init(
      name: "cooee_reconnects_total", kind: .counter, labels: [], help: "Times the microphone was reopened."),
    .init(
      name: "cooee_processing_seconds_total", kind: .counter, labels: [],
      help: "CPU time of the keyword spotting thread; its rate is the load of one core."),
    .init(
      name: "cooee_level_dbfs", kind: .gauge, labels: [],
      help: "Level of the loudest microphone in dB below full scale; missing until measured."),
    .init(
      name: "cooee_microphone_up", kind: .gauge, labels: [],
      help: "1 while all microphones deliver audio, else 0; missing without a microphone."),
    .init(name: "cooee_clients", kind: .gauge, labels: [], help: "Connected Wyoming clients."),
    .init(name: "cooee_http_requests_total", kind: .counter, labels: ["code"], help: "HTTP responses."),
    .init(
      name: "cooee_mqtt_connected", kind: .gauge, labels: [],
      help: "1 while the MQTT broker is connected, else 0; missing without a broker."),
    .init(
      name: "cooee_webhook_requests_total", kind: .counter, labels: ["result"], help: "Requests to the webhook."),
    .init(
      name: "cooee_voice_assistant_requests_total", kind: .counter, labels: ["result"],
      help: "Commands to the voice assistant."),
    .init(
      name: "cooee_sink_dropped_total", kind: .counter, labels: ["sink"],
      help: "Events dropped by slow or failed receivers."),
    .init(
      name: "process_cpu_seconds_total", kind: .counter, labels: [], help: "CPU time of the whole process."),
    .init(name: "process_resident_memory_bytes", kind: .gauge, labels: [], help: "Resident memory of the process."),
    .init(name: "process_start_time_seconds", kind: .gauge, labels: [], help: "Unix time when the process started."),
    .init(
      name: "cooee_machine_temperature_celsius", kind: .gauge, labels: ["zone", "type"],
      help: "Temperatures of the machine, if Linux reports them."),
  ]

  static func rendered(_ measured: ServiceMeasurements, _ machine: MachineReadings, version: String) -> String {
    var text = MetricsText()
    let phrases = measured.phrases.sorted { $0.key < $1.key }
    for metric in all {
      text.begin(metric)
      let name = metric.name
      func put(_ value: Double?) {
        if let value { text.sample(name, [], value) }
      }
      func put(_ counts: [RequestResult: Int]) {
        for (result, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          text.sample(name, [("result", result.rawValue)], Double(count))
        }
      }
      switch name {
      case "cooee_build_info": text.sample(name, [("version", version)], 1)
      case "cooee_detections_total":
        for (phrase, counted) in phrases { text.sample(name, [("phrase", phrase)], Double(counted.detectionCount)) }
      case "cooee_candidate_score":
        for (phrase, counted) in phrases { text.samples(name, [("phrase", phrase)], of: counted.scores) }
      case "cooee_samples_total": put(Double(measured.sampleCount))
      case "cooee_lost_samples_total": put(Double(measured.lostSampleCount))
      case "cooee_dropped_samples_total": put(Double(measured.droppedSampleCount))
      case "cooee_overruns_total": put(Double(measured.overrunCount))
      case "cooee_suspends_total": put(Double(measured.suspendCount))
      case "cooee_reconnects_total": put(Double(measured.reconnectCount))
      case "cooee_processing_seconds_total": put(measured.processingSeconds)
      case "cooee_level_dbfs": put(measured.levelDBFS)
      case "cooee_microphone_up": put(measured.isMicrophoneUp.map { $0 ? 1 : 0 })
      case "cooee_clients": put(Double(measured.clientCount))
      case "cooee_http_requests_total":
        for (code, count) in measured.httpRequestCounts.sorted(by: { $0.key < $1.key }) {
          text.sample(name, [("code", "\(code)")], Double(count))
        }
      case "cooee_mqtt_connected": put(measured.isMQTTConnected.map { $0 ? 1 : 0 })
      case "cooee_webhook_requests_total": put(measured.webhookCounts)
      case "cooee_voice_assistant_requests_total": put(measured.voiceAssistantCounts)
      case "cooee_sink_dropped_total":
        for (sink, count) in measured.sinkDroppedCounts.sorted(by: { $0.key < $1.key }) {
          text.sample(name, [("sink", sink)], Double(count))
        }
      case "process_cpu_seconds_total": put(machine.cpuSeconds)
      case "process_resident_memory_bytes": put(machine.residentBytes)
      case "process_start_time_seconds": put(machine.startTimeSeconds)
      case "cooee_machine_temperature_celsius":
        for zone in machine.zones { text.sample(name, [("zone", zone.name), ("type", zone.kind)], zone.celsius) }
      default: preconditionFailure("\(name) is not rendered")
      }
    }
    return text.text
  }
}

extension MetricsText {
  /// Adds the samples of a histogram with these labels.
  fileprivate mutating func samples(
    _ name: String, _ labels: [(name: String, value: String)], of scores: ScoreHistogram
  ) {
    let count = Double(scores.cumulativeCounts.last ?? 0)
    for (bound, count) in zip(ScoreHistogram.bounds, scores.cumulativeCounts) {
      sample("\(name)_bucket", labels + [(name: "le", value: Self.number(bound))], Double(count))
    }
    sample("\(name)_bucket", labels + [(name: "le", value: "+Inf")], count)
    sample("\(name)_sum", labels, scores.sum)
    sample("\(name)_count", labels, count)
  }
}
