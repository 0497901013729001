import DeviceSetup
import Testing

@Suite("Device configuration")
struct DeviceConfigurationTests {
  @Test("a file overrides its keys, and the others keep their defaults")
  func overrides() throws {
    let text = "# a board\nschema = 1\n\ndevice = \"plughw:1\" # the HAT\r\nperiod_milliseconds=40\nchannel = -1\n"
    let configuration = try DeviceConfiguration(fileText: text)
    #expect(configuration.text(.device) == "plughw:1")
    #expect(configuration.origin(.device) == .file(line: 4))
    #expect(configuration.integer(.periodMilliseconds) == 40)
    #expect(configuration.integer(.channel) == -1)
    #expect(configuration.integer(.bufferMilliseconds) == 1_000)
    #expect(configuration.origin(.bufferMilliseconds) == .standard)
  }

  @Test(
    "a wrong file is rejected with the line, what was found, and what is accepted",
    arguments: [
      ("", 0, ["schema"]),
      ("device = \"default\"", 0, ["schema = 1"]),
      ("schema = 2", 1, ["schema is 2", "the number 1"]),
      ("schema = 1\nperiod_miliseconds = 20", 2, ["period_miliseconds", "did you mean period_milliseconds?"]),
      ("schema = 1\nPERIOD_MILLISECONDS = 20", 2, ["PERIOD_MILLISECONDS"]),
      ("schema = 1\nthreads = 2\n\nthreads = 1", 4, ["threads", "line 2"]),
      ("schema = 1\nthreads = 3", 2, ["threads is 3", "1 to 2"]),
      ("schema = 1\nthreads = \"2\"", 2, ["threads is \"2\"", "whole numbers"]),
      ("schema = 1\ndevice = 7", 2, ["device is 7", "quotation marks"]),
      ("schema = 1\ndevice = \"\"", 2, ["device"]),
      ("schema = 1\ndevice = \" \"", 2, ["device"]),
      ("schema = 1\nformat = \"S8\"", 2, ["format is \"S8\"", "S16_LE"]),
      ("schema = 1\nkernel_path = \"mmx\"", 2, ["kernel_path is \"mmx\"", "\"auto\""]),
      ("schema = 1\nchannels = 2\nchannel = 2", 3, ["channel 2", "there are 2"]),
      ("schema = 1\nrate = 22254", 2, ["rate is 22254", "4000 to 192000 Hz in steps of 25"]),
      ("schema = 1\nrate = 3975", 2, ["rate is 3975"]), ("schema = 1\ngain_decibels = 61", 2, ["-60 to 60"]),
      ("schema = 1\nperiod_milliseconds = 100\nbuffer_milliseconds = 150", 3, ["150", "200"]),
      ("schema = 1\nthreads = 1\nrealtime_priority = 20", 3, ["realtime_priority", "threads = 1"]),
      ("schema = 1\nthreads = 1.5", 2, ["only a comment may follow"]),
      ("schema = 1\nthreads = 99999999999999999999", 2, ["neither a whole number"]),
      ("schema = 1\nthreads =", 2, ["neither a whole number"]),
      ("schema = 1\nthreads", 2, ["= is expected after threads"]),
      ("schema = 1\n= 2", 2, ["a key is expected"]),
      ("schema = 1\n[audio]", 2, ["a key is expected"]),
      ("schema = 1\ndevice = \"plughw:1", 2, ["no closing quotation mark"]),
      ("schema = 1\ndevice = \"plug\\nhw\"", 2, ["\\"]),
      ("schema = 1\ndevice = \"a\" \"b\"", 2, ["only a comment may follow"]),
      ("\u{feff}schema = 1", 1, ["a key is expected"]),
    ])
  func wrongFiles(file: (text: String, line: Int, parts: [String])) {
    do throws(DeviceConfiguration.FileError) {
      _ = try DeviceConfiguration(fileText: file.text)
      Issue.record("accepted: \(file.text)")
    } catch {
      #expect(error.line == file.line, "\(file.text): \(error.message)")
      for part in file.parts { #expect(error.message.contains(part), "\(file.text): \(error.message)") }
    }
  }

  @Test("every whole number in a key's range is accepted, and its neighbors outside are rejected")
  func ranges() throws {
    for key in ConfigurationKey.allCases where key != .schema {
      guard case .integer(let range) = key.rule else { continue }
      // What must go together with the value under test.
      let rest = key == .channel ? "channels = 32\n" : key == .periodMilliseconds ? "buffer_milliseconds = 5000\n" : ""
      let small = key == .bufferMilliseconds ? "period_milliseconds = 5\n" : ""
      func accepts(_ value: Int) -> Bool {
        (try? DeviceConfiguration(fileText: "schema = 1\n\(rest)\(small)\(key.name) = \(value)")) != nil
      }
      #expect(accepts(range.lowerBound) && accepts(range.upperBound), "\(key.name)")
      #expect(!accepts(range.lowerBound - 1) && !accepts(range.upperBound + 1), "\(key.name)")
    }
  }

  @Test("any channel may be chosen while the card decides how many it has, and any rate of the converter")
  func automaticLayout() throws {
    #expect(try DeviceConfiguration(fileText: "schema = 1\nchannel = 7\n").integer(.channels) == 0)
    #expect(try DeviceConfiguration(fileText: "schema = 1\nrate = 44100\n").integer(.rate) == 44_100)
    #expect(try DeviceConfiguration(fileText: "schema = 1\n").text(.format) == "auto")
  }

  @Test("texts keep everything between their quotation marks")
  func texts() throws {
    let text = "schema = 1\ndescription = \"a \\\"HAT\\\" # \\\\ =\" # said\nboard = \"brett für größe\""
    let configuration = try DeviceConfiguration(fileText: text)
    #expect(configuration.value(.description) == .text("a \"HAT\" # \\ ="))
    #expect(configuration.value(.board) == .text("brett für größe"))
  }
}
