// swift-tools-version: 6.2
import PackageDescription

// The training loops use fused multiply-add and eight-lane vectors. Device code does not depend on these flags.
#if arch(x86_64)
  let trainingFlags = ["-Ounchecked", "-Xcc", "-march=x86-64-v3"]
#else
  let trainingFlags = ["-Ounchecked"]
#endif
let training: [SwiftSetting] = [.unsafeFlags(trainingFlags, .when(configuration: .release))]

// For code that is not speed-critical, such as messages and enrollment: optimize for size.
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

/// Puts targets in the folder of their layer. A target imports no target of a higher layer, and declares exactly
/// what it imports; .ci/core/manifest checks both.
func layer(_ folder: String, _ targets: [Target]) -> [Target] {
  for target in targets where target.path == nil { target.path = "\(folder)/\(target.name)" }
  return targets
}

// Audio in, detections out. Embedded Swift without Foundation; allocates nothing while listening. In data-flow order.
let core = layer(
  "Sources/Core",
  [
    .target(name: "SampleRing"),  // lock-free queue of samples between two threads
    .target(name: "CFloatLanes"),  // vectors of four floats
    .target(name: "CoreMemory"),  // hands out the caller's memory at startup
    .target(name: "AudioFrontEnd", dependencies: ["CFloatLanes", "CoreMemory"]),  // samples -> Int8 log-mel features
    .target(name: "CInt8Kernels", cSettings: [.unsafeFlags(["-O3"])]),  // intrinsics, one file per kernel path
    .target(name: "Int8Kernels", dependencies: ["CInt8Kernels"]),  // operators, reference kernels, path selection
    .target(name: "ModelFormat", swiftSettings: small),  // the file container and the sections of a model
    .target(  // audio -> detections; reads and writes phrase files
      name: "KeywordSpotting", dependencies: ["AudioFrontEnd", "CoreMemory", "Int8Kernels", "ModelFormat"]),
    .target(  // text -> phonemes -> enrollment; sets thresholds from running speech
      name: "TextEnrollment", dependencies: ["KeywordSpotting", "ModelFormat"], swiftSettings: small),
    .target(  // the core for Swift programs: typed phrases in, events out
      name: "Cooee", dependencies: ["AudioFrontEnd", "CoreMemory", "KeywordSpotting", "ModelFormat", "TextEnrollment"],
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "FileSignatures"),  // verifies signatures against trusted keys
  ])

// The core for C programs and firmware.
let cInterface = layer(
  "Sources/CInterface",
  [
    .target(name: "CCooee"),  // cooee.h
    .target(
      name: "CooeeC",
      dependencies: [
        "AudioFrontEnd", "CCooee", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat", "TextEnrollment",
      ]),
    .target(name: "CMicrocontroller"),  // the C header for firmware
    .target(
      name: "Microcontroller",
      dependencies: [
        "AudioFrontEnd", "CMicrocontroller", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat",
      ]),
  ])

// The program for boards and PCs. Everything that cooee-lean imports also compiles as Embedded Swift.
let device = layer(
  "Sources/Device",
  [
    .target(  // thin shims over libc, with 64-bit file sizes everywhere
      name: "CPlatform", cSettings: [.define("_FILE_OFFSET_BITS", to: "64")]),
    .target(name: "Messages", dependencies: ["CPlatform"], swiftSettings: small),  // failures, log, output lines
    .target(name: "JSON", swiftSettings: small),  // reader and writer
    .target(  // WAV files and PCM streams
      name: "Recordings", dependencies: ["CPlatform", "Messages"], swiftSettings: small),
    .systemLibrary(name: "CALSA", providers: [.apt(["libasound2-dev"])]),  // sound cards
    .target(  // microphones and streams
      name: "AudioCapture", dependencies: ["CALSA", "CPlatform", "Messages", "Recordings", "SampleRing"],
      swiftSettings: small,
      linkerSettings: [.linkedLibrary("asound")]),
    .target(  // detections as text, as JSON, and as calls of a program
      name: "DetectionEvents", dependencies: ["CPlatform", "JSON", "Messages"], swiftSettings: small),
    .target(  // command-line options
      name: "CommandLineOptions", dependencies: ["CPlatform", "Messages", "TextEnrollment"], swiftSettings: small),
    .target(  // opens, checks and changes configuration, model, language and phrase files
      name: "DeviceSetup",
      dependencies: [
        "AudioCapture", "AudioFrontEnd", "CPlatform", "CommandLineOptions", "FileSignatures", "Int8Kernels", "JSON",
        "KeywordSpotting", "Messages", "ModelFormat", "Recordings", "TextEnrollment",
      ], swiftSettings: small),
    .target(  // the loop from microphone to events
      name: "Listening",
      dependencies: [
        "AudioCapture", "CPlatform", "CommandLineOptions", "CoreMemory", "DetectionEvents", "DeviceSetup",
        "Int8Kernels", "JSON", "KeywordSpotting", "Messages", "ModelFormat", "TextEnrollment",
      ], swiftSettings: small),
    .target(
      name: "DeviceCommands",
      dependencies: [
        "AudioCapture", "CPlatform", "CommandLineOptions", "DetectionEvents", "DeviceSetup", "Int8Kernels", "JSON",
        "KeywordSpotting", "Listening", "Messages", "Recordings", "TextEnrollment",
      ], swiftSettings: small),
    .target(name: "CPlainUnicode"),  // properties of code points without tables, for cooee-lean alone
    .target(name: "CEmbeddedRuntime"),  // corrects Embedded Swift's runtime, for cooee-lean alone
    .executableTarget(  // for boards, where it is installed as cooee; DeviceCommands compiles all of it
      name: "cooee-lean", dependencies: ["CEmbeddedRuntime", "CPlainUnicode", "DeviceCommands"],
      linkerSettings: [.linkedLibrary("m")]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSampleRate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
    .target(  // recordings of any format and rate; not in cooee-lean
      name: "AudioFiles", dependencies: ["CPlatform", "CSampleRate", "CSndFile", "Recordings"]),
  ])

// The service: hubs, brokers, web console. Not in cooee-lean.
let service = layer(
  "Sources/Service",
  [
    .target(  // listens on a separate thread and passes events to the sinks
      name: "ListeningService",
      dependencies: [
        "AudioCapture", "CPlatform", "DetectionEvents", "DeviceSetup", "JSON", "Listening", "Messages",
      ]),
    .target(  // the Wyoming protocol for hubs
      name: "Wyoming",
      dependencies: [
        "AudioFiles", "CommandLineOptions", "Int8Kernels", "JSON", "KeywordSpotting", "ListeningService", "Messages",
        "ModelFormat", "TextEnrollment", nio("NIOCore"), nio("NIOPosix"),
      ]),
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .systemLibrary(name: "CAvahi", providers: [.apt(["libavahi-client-dev"])]),
    .target(  // MQTT, webhook, voice assistant, kept audio, metrics, zeroconf
      name: "ServiceSinks",
      dependencies: [
        "AudioFiles", "CAvahi", "CMosquitto", "CPlatform", "CommandLineOptions", "FileSignatures", "JSON",
        "ListeningService", "Messages", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), nio("NIOWebSocket"),
      ]),
    .target(  // the web console
      name: "Console",
      dependencies: [
        "AudioCapture", "CPlatform", "CommandLineOptions", "DeviceSetup", "JSON", "KeywordSpotting", "ListeningService",
        "Messages", "TextEnrollment", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      ],
      resources: [.embedInCode("Page")]),
    .executableTarget(
      name: "cooee",
      dependencies: [
        "AudioFiles", "CPlatform", "CommandLineOptions", "Console", "DeviceCommands", "DeviceSetup", "Listening",
        "ListeningService", "Messages", "ServiceSinks", "Wyoming", nio("NIOCore"),
      ]),
  ])

// Training and measurement of models.
let workstation = layer(
  "Sources/Workstation",
  [
    .target(name: "SeededRandom"),  // random numbers that are equal on every machine
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CMPI"),  // only with the trait MPI
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),  // only with the trait BFloat16
    .target(  // corpus -> batches -> losses -> model file
      name: "Training",
      dependencies: [
        "AudioFiles", "AudioFrontEnd", "CBLAS", "CPlatform", "KeywordSpotting", "ModelFormat", "Recordings",
        "SeededRandom", "TextEnrollment", .target(name: "CMPI", condition: .when(traits: ["MPI"])),
        .target(name: "COneDNN", condition: .when(traits: ["BFloat16"])),
      ],
      swiftSettings: training),
    .target(
      name: "Evaluation",
      dependencies: [
        "AudioFiles", "AudioFrontEnd", "CBLAS", "Int8Kernels", "KeywordSpotting", "ModelFormat", "SeededRandom",
        "TextEnrollment", "Training",
      ]),
    .executableTarget(
      name: "cooee-train",
      dependencies: [
        "AudioFrontEnd", "CPlatform", "Evaluation", "FileSignatures", "KeywordSpotting", "ModelFormat", "SeededRandom",
        "TextEnrollment", "Training", argumentParser, .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "CProcessUsage"),
    .executableTarget(  // benchmarks; the only program outside Tests that uses test equipment
      name: "cooee-bench",
      dependencies: [
        "AudioCapture", "AudioFiles", "AudioFrontEnd", "CAllocationCounter", "CPlatform", "CProcessUsage", "CoreMemory",
        "Int8Kernels", "KernelChecks", "KeywordSpotting", "ModelFormat", "Recordings", "SeededRandom", "TextEnrollment",
        argumentParser,
      ]),
  ])

let support = layer(
  "Tests/Support",
  [
    .target(name: "UntrainedModels", dependencies: ["ModelFormat", "SeededRandom"]),  // models with random weights
    .target(name: "CGuardedMemory"),  // memory between inaccessible pages
    .target(  // every kernel path against the reference
      name: "KernelChecks",
      dependencies: [
        "CGuardedMemory", "Int8Kernels", "KeywordSpotting", "Messages", "ModelFormat", "SeededRandom",
      ]),
    .target(name: "CEmulatedDotProduct", dependencies: ["CInt8Kernels"]),  // emulates AVX-VNNI on processors without it
    .target(name: "CAllocationCounter"),
    .target(name: "CFrameThread"),  // a thread that must not make system calls
    .target(name: "CFaults"),  // makes C library calls fail
    .target(  // an ALSA plug-in that paces recordings like a sound card
      name: "CTestMicrophone", dependencies: ["CSndFile"], linkerSettings: [.linkedLibrary("asound")]),
    .target(name: "TinyTrainingRun", dependencies: ["SeededRandom", "Training"]),
  ])

let checks = layer(
  "Tests/Checks",
  [
    .executableTarget(  // also as Embedded Swift
      name: "kernel-check",
      dependencies: [
        "AudioFrontEnd", "CPlatform", "Int8Kernels", "KernelChecks", "Messages", "ModelFormat",
      ],
      linkerSettings: [.linkedLibrary("m")]),
    .executableTarget(name: "FaultCheck"),
    .executableTarget(name: "FaultTraining", dependencies: ["TinyTrainingRun", "Training"]),
    .executableTarget(name: "RankCheck", dependencies: ["SeededRandom", "TinyTrainingRun", "Training"]),
    .executableTarget(
      name: "RealtimeCheck",
      dependencies: [
        "AudioFiles", "AudioFrontEnd", "CFrameThread", "KeywordSpotting", "ModelFormat", "SampleRing", "TextEnrollment",
      ]),
    .executableTarget(
      name: "SinkCheck",
      dependencies: [
        "CPlatform", "CommandLineOptions", "DetectionEvents", "ListeningService", "Messages", "ServiceSinks",
      ]),
  ])

let tests =
  layer(
    "Tests/Core",
    [
      .testTarget(name: "SampleRingTests", dependencies: ["SampleRing"]),
      .testTarget(name: "CoreMemoryTests", dependencies: ["CoreMemory"]),
      .testTarget(name: "AudioFrontEndTests", dependencies: ["AudioFrontEnd"], resources: [.copy("Golden")]),
      .testTarget(
        name: "Int8KernelsTests",
        dependencies: [
          "AudioFrontEnd", "CEmulatedDotProduct", "CInt8Kernels", "Int8Kernels", "KernelChecks", "ModelFormat",
          "SeededRandom", "UntrainedModels",
        ]),
      .testTarget(
        name: "ModelFormatTests", dependencies: ["ModelFormat", "SeededRandom", "UntrainedModels"],
        resources: [.copy("Hostile")]),
      .testTarget(
        name: "KeywordSpottingTests",
        dependencies: [
          "AudioFrontEnd", "CAllocationCounter", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat",
          "SeededRandom", "TextEnrollment", "UntrainedModels",
        ]),
      .testTarget(
        name: "TextEnrollmentTests",
        dependencies: [
          "KeywordSpotting", "ModelFormat", "SeededRandom", "TextEnrollment", "UntrainedModels",
        ],
        resources: [.copy("Hostile")]),
      .testTarget(
        name: "FileSignaturesTests",
        dependencies: ["FileSignatures", "SeededRandom", .product(name: "Crypto", package: "swift-crypto")],
        resources: [.copy("Hostile")]),
    ])
  + layer(
    "Tests/Device",
    [
      .testTarget(
        name: "AudioCaptureTests",
        dependencies: ["AudioCapture", "AudioFiles", "CSndFile", "Recordings", "SeededRandom"],
        resources: [.copy("Hostile")]),
      .testTarget(name: "DetectionEventsTests", dependencies: ["CPlatform", "DetectionEvents", "JSON", "Messages"]),
      .testTarget(
        name: "DeviceCommandsTests",
        dependencies: [
          "CommandLineOptions", "DetectionEvents", "DeviceCommands", "DeviceSetup", "Listening", "Messages",
        ]),
      .testTarget(
        name: "EndToEndTests",
        dependencies: [
          "AudioFiles", "AudioFrontEnd", "KeywordSpotting", "ModelFormat", "TextEnrollment", "UntrainedModels",
        ],
        resources: [.copy("Recordings")]),
    ])
  + layer(
    "Tests/Service",
    [
      .testTarget(
        name: "ServiceTests",
        dependencies: [
          "AudioFiles", "AudioFrontEnd", "CommandLineOptions", "DetectionEvents", "JSON", "KeywordSpotting",
          "ListeningService", "Messages", "ModelFormat", "ServiceSinks", "TextEnrollment", "Wyoming",
          .product(name: "Crypto", package: "swift-crypto"),
        ]),
      .testTarget(
        name: "ConsoleTests",
        dependencies: [
          "AudioCapture", "CPlatform", "CommandLineOptions", "Console", "DetectionEvents", "DeviceSetup", "JSON",
          "KeywordSpotting", "Listening", "ListeningService", "Messages", "TextEnrollment",
        ]),
    ])
  + layer(
    "Tests/Workstation",
    [
      .testTarget(
        name: "TrainingTests",
        dependencies: [
          "AudioFrontEnd", "KeywordSpotting", "ModelFormat", "SeededRandom", "TextEnrollment", "TinyTrainingRun",
          "Training", "UntrainedModels",
        ]),
      .testTarget(
        name: "EvaluationTests",
        dependencies: [
          "AudioFiles", "AudioFrontEnd", "Evaluation", "KeywordSpotting", "ModelFormat", "SeededRandom",
          "TextEnrollment",
          "Training", "UntrainedModels",
        ]),
    ])

let package = Package(
  name: "cooee",
  products: [
    .executable(name: "cooee", targets: ["cooee"]),
    .executable(name: "cooee-lean", targets: ["cooee-lean"]),
    .library(name: "Cooee", targets: ["Cooee"]),
    .library(name: "CooeeC", type: .static, targets: ["CooeeC"]),
    .executable(name: "cooee-train", targets: ["cooee-train"]),
    .executable(name: "cooee-bench", targets: ["cooee-bench"]),
    .executable(name: "kernel-check", targets: ["kernel-check"]),
    .library(name: "CooeeMicrocontroller", type: .static, targets: ["Microcontroller"]),
    .library(name: "asound_module_pcm_cooeetest", type: .dynamic, targets: ["CTestMicrophone"]),
    .library(name: "cooee_faults", type: .dynamic, targets: ["CFaults"]),
  ],
  traits: [
    .trait(
      name: "MPI", description: "Training by several processes and machines; needs an MPI library such as Open MPI"),
    .trait(name: "BFloat16", description: "Training with matrix products in bfloat16; needs oneDNN"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: core + cInterface + device + service + workstation + support + checks + tests,
  swiftLanguageModes: [.v6]
)

// Fuzz targets, only for .ci/robustness/fuzz. The package's own code is then compiled with coverage counters, and the
// trainer without -Ounchecked.
if Context.environment["COOEE_FUZZ"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = [.unsafeFlags(["-Xfrontend", "-sanitize=fuzzer"])]
    target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]
  }
  package.targets += layer(
    "Tests/Fuzz",
    [
      .target(name: "CFuzzer"),  // libFuzzer and in-memory files
      .target(name: "FuzzDriver", dependencies: ["CFuzzer", "ModelFormat"]),
      .executableTarget(  // parsers of the device program
        name: "fuzz-device",
        dependencies: [
          "AudioFiles", "AudioFrontEnd", "CFuzzer", "DeviceCommands", "DeviceSetup", "FuzzDriver", "Int8Kernels",
          "KernelChecks", "KeywordSpotting", "ModelFormat", "Recordings", "SeededRandom", "TextEnrollment",
          "UntrainedModels",
        ], linkerSettings: [.linkedLibrary("m")]),
      .executableTarget(  // parsers of servers, sinks and console
        name: "fuzz-service",
        dependencies: [
          "AudioFrontEnd", "Console", "FuzzDriver", "JSON", "KeywordSpotting", "ListeningService", "ModelFormat",
          "SeededRandom", "ServiceSinks", "UntrainedModels", "Wyoming",
          .product(name: "HTTPTypes", package: "swift-http-types"),
        ]),
      .executableTarget(  // parsers of the workstation
        name: "fuzz-corpus",
        dependencies: [
          "AudioFrontEnd", "CFuzzer", "Evaluation", "FuzzDriver", "ModelFormat", "Training",
        ]),
    ])
}
