// swift-tools-version: 6.2
import PackageDescription

// A program as its authors write it: its own package, with Cooee as a dependency. .ci/core/swift-package puts the version here.
let package = Package(
  name: "example",
  dependencies: [.package(url: "COOEE_REPOSITORY", exact: "COOEE_VERSION")],
  targets: [.executableTarget(name: "example", dependencies: [.product(name: "Cooee", package: "cooee")])]
)
