import ListeningService
import Testing

@Suite("Server addresses")
struct ServiceEndpointTests {
  @Test(
    "addresses are parsed with their port",
    arguments: [
      ("127.0.0.1:10400", "127.0.0.1", 10_400, true), ("0.0.0.0:0", "0.0.0.0", 0, false),
      ("[::1]:80", "::1", 80, true), ("tcp://hub.local:65535", "hub.local", 65_535, false),
    ])
  func addresses(text: String, host: String, port: Int, isLoopback: Bool) {
    #expect(ServiceEndpoint(text) == ServiceEndpoint(host: host, port: port))
    #expect(ServiceEndpoint(text)?.isLoopback == isLoopback)
  }

  @Test(
    "a Unix socket is parsed with its path",
    arguments: [("unix:/run/a", "/run/a"), ("unix:///run/a", "/run/a"), ("unix:a/b", "a/b")])
  func sockets(text: String, path: String) {
    #expect(ServiceEndpoint(text)?.socketPath == path)
    #expect(ServiceEndpoint(text)?.isLoopback == true)
  }

  @Test(
    "invalid addresses are rejected",
    arguments: [
      "", "10400", "a:", ":1", "a:65536", "a:-1", "a:1x", "::1:80", "[]:1", "[[]]:1", "[a:1", "unix:", "unix://host/a",
    ])
  func noAddresses(text: String) { #expect(ServiceEndpoint(text) == nil) }
}
