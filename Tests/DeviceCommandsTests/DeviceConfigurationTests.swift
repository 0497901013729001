import DeviceCommands
import Testing

@Suite("Device configuration")
struct DeviceConfigurationTests {
  @Test("a file overrides what it names, and the defaults hold for the rest")
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
}
