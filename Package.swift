// swift-tools-version: 6.2
import PackageDescription

// MARK: Settings that every module shares

let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

/// Modules that touch C say `unsafe` where they do.
let cFacing: [SwiftSetting] = house + [.strictMemorySafety()]

// MARK: C libraries, each wrapped once

func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let cLibraries: [Target] = [
  system("CRdkafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
  system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
  system("CUV", pkgConfig: "libuv", apt: "libuv1-dev"),
  system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
  system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
  system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
  system("CMagic", pkgConfig: "libmagic", apt: "libmagic-dev"),
  system("CUchardet", pkgConfig: "uchardet", apt: "libuchardet-dev"),
  system("CXML2", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
  system("CGMime", pkgConfig: "gmime-3.0", apt: "libgmime-3.0-dev"),
  system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
  system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
  system("CLZ4", pkgConfig: "liblz4", apt: "liblz4-dev"),
  system("CSnappy", pkgConfig: "snappy", apt: "libsnappy-dev"),
  // CLD2 speaks C++ only: one function of ours gives it a C face.
  .target(
    name: "CLanguageDetector",
    linkerSettings: [.linkedLibrary("cld2"), .linkedLibrary("stdc++")]),
  // What glibc hides behind _GNU_SOURCE or makes variadic, and the CRC-32C instruction.
  .target(name: "CSystem"),
]

// MARK: Modules: arrows only point down

func module(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = house
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

let modules: [Target] = [
  module("HeadraceTelemetry", []),
  module("HeadraceCore", ["HeadraceTelemetry", "CCrypto", "CSystem"], settings: cFacing),
  module("HeadraceKafka", ["HeadraceCore", "HeadraceTelemetry", "CRdkafka", "CSystem"], settings: cFacing),
  module(
    "HeadraceBroker",
    ["HeadraceCore", "HeadraceTelemetry", "CSystem", "CZlib", "CZstd", "CLZ4", "CSnappy"], settings: cFacing),
  module("HeadraceHTTP", ["HeadraceCore", "HeadraceTelemetry", "CCurl", "CSystem"], settings: cFacing),
  module("HeadraceHTTPServer", ["HeadraceCore", "HeadraceTelemetry", "CUV", "CSystem"], settings: cFacing),
  module("HeadraceSQLite", ["HeadraceCore", "HeadraceTelemetry", "CSQLite"], settings: cFacing),
  module("HeadraceLLM", ["HeadraceHTTP", "HeadraceCore", "HeadraceTelemetry"]),
  module("HeadraceStreams", ["HeadraceKafka", "HeadraceCore", "HeadraceTelemetry"]),
  module(
    "HeadraceExtraction",
    ["HeadraceCore", "HeadraceTelemetry", "CMagic", "CUchardet", "CLanguageDetector", "CZlib", "CSystem"],
    settings: cFacing),
  // The parsers of hostile formats: linked by the child process alone.
  module(
    "HeadraceExtractionFormats",
    ["HeadraceExtraction", "HeadraceCore", "HeadraceTelemetry", "CXML2", "CGMime", "CSystem"], settings: cFacing),
  module(
    "HeadraceDocuments",
    [
      "HeadraceExtraction", "HeadraceStreams", "HeadraceLLM", "HeadraceHTTP", "HeadraceSQLite", "HeadraceKafka",
      "HeadraceCore", "HeadraceTelemetry",
    ]),
  module(
    "HeadraceGateway",
    [
      "HeadraceDocuments", "HeadraceStreams", "HeadraceKafka", "HeadraceHTTPServer", "HeadraceHTTP", "HeadraceCore",
      "HeadraceTelemetry",
    ]),
  module(
    "HeadraceServices",
    [
      "HeadraceGateway", "HeadraceDocuments", "HeadraceExtraction", "HeadraceStreams", "HeadraceLLM", "HeadraceKafka",
      "HeadraceBroker", "HeadraceHTTP", "HeadraceHTTPServer", "HeadraceSQLite", "HeadraceCore", "HeadraceTelemetry",
      "CYAML",
    ], settings: cFacing),
  module(
    "HeadraceTesting",
    [
      "HeadraceBroker", "HeadraceKafka", "HeadraceStreams", "HeadraceLLM", "HeadraceHTTPServer", "HeadraceCore",
      "HeadraceTelemetry",
    ]),
  module(
    "HeadraceCLI",
    [
      "HeadraceServices", "HeadraceGateway", "HeadraceDocuments", "HeadraceExtraction", "HeadraceStreams",
      "HeadraceLLM", "HeadraceKafka", "HeadraceBroker", "HeadraceHTTP", "HeadraceHTTPServer", "HeadraceCore",
      "HeadraceTelemetry",
    ]),
]

let executables: [Target] = [
  .executableTarget(name: "headrace", dependencies: ["HeadraceCLI"], swiftSettings: house),
  .executableTarget(
    name: "headrace-extract",
    dependencies: ["HeadraceExtractionFormats", "HeadraceExtraction", "HeadraceCore"], swiftSettings: house),
  // The README's example.
  .executableTarget(
    name: "FirstProcessor", dependencies: ["HeadraceStreams", "HeadraceKafka", "HeadraceCore"],
    path: "Examples/FirstProcessor", swiftSettings: house),
  // The worker that ops/bench/gateway measures the way with.
  .executableTarget(
    name: "GatewayBenchWorker",
    dependencies: ["HeadraceDocuments", "HeadraceStreams", "HeadraceKafka", "HeadraceCore"],
    path: "ops/bench/gateway/worker", swiftSettings: house),
]

// MARK: Tests

func tests(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = house
) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let testTargets: [Target] = [
  tests("HeadraceTelemetryTests", ["HeadraceTelemetry"]),
  tests("HeadraceCoreTests", ["HeadraceCore", "HeadraceTelemetry"]),
  tests(
    "HeadraceKafkaTests", ["HeadraceKafka", "HeadraceTesting", "HeadraceBroker", "HeadraceCore", "HeadraceTelemetry"]),
  tests(
    "HeadraceBrokerTests",
    ["HeadraceBroker", "HeadraceKafka", "HeadraceTesting", "HeadraceCore", "HeadraceTelemetry", "CSystem"]),
  tests(
    "HeadraceHTTPTests", ["HeadraceHTTP", "HeadraceHTTPServer", "HeadraceTesting", "HeadraceCore", "HeadraceTelemetry"]),
  tests("HeadraceHTTPServerTests", ["HeadraceHTTPServer", "HeadraceCore", "HeadraceTelemetry"]),
  tests("HeadraceSQLiteTests", ["HeadraceSQLite", "HeadraceCore"]),
  tests(
    "HeadraceLLMTests",
    ["HeadraceLLM", "HeadraceHTTP", "HeadraceTesting", "HeadraceHTTPServer", "HeadraceCore", "HeadraceTelemetry"]),
  tests(
    "HeadraceStreamsTests",
    [
      "HeadraceStreams", "HeadraceKafka", "HeadraceHTTP", "HeadraceHTTPServer", "HeadraceTesting", "HeadraceBroker",
      "HeadraceCore", "HeadraceTelemetry",
    ]),
  tests(
    "HeadraceExtractionTests", ["HeadraceExtraction", "HeadraceExtractionFormats", "headrace-extract", "HeadraceCore"]),
  tests(
    "HeadraceDocumentsTests",
    [
      "HeadraceDocuments", "HeadraceExtraction", "HeadraceStreams", "HeadraceLLM", "HeadraceHTTP", "HeadraceSQLite",
      "HeadraceKafka",
      "HeadraceTesting", "HeadraceBroker", "HeadraceHTTPServer", "HeadraceCore", "HeadraceTelemetry",
      "headrace-extract",
    ]),
  tests(
    "HeadraceGatewayTests",
    [
      "HeadraceGateway", "HeadraceDocuments", "HeadraceStreams", "HeadraceKafka", "HeadraceHTTP", "HeadraceHTTPServer",
      "HeadraceTesting",
      "HeadraceBroker", "HeadraceCore", "HeadraceTelemetry",
    ]),
  tests(
    "HeadraceServicesTests",
    [
      "HeadraceServices", "HeadraceStreams", "HeadraceLLM", "HeadraceKafka", "HeadraceHTTPServer", "HeadraceTesting",
      "HeadraceCore", "HeadraceTelemetry",
    ]),
  tests("HeadraceCLITests", ["HeadraceCLI", "HeadraceTesting", "HeadraceStreams", "HeadraceKafka", "HeadraceCore"]),
  // The binary itself, over the wire; and rules of the house that a program can check.
  tests(
    "EndToEndTests",
    [
      "headrace", "headrace-extract", "FirstProcessor", "HeadraceTesting", "HeadraceKafka", "HeadraceHTTP",
      "HeadraceHTTPServer", "HeadraceLLM", "HeadraceCore",
    ]),
  tests("HouseRulesTests", []),
]

// MARK: The package

/// `HEADRACE_MODULES=HeadraceBroker,…` narrows the package to those modules, what they import and their tests, so
/// that an edit-build-test loop on one module builds nothing else.
func narrowed(_ targets: [Target]) -> [Target] {
  guard let list = Context.environment["HEADRACE_MODULES"], !list.isEmpty else { return targets }
  let byName = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) })
  func imports(_ target: Target) -> [String] {
    target.dependencies.compactMap {
      switch $0 {
      case .byNameItem(let name, _), .targetItem(let name, _): name
      default: nil
      }
    }
  }
  var wanted = list.split(separator: ",").map(String.init).flatMap { [$0, $0 + "Tests"] }
  var kept: Set<String> = []
  while let name = wanted.popLast() {
    guard let target = byName[name], kept.insert(name).inserted else { continue }
    wanted += imports(target)
  }
  return targets.filter { kept.contains($0.name) }
}

let targets = narrowed(cLibraries + modules + executables + testTargets)

let package = Package(
  name: "headrace",
  products: targets.compactMap { target in
    switch target.type {
    case .executable where target.name.hasPrefix("headrace"): .executable(name: target.name, targets: [target.name])
    case .regular where target.name.hasPrefix("Headrace"): .library(name: target.name, targets: [target.name])
    default: nil
    }
  },
  targets: targets,
  cxxLanguageStandard: .cxx17
)
