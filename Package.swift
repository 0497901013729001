// swift-tools-version: 6.2
import PackageDescription

// The workstation's training loops want fused multiply-add and eight lanes; the device code never depends on them.
#if arch(x86_64)
  let trainingFlags = ["-Ounchecked", "-Xcc", "-march=x86-64-v3"]
#else
  let trainingFlags = ["-Ounchecked"]
#endif
let training: [SwiftSetting] = [.unsafeFlags(trainingFlags, .when(configuration: .release))]

// Messages, and what runs once per phrase: fewer bytes count more than speed.
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

/// Targets lie in the folder of their layer. No target imports one of a layer above its own, and every target declares
/// exactly what it imports; .ci/core/manifest checks both.
func layer(_ folder: String, _ targets: [Target]) -> [Target] {
  for target in targets where target.path == nil { target.path = "\(folder)/\(target.name)" }
  return targets
}

// Sound in, events out: no Foundation, Embedded Swift, nothing allocated after start. In the order of the data.
let core = layer(
  "Sources/Core",
  [
    .target(name: "SampleRing"),  // lock-free queue of samples between two threads
    .target(name: "CFloatLanes"),  // four floats at once
    .target(name: "CoreMemory"),  // memory that the caller provides, handed out at start-up
    .target(name: "AudioFrontEnd", dependencies: ["CFloatLanes", "CoreMemory"]),  // samples -> Int8 log-mel features
    .target(name: "CInt8Kernels", cSettings: [.unsafeFlags(["-O3"])]),  // intrinsics, one file a path
    .target(name: "Int8Kernels", dependencies: ["CInt8Kernels"]),  // operators, reference, path choice
    .target(name: "ModelFormat", swiftSettings: small),  // the container, and what a model file holds
    .target(  // audio -> detections; phrase files are read and written here
      name: "KeywordSpotting", dependencies: ["AudioFrontEnd", "CoreMemory", "Int8Kernels", "ModelFormat"]),
    .target(  // text -> phonemes -> enrollment, and the threshold that running speech advises
      name: "TextEnrollment", dependencies: ["KeywordSpotting", "ModelFormat"], swiftSettings: small),
    .target(name: "FileSignatures"),  // whether a file is signed by a key that is trusted
  ])

// The core for programs in C.
let cInterface = layer(
  "Sources/CInterface",
  [
    .target(name: "CCooee"),  // cooee.h
    .target(
      name: "CooeeC",
      dependencies: [
        "AudioFrontEnd", "CCooee", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat", "TextEnrollment",
      ]),
    .target(name: "CMicrocontroller"),  // what firmware calls
    .target(
      name: "Microcontroller",
      dependencies: [
        "AudioFrontEnd", "CMicrocontroller", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat",
      ]),
  ])

// The program for boards and PCs; up to cooee-lean also Embedded Swift.
let device = layer(
  "Sources/Device",
  [
    .target(  // thin shims over libc, with 64-bit file sizes everywhere
      name: "CPlatform", cSettings: [.define("_FILE_OFFSET_BITS", to: "64")]),
    .target(name: "Messages", dependencies: ["CPlatform"], swiftSettings: small),  // failures, log, lines of output
    .target(name: "JSON", swiftSettings: small),  // one reader, one writer
    .target(  // WAV files and PCM streams
      name: "Recordings", dependencies: ["CPlatform", "Messages"], swiftSettings: small),
    .systemLibrary(name: "CALSA", providers: [.apt(["libasound2-dev"])]),  // sound cards
    .target(  // microphones and streams
      name: "AudioCapture", dependencies: ["CALSA", "CPlatform", "Messages", "SampleRing"], swiftSettings: small,
      linkerSettings: [.linkedLibrary("asound")]),
    .target(  // a detection as text, as JSON, as a program that is run
      name: "DetectionEvents", dependencies: ["CPlatform", "JSON", "Messages"], swiftSettings: small),
    .target(  // options of a command line
      name: "CommandLineOptions", dependencies: ["CPlatform", "Messages", "TextEnrollment"], swiftSettings: small),
    .target(  // configuration, model, language, phrase file: opened, checked, changed
      name: "DeviceSetup",
      dependencies: [
        "AudioCapture", "AudioFrontEnd", "CPlatform", "CommandLineOptions", "FileSignatures", "Int8Kernels", "JSON",
        "KeywordSpotting", "Messages", "ModelFormat", "TextEnrollment",
      ], swiftSettings: small),
    .target(  // the one loop from microphone to events
      name: "Listening",
      dependencies: [
        "AudioCapture", "CPlatform", "CommandLineOptions", "CoreMemory", "DetectionEvents", "DeviceSetup",
        "Int8Kernels", "KeywordSpotting", "Messages", "ModelFormat", "TextEnrollment",
      ], swiftSettings: small),
    .target(
      name: "DeviceCommands",
      dependencies: [
        "AudioCapture", "CPlatform", "CommandLineOptions", "DetectionEvents", "DeviceSetup", "Int8Kernels", "JSON",
        "KeywordSpotting", "Listening", "Messages", "Recordings", "TextEnrollment",
      ], swiftSettings: small),
    .executableTarget(  // for small boards; installed there under the name cooee
      name: "cooee-lean", dependencies: ["DeviceCommands", "Recordings"], linkerSettings: [.linkedLibrary("m")]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSampleRate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
    .target(  // recordings of every format and rate; never on small boards
      name: "AudioFiles", dependencies: ["CPlatform", "CSampleRate", "CSndFile", "Recordings"]),
  ])

// The service for homes: hubs, brokers, a page; never on small boards.
let service = layer(
  "Sources/Service",
  [
    .target(  // listens on a thread of its own, and tells everybody
      name: "ListeningService",
      dependencies: [
        "AudioCapture", "CPlatform", "DetectionEvents", "DeviceSetup", "JSON", "Listening", "Messages",
      ]),
    .target(  // the hubs' protocol
      name: "Wyoming",
      dependencies: [
        "AudioFiles", "CommandLineOptions", "Int8Kernels", "JSON", "KeywordSpotting", "ListeningService", "Messages",
        "ModelFormat", nio("NIOCore"), nio("NIOPosix"),
      ]),
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
    .systemLibrary(name: "CAvahi", providers: [.apt(["libavahi-client-dev"])]),
    .target(  // MQTT, kept audio, metrics, announcement
      name: "ServiceSinks",
      dependencies: [
        "AudioFiles", "CAvahi", "CMosquitto", "CPlatform", "CommandLineOptions", "JSON", "ListeningService", "Messages",
      ]),
    .target(  // the installer's page
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

// Where models are made and measured.
let workstation = layer(
  "Sources/Workstation",
  [
    .target(name: "SeededRandom"),  // draws that are the same on every machine
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CMPI"),  // with the trait MPI alone
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),  // with the trait BFloat16 alone
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
    .executableTarget(  // measures; the one program that uses test equipment
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
    .target(name: "CGuardedMemory"),  // memory whose ends cannot be overstepped
    .target(  // every kernel path against the reference
      name: "KernelChecks",
      dependencies: [
        "CGuardedMemory", "Int8Kernels", "KeywordSpotting", "Messages", "ModelFormat", "SeededRandom",
      ]),
    .target(name: "CEmulatedDotProduct", dependencies: ["CInt8Kernels"]),  // AVX-VNNI where it is missing
    .target(name: "CAllocationCounter"),
    .target(name: "CFrameThread"),  // a thread that may make no system call
    .target(name: "CFaults"),  // lets calls of the C library fail
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
        "AudioFrontEnd", "CPlatform", "Int8Kernels", "KernelChecks", "ModelFormat",
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
        name: "AudioCaptureTests", dependencies: ["AudioCapture", "AudioFiles", "Recordings", "SeededRandom"],
        resources: [.copy("Hostile")]),
      .testTarget(name: "DetectionEventsTests", dependencies: ["CPlatform", "DetectionEvents", "JSON", "Messages"]),
      .testTarget(
        name: "DeviceCommandsTests",
        dependencies: [
          "DetectionEvents", "DeviceCommands", "DeviceSetup", "Listening", "Messages",
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

// The fuzz targets, for .ci/robustness/fuzz alone: the package's own code is compiled with coverage counters then, and
// all of it with every check, the trainer's too.
if Context.environment["COOEE_FUZZ"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = [.unsafeFlags(["-Xfrontend", "-sanitize=fuzzer"])]
    target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]
  }
  package.targets += layer(
    "Tests/Fuzz",
    [
      .target(name: "CFuzzer"),  // libFuzzer, and a file in memory
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
