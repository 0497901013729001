import Testing

@testable import WakeConsole
