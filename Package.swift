// swift-tools-version: 6.2
import PackageDescription

// The workstation's training loops want fused multiply-add and eight lanes; the device code never depends on them.
#if arch(x86_64)
  let trainingFlags = ["-Ounchecked", "-Xcc", "-march=x86-64-v3"]
#else
  let trainingFlags = ["-Ounchecked"]
#endif
let training: [SwiftSetting] = [.unsafeFlags(trainingFlags, .when(configuration: .release))]

// Words for people, and what runs once per phrase: fewer bytes count more than speed.
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// Targets stand in the order of the data: microphone to event, then text to enrollment, then corpus to model.
let package = Package(
  name: "heed",
  products: [
    .executable(name: "heed", targets: ["heed"]),
    .executable(name: "heed-lean", targets: ["heed-lean"]),
    .library(name: "HeedC", type: .static, targets: ["HeedC"]),
    .executable(name: "heed-train", targets: ["heed-train"]),
    .executable(name: "heed-bench", targets: ["heed-bench"]),
    .executable(name: "kernel-check", targets: ["kernel-check"]),
    .library(name: "HeedMicrocontroller", type: .static, targets: ["Microcontroller"]),
    .library(name: "asound_module_pcm_heedtest", type: .dynamic, targets: ["CTestMicrophone"]),
    .library(name: "heed_faults", type: .dynamic, targets: ["CFaults"]),
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
  targets: [
    // The core: no Foundation, Embedded Swift, nothing allocated after start.
    .target(  // CPU features, clock, files, processes: thin shims over libc, with 64-bit file sizes everywhere
      name: "CPlatform", cSettings: [.define("_FILE_OFFSET_BITS", to: "64")]),
    .target(name: "SampleRing"),  // lock-free queue of samples between two threads
    .target(name: "CFloatLanes"),  // four floats at once
    .target(name: "CoreMemory"),  // memory that the caller provides, handed out at start-up
    .target(  // samples -> frames -> Int8 log-mel features
      name: "AudioFrontEnd", dependencies: ["CFloatLanes", "CoreMemory"]),
    .target(name: "CInt8Kernels", cSettings: [.unsafeFlags(["-O3"])]),  // intrinsics, one file a path
    .target(name: "Int8Kernels", dependencies: ["CInt8Kernels"]),  // operators, reference, path choice
    .target(name: "ModelFormat", swiftSettings: small),  // the .heed container and what a model file holds
    .target(  // audio to events
      name: "KeywordSpotting", dependencies: ["AudioFrontEnd", "CoreMemory", "Int8Kernels", "ModelFormat"]),
    .target(  // text to phrases
      name: "TextEnrollment", dependencies: ["KeywordSpotting", "ModelFormat"], swiftSettings: small),
    .target(name: "FileSignatures"),  // whether a file is signed by a key that is trusted

    // The firmware of a microcontroller, in flash and memory of its own.
    .target(name: "CMicrocontroller"),  // what the firmware calls
    .target(
      name: "Microcontroller",
      dependencies: [
        "AudioFrontEnd", "CMicrocontroller", "CoreMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat",
      ]),

    // The device program.
    .systemLibrary(name: "CALSA", providers: [.apt(["libasound2-dev"])]),  // sound cards
    .target(
      name: "AudioCapture", dependencies: ["CALSA", "CPlatform", "SampleRing"], swiftSettings: small,
      linkerSettings: [.linkedLibrary("asound")]),  // ALSA, WAV files, PCM on stdin
    .target(  // detections as JSON lines
      name: "EventSinks", dependencies: ["CPlatform", "KeywordSpotting"], swiftSettings: small),
    .target(  // what the program does, for boards and PCs
      name: "DeviceCommands",
      dependencies: [
        "AudioCapture", "CPlatform", "CoreMemory", "EventSinks", "FileSignatures", "Int8Kernels", "KeywordSpotting",
        "TextEnrollment",
      ], swiftSettings: small),
    .executableTarget(  // the same for small boards, as Embedded Swift; installed there under the name heed
      name: "heed-lean", dependencies: ["AudioCapture", "DeviceCommands"],
      linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CHeed"),  // heed.h, what C programs include
    .target(  // the C library
      name: "HeedC", dependencies: ["CHeed", "CPlatform", "CoreMemory", "KeywordSpotting", "TextEnrollment"]),
    .systemLibrary(name: "CSndFile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),  // audio files
    .systemLibrary(name: "CSampleRate", pkgConfig: "samplerate", providers: [.apt(["libsamplerate0-dev"])]),
    .target(
      name: "AudioFiles", dependencies: ["AudioCapture", "CPlatform", "CSndFile", "CSampleRate"]),  // recordings
    .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),  // MQTT
    .systemLibrary(name: "CAvahi", providers: [.apt(["libavahi-client-dev"])]),  // DNS-SD
    .target(  // a wake-word server for home-automation hubs; never on small boards
      name: "WakeService",
      dependencies: [
        "AudioCapture", "AudioFiles", "CAvahi", "CMosquitto", "CPlatform", "DeviceCommands", "EventSinks",
        "Int8Kernels",
        "KeywordSpotting", "ModelFormat", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .target(  // the installer's console: a page of the service's own; never on small boards
      name: "WakeConsole",
      dependencies: [
        "AudioCapture", "CPlatform", "DeviceCommands", "EventSinks", "KeywordSpotting", "TextEnrollment", "WakeService",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      resources: [.embedInCode("Page")]),
    .executableTarget(
      name: "heed",
      dependencies: [
        "AudioFiles", "CPlatform", "DeviceCommands", "WakeConsole", "WakeService",
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    .target(  // an ALSA plug-in that paces recordings like a sound card
      name: "CTestMicrophone", dependencies: ["CSndFile"], linkerSettings: [.linkedLibrary("asound")]),

    // The workstation.
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),  // matrix products
    .systemLibrary(name: "CMPI"),  // messages between processes, with the trait MPI alone
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),  // with the trait BFloat16 alone
    .target(
      name: "Training",
      dependencies: [
        "AudioCapture", "AudioFiles", "AudioFrontEnd", "CBLAS", "CPlatform", "KeywordSpotting", "ModelFormat",
        "TextEnrollment",
        .target(name: "CMPI", condition: .when(traits: ["MPI"])),
        .target(name: "COneDNN", condition: .when(traits: ["BFloat16"])),
      ],
      swiftSettings: training),  // corpus -> batches -> losses -> model file
    .target(
      name: "Evaluation", dependencies: ["AudioFiles", "CBLAS", "KeywordSpotting", "TextEnrollment", "Training"]),
    .executableTarget(
      name: "heed-train",
      dependencies: [
        "CPlatform", "Evaluation", "FileSignatures", "Training", "TextEnrollment", argumentParser,
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "CProcessUsage"),  // what measuring needs of Linux
    .executableTarget(
      name: "heed-bench",
      dependencies: [
        "AudioCapture", "AudioFiles", "CAllocationCounter", "CPlatform", "CProcessUsage", "CoreMemory", "KernelChecks",
        "KeywordSpotting", "TextEnrollment", argumentParser,
      ]),

    .target(name: "CGuardedMemory"),  // memory whose ends cannot be overstepped
    .target(  // every kernel path against the reference, for tests, boards and emulators
      name: "KernelChecks", dependencies: ["CGuardedMemory", "Int8Kernels", "KeywordSpotting", "ModelFormat"]),
    .executableTarget(  // the same as a program, also as Embedded Swift
      name: "kernel-check", dependencies: ["AudioFrontEnd", "CPlatform", "KernelChecks"], path: "Tests/kernel-check",
      linkerSettings: [.linkedLibrary("m")]),
    .testTarget(name: "SampleRingTests", dependencies: ["SampleRing"]),
    .testTarget(name: "CoreMemoryTests", dependencies: ["CoreMemory"]),
    .testTarget(name: "AudioFrontEndTests", dependencies: ["AudioFrontEnd"], resources: [.copy("Golden")]),
    .target(  // AVX-VNNI where it is missing
      name: "CEmulatedDotProduct", dependencies: ["CInt8Kernels"], path: "Tests/CEmulatedDotProduct"),
    .testTarget(
      name: "Int8KernelsTests",
      dependencies: ["AudioFrontEnd", "CEmulatedDotProduct", "Int8Kernels", "KernelChecks", "ModelFormat"]),
    .testTarget(name: "ModelFormatTests", dependencies: ["ModelFormat"], resources: [.copy("Hostile")]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),  // counts allocations
    .testTarget(
      name: "KeywordSpottingTests", dependencies: ["CAllocationCounter", "CoreMemory", "KeywordSpotting"]),
    .testTarget(name: "TextEnrollmentTests", dependencies: ["TextEnrollment"], resources: [.copy("Hostile")]),
    .testTarget(
      name: "FileSignaturesTests",
      dependencies: ["FileSignatures", .product(name: "Crypto", package: "swift-crypto")],
      resources: [.copy("Hostile")]),
    .testTarget(
      name: "AudioCaptureTests", dependencies: ["AudioCapture", "AudioFiles"], resources: [.copy("Hostile")]),
    .testTarget(name: "DeviceCommandsTests", dependencies: ["DeviceCommands", "EventSinks", "Int8Kernels"]),
    .testTarget(name: "EventSinksTests", dependencies: ["CPlatform", "EventSinks"]),
    .target(name: "TinyTrainingRun", dependencies: ["Training"], path: "Tests/TinyTrainingRun"),  // a run of seconds
    .testTarget(
      name: "TrainingTests",
      dependencies: ["AudioFrontEnd", "KeywordSpotting", "ModelFormat", "TinyTrainingRun", "Training"]),
    .target(name: "CFaults", path: "Tests/CFaults"),  // lets calls of the C library fail in a program
    .executableTarget(name: "FaultCheck", path: "Tests/FaultCheck"),  // run by .ci/faults
    .executableTarget(  // what it does faults to while it trains
      name: "FaultTraining", dependencies: ["TinyTrainingRun", "Training"], path: "Tests/FaultTraining"),
    .executableTarget(  // run by .ci/ranks under mpirun
      name: "RankCheck", dependencies: ["TinyTrainingRun", "Training"], path: "Tests/RankCheck"),
    .target(name: "CFrameThread", path: "Tests/CFrameThread"),  // a thread that may make no system call
    .executableTarget(  // run by .ci/realtime
      name: "RealtimeCheck",
      dependencies: ["AudioFiles", "CFrameThread", "KeywordSpotting", "SampleRing", "TextEnrollment"],
      path: "Tests/RealtimeCheck"),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "AudioFiles", "AudioFrontEnd", "Evaluation", "KeywordSpotting", "ModelFormat", "TextEnrollment", "Training",
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["AudioFiles", "AudioFrontEnd", "KeywordSpotting", "ModelFormat", "TextEnrollment"],
      resources: [.copy("Recordings")]),
    .executableTarget(  // run by .ci/mqtt, .ci/metrics and .ci/zeroconf
      name: "SinkCheck", dependencies: ["CPlatform", "DeviceCommands", "EventSinks", "WakeService"],
      path: "Tests/SinkCheck"),
    .testTarget(
      name: "WakeConsoleTests",
      dependencies: [
        "AudioCapture", "CPlatform", "DeviceCommands", "EventSinks", "KeywordSpotting", "TextEnrollment", "WakeConsole",
        "WakeService",
      ]),
    .testTarget(
      name: "WakeServiceTests",
      dependencies: [
        "AudioFiles", "DeviceCommands", "EventSinks", "KeywordSpotting", "ModelFormat", "TextEnrollment", "WakeService",
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzz targets, for .ci/fuzz alone: the package's own code is compiled with coverage counters then, and all of it with
// every check, the trainer's too.
if Context.environment["HEED_FUZZ"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = [.unsafeFlags(["-Xfrontend", "-sanitize=fuzzer"])]
    target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]
  }
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),  // libFuzzer, and a file in memory
    .target(name: "FuzzDriver", dependencies: ["CFuzzer", "ModelFormat"], path: "Tests/Fuzz/FuzzDriver"),
    .executableTarget(  // parsers of the device program
      name: "fuzz-device",
      dependencies: [
        "AudioFiles", "AudioFrontEnd", "CFuzzer", "DeviceCommands", "FuzzDriver", "KernelChecks", "KeywordSpotting",
        "TextEnrollment",
      ], path: "Tests/Fuzz/fuzz-device", linkerSettings: [.linkedLibrary("m")]),
    .executableTarget(  // parsers of servers, sinks and console
      name: "fuzz-service",
      dependencies: [
        "FuzzDriver", "KeywordSpotting", "WakeConsole", "WakeService",
        .product(name: "HTTPTypes", package: "swift-http-types"),
      ], path: "Tests/Fuzz/fuzz-service"),
    .executableTarget(  // parsers of the workstation
      name: "fuzz-corpus", dependencies: ["CFuzzer", "Evaluation", "FuzzDriver", "Training"],
      path: "Tests/Fuzz/fuzz-corpus"),
  ]
}
