import HeadraceTesting

@testable import HeadraceBroker

/// One embedded broker for all tests of a suite that do not hurt it. It lives as long as the process; its folder is
/// removed by the next run's temporary folder or the system.
actor SharedBroker {
  private var starting: Task<EmbeddedBroker, any Error>?

  func target() async throws -> TestTarget {
    let task = starting ?? Task { try await EmbeddedBroker.start { _ in } }
    starting = task
    return TestTarget(port: try await task.value.port)
  }
}
