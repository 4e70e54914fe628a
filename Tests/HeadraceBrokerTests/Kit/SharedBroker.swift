import HeadraceTesting
import Testing

/// One embedded broker for all tests of a suite that do not hurt it: started before the first, removed after the last.
struct SharedBroker: SuiteTrait, TestScoping {
  @TaskLocal static var target: TestTarget?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    try await EmbeddedBroker.withBroker { broker in
      try await Self.$target.withValue(TestTarget(port: broker.port)) { try await function() }
    }
  }
}
