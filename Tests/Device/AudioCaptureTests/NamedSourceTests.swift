import AudioCapture
import Testing

@Suite("Names of microphones")
struct NamedSourceTests {
  @Test(
    "a name precedes the device and an equals sign; ALSA's own arguments are no name",
    arguments: [
      ("default", nil, "default"), ("kitchen=plughw:1", "kitchen", "plughw:1"),
      ("plughw:CARD=Device,DEV=0", nil, "plughw:CARD=Device,DEV=0"),
      ("my-desk_2=hw:CARD=Device", "my-desk_2", "hw:CARD=Device"), ("küche=stdin", "küche", "stdin"),
      ("hall=tcp-listen://0.0.0.0:5000", "hall", "tcp-listen://0.0.0.0:5000"), ("=hw:1", nil, "=hw:1"),
      ("a b=hw:1", nil, "a b=hw:1"), ("kitchen=", "kitchen", ""), ("", nil, ""),
    ])
  func parsing(text: String, name: String?, device: String) {
    let source = NamedSource(text)
    #expect(source.name == name && source.device == device)
  }

  @Test("a description has the name and the device, once if they are the same")
  func descriptions() {
    #expect(NamedSource("kitchen=hw:1").description == "kitchen (hw:1)")
    #expect(NamedSource("hw:1").description == "hw:1")
    #expect(NamedSource(name: "hw:1", device: "hw:1").description == "hw:1")
  }
}
