// swift-tools-version: 6.2
import PackageDescription

// The benchmark of model calls, apart from the main package so that it builds only what it measures.
let package = Package(
  name: "llm-bench",
  dependencies: [.package(name: "headrace", path: "../../..")],
  targets: [
    .executableTarget(
      name: "llm-bench",
      dependencies: [
        .product(name: "HeadraceLLM", package: "headrace"), .product(name: "HeadraceHTTP", package: "headrace"),
        .product(name: "HeadraceCore", package: "headrace"), .product(name: "HeadraceTelemetry", package: "headrace"),
      ], swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
