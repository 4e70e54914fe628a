import Testing

@testable import HeadraceBroker

/// One thing that brokers must agree on, written once and asked of each.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
  var name: String
  var body: @Sendable (Lab) throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (Lab) throws -> Void) {
    self.name = name
    self.body = body
  }

  var testDescription: String { name }

  static let all: [ConformanceCase] =
    wire + produce + fetch + offsets + topics + configs + groups + groupTimes
    + commits + transactions + transactionOffsets + admin + cluster
}
