import Foundation
import ListeningService
import ServiceSinks
import Testing

@Suite("Service metrics")
struct ServiceMetricsTests {
  private func lines(_ metrics: ServiceMetrics, _ name: String) -> [String] {
    metrics.rendered.split(separator: "\n").map(String.init).filter { $0.hasPrefix(name) }
  }

  private func event(_ phrase: String, score: Float, detected: Bool = true) -> ServiceEvent {
    var event = serviceEvent(phrase)
    event.detection.score = score
    event.detection.detected = detected
    return event
  }

  @Test("the page lists every metric as it is rendered")
  func page() throws {
    let path = "\(TestPhrases.repository)/Sources/Service/ListeningService/ListeningService.docc/Events.md"
    let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix("| `cooee_") || $0.hasPrefix("| `process_")
    }
    let expected = ServiceMetrics.all.map { metric in
      "| `\(metric.name)` | \(metric.kind.rawValue) | \(metric.labels.map { "`\($0)`" }.joined(separator: ", ")) | "
        + "\(metric.help) |"
    }
    #expect(rows.map(String.init) == expected)
  }

  @Test("every metric has its help and its type, once and in order")
  func heads() {
    let text = ServiceMetrics(version: "1").rendered.split(separator: "\n")
    #expect(
      text.filter { $0.hasPrefix("#") }.map(String.init)
        == ServiceMetrics.all.flatMap { ["# HELP \($0.name) \($0.help)", "# TYPE \($0.name) \($0.kind.rawValue)"] })
  }

  @Test("only quotation marks, backslashes and newlines of phrases are escaped")
  func labels() {
    let metrics = ServiceMetrics(version: "1\"2")
    metrics.note(event("a\"b\\c\nd{e}=größe,\t", score: 0.5))
    #expect(
      lines(metrics, "cooee_detections_total") == [#"cooee_detections_total{phrase="a\"b\\c\nd{e}=größe,"# + "\t\"} 1"])
    #expect(lines(metrics, "cooee_build_info") == [#"cooee_build_info{version="1\"2"} 1"#])
  }

  @Test("phrases beyond the limit are counted together, which bounds the labels")
  func boundedLabels() {
    let metrics = ServiceMetrics(version: "1")
    for index in 0..<1_000 { metrics.note(event("phrase \(index)", score: 0.5)) }
    metrics.update { for index in 0..<1_000 { $0.addPhrase("other \(index)") } }
    let counts = lines(metrics, "cooee_detections_total")
    #expect(counts.count == ServiceMeasurements.mostPhrases + 1)
    #expect(counts.contains("cooee_detections_total{phrase=\"(other)\"} \(1_000 - ServiceMeasurements.mostPhrases)"))
  }

  @Test("a score counts in all buckets from its own value up, and candidates are not detections")
  func histogram() {
    let metrics = ServiceMetrics(version: "1")
    metrics.update { $0.addPhrase("hey") }
    #expect(lines(metrics, "cooee_detections_total") == ["cooee_detections_total{phrase=\"hey\"} 0"])
    for (score, detected) in [(0, false), (0.1, false), (0.9, true), (0.96, true), (1, true), (Float.nan, false)] {
      metrics.note(event("hey", score: score, detected: detected))
    }
    #expect(lines(metrics, "cooee_detections_total") == ["cooee_detections_total{phrase=\"hey\"} 3"])
    let buckets = lines(metrics, "cooee_candidate_score_bucket")
    #expect(
      buckets.map { $0.split(separator: " ").last.map(String.init) } == [
        "2", "2", "2", "2", "2", "2", "2", "2", "3", "3", "4", "5",
      ])
    #expect(buckets.first == "cooee_candidate_score_bucket{phrase=\"hey\",le=\"0.1\"} 2")
    #expect(buckets.last == "cooee_candidate_score_bucket{phrase=\"hey\",le=\"+Inf\"} 5")
    #expect(lines(metrics, "cooee_candidate_score_count") == ["cooee_candidate_score_count{phrase=\"hey\"} 5"])
    #expect(lines(metrics, "cooee_candidate_score_sum").first?.hasSuffix("} 2.96") == true)
  }

  @Test("unmeasured values are missing, silence is -Inf, and whole numbers have no decimal point")
  func gauges() {
    let metrics = ServiceMetrics(version: "1")
    #expect(lines(metrics, "cooee_level_dbfs").isEmpty && lines(metrics, "cooee_microphone_up").isEmpty)
    #expect(lines(metrics, "cooee_mqtt_connected").isEmpty)
    metrics.update {
      $0.levelDBFS = -.infinity
      $0.isMicrophoneUp = false
      $0.isMQTTConnected = true
      $0.processingSeconds = 1.25
      $0.sampleCount = 1 << 40
      $0.httpRequestCounts = [404: 1, 200: 3]
      $0.sinkDroppedCounts = ["mqtt": 2]
      $0.webhookCounts = [.timeout: 1, .success: 3]
    }
    #expect(lines(metrics, "cooee_level_dbfs") == ["cooee_level_dbfs -Inf"])
    #expect(lines(metrics, "cooee_microphone_up") == ["cooee_microphone_up 0"])
    #expect(lines(metrics, "cooee_mqtt_connected") == ["cooee_mqtt_connected 1"])
    #expect(lines(metrics, "cooee_processing_seconds_total") == ["cooee_processing_seconds_total 1.25"])
    #expect(lines(metrics, "cooee_samples_total") == ["cooee_samples_total 1099511627776"])
    #expect(lines(metrics, "cooee_http_requests_total").first == "cooee_http_requests_total{code=\"200\"} 3")
    #expect(
      lines(metrics, "cooee_webhook_requests_total") == [
        "cooee_webhook_requests_total{result=\"success\"} 3", "cooee_webhook_requests_total{result=\"timeout\"} 1",
      ])
    #expect(lines(metrics, "cooee_voice_assistant_requests_total").isEmpty)
    #expect(lines(metrics, "cooee_sink_dropped_total") == ["cooee_sink_dropped_total{sink=\"mqtt\"} 2"])
  }

  @Test("readings of the process and the machine are read from Linux, and damaged ones are missing")
  func machine() throws {
    let folder = try SinkFolder()
    for (index, temperature) in ["48312\n", "", "hot\n", "-5000\n"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/thermal_zone\(index)", withIntermediateDirectories: false)
      _ = folder.write("thermal_zone\(index)/temp", temperature)
      _ = folder.write("thermal_zone\(index)/type", "kind \(index)\n")
    }
    let readings = MachineReadings(thermalPath: folder.path)
    #expect(readings.zones.map { $0.name } == ["thermal_zone0", "thermal_zone3"])
    #expect(readings.zones.map { $0.kind } == ["kind 0", "kind 3"])
    #expect(readings.zones.map { $0.celsius } == [48.312, -5])
    let now = Date().timeIntervalSince1970
    let start = try #require(readings.startTimeSeconds)
    #expect(start < now + 1 && start > now - 3_600)
    #expect(try #require(readings.residentBytes) > 1e6 && readings.cpuSeconds > 0)
    let nothing = MachineReadings(processPath: folder.path, thermalPath: folder.path + "/none")
    #expect(nothing.residentBytes == nil && nothing.startTimeSeconds == nil && nothing.zones.isEmpty)
  }

  @Test("the file is replaced as a whole, failures are reported once, and it is written once more at the end")
  func file() throws {
    let folder = try SinkFolder()
    let below = folder.path + "/below"
    try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: false)
    let notes = SinkNotes()
    let metrics = ServiceMetrics(version: "1")
    let file = try MetricsFile(path: below + "/cooee.prom", metrics: metrics, periodMilliseconds: 20, note: notes.add)
    #expect(FileManager.default.fileExists(atPath: below + "/cooee.prom"))
    // Moved and not removed, for the thread may be writing into it.
    try FileManager.default.moveItem(atPath: below, toPath: folder.path + "/gone")
    #expect(waits { notes.count(of: "cannot be written: No such file or directory") == 1 })
    try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: false)
    #expect(waits { notes.count(of: "can be written again") == 1 })
    metrics.update { $0.sampleCount = 4_711 }
    file.stop()
    #expect(try String(contentsOfFile: below + "/cooee.prom", encoding: .utf8).contains("cooee_samples_total 4711\n"))
    #expect(notes.all.count == 2, "\(notes.all)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: below) == ["cooee.prom"])
  }

  @Test("a file that cannot be written at the start is rejected with code 73 and its path")
  func refusedFile() throws {
    let folder = try SinkFolder()
    do {
      let path = folder.path + "/none/cooee.prom"
      try MetricsFile(path: path, metrics: ServiceMetrics(version: "1"), note: SinkNotes().add).stop()
      Issue.record("it is accepted")
    } catch {
      #expect(error.code == .cannotCreate && error.message.contains("none/cooee.prom"))
    }
  }
}
